package provider

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// authenticatorRoutes are the URLs that authenticators own below the issuer.
func (p *Provider) authenticatorRoutes() []route {
	var rows []route
	for _, a := range p.Authenticators {
		for _, e := range a.Endpoints() {
			switch e.Kind {
			case core.EndpointReturn:
				rows = append(rows, route{e.Path, []string{http.MethodGet}, person, arrival(e)})
			case core.EndpointDocument:
				rows = append(rows, route{e.Path, []string{http.MethodGet}, everyone, document(e)})
			}
		}
	}
	return rows
}

// document answers public bytes of an authenticator.
func document(e core.Endpoint) func(*Provider, http.ResponseWriter, *http.Request) error {
	return func(_ *Provider, w http.ResponseWriter, r *http.Request) error {
		var body bytes.Buffer
		contentType, err := e.Document(r.Context(), &body)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
		_, _ = body.WriteTo(w) // the reader may have left
		return nil
	}
}

// arrival takes a browser that comes by a mailed link to an interaction. The
// link itself is not used up by that: mail programs open links too (MAG01).
func arrival(e core.Endpoint) func(*Provider, http.ResponseWriter, *http.Request) error {
	return func(p *Provider, w http.ResponseWriter, r *http.Request) error {
		at, err := e.Arrive(r.Context(), arrivalQuery(e.Path, r))
		if err != nil {
			return core.PageLinkUsed.Because(err)
		}
		c, err := p.Keys.Ring().Open(handle.Ticket, at.Ticket)
		if err != nil {
			return core.PageLinkUsed.Because(err)
		}
		return p.arrive(w, r, c, at.Step)
	}
}

// arrivalQuery gives the path's wildcards and the query under one roof; the
// path wins.
func arrivalQuery(path string, r *http.Request) url.Values {
	q := r.URL.Query()
	for rest := path; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return q
		}
		name, tail, _ := strings.Cut(after, "}")
		q.Set(strings.TrimSuffix(name, "..."), r.PathValue(strings.TrimSuffix(name, "...")))
		rest = tail
	}
}

// arrive goes on with the interaction that asked for the link, if this browser
// began it and it is still open; else with a new one, which can only sign in.
func (p *Provider) arrive(w http.ResponseWriter, r *http.Request, c handle.Content, step core.Step) error {
	now := p.now()
	t, err := p.Store.Ticket(r.Context(), core.ID(c.ID))
	if errors.Is(err, core.ErrNotFound) {
		return core.PageLinkUsed.Because(err)
	}
	if err != nil {
		return err
	}
	if !holds(c, t.Secret) {
		return core.PageLinkUsed.Because(errors.New("a newer link has replaced it"))
	}
	v := &visit{p: p, w: w, r: r, at: now}
	if !t.Interaction.IsZero() {
		found, err := p.Store.Interaction(r.Context(), t.Interaction)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			return err
		}
		v.i = found
	}
	browser, ok := p.readBrowser(r)
	if own := ok && v.i.Version > 0 && holds(browser, v.i.Browser) && !v.i.Finished && !v.over(); !own {
		v.i = core.Interaction{}
	}
	v.browser = browser
	if _, err := v.checkTicket(t); err != nil {
		return err
	}
	if v.i.Version == 0 {
		return p.startInteraction(w, r, now, core.InteractionTerms{Purpose: core.PurposeSignIn, Ticket: t.ID}, step)
	}
	v.handle = p.interactionHandle(&v.i)
	err = v.write(func(i *core.Interaction) { i.Ticket, i.Chosen = t.ID, core.ID{} })
	return v.settled(err, func() error { return v.goTo(step) })
}
