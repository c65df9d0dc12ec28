package provider

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// authenticatorRoutes are the URLs that authenticators own below the issuer.
func (p *Provider) authenticatorRoutes() []route {
	get, both := []string{http.MethodGet}, []string{http.MethodGet, http.MethodPost}
	var rows []route
	for _, a := range p.Authenticators {
		for _, e := range a.Endpoints() {
			switch e.Kind {
			case core.EndpointReturn:
				methods := get
				if e.Posts {
					methods = both
				}
				rows = append(rows, route{e.Path, methods, person, arrival(a, e)})
			case core.EndpointDocument:
				rows = append(rows, route{e.Path, get, everyone, document(e)})
			case core.EndpointNotice:
				rows = append(rows, route{e.Path, both, person, notice(e)})
			}
		}
	}
	return rows
}

// document answers public bytes of an authenticator.
func document(e core.Endpoint) func(*Provider, http.ResponseWriter, *http.Request) error {
	return func(p *Provider, w http.ResponseWriter, r *http.Request) error {
		from, err := p.returned(e, r, nil)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		contentType, err := e.Document(r.Context(), &body, from)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
		_, _ = body.WriteTo(w) // the reader may have left
		return nil
	}
}

// returned is what came to an authenticator's URL: the path's wildcards, which
// win, and the query or the posted form.
func (p *Provider) returned(e core.Endpoint, r *http.Request, values url.Values) (core.Returned, error) {
	if values == nil {
		values = r.URL.Query()
	}
	for rest := e.Path; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			break
		}
		name, tail, _ := strings.Cut(after, "}")
		name = strings.TrimSuffix(name, "...")
		values.Set(name, r.PathValue(name))
		rest = tail
	}
	from := core.Returned{
		Issuer: p.Issuer, Path: strings.TrimPrefix(r.URL.Path, p.base), Values: values,
		RawQuery: r.URL.RawQuery, Posted: r.Method == http.MethodPost,
	}
	if !strings.Contains(e.Path, "{connection}") {
		return from, nil
	}
	connection, err := p.namedConnection(r.Context(), r.PathValue("connection"))
	from.Connection = connection
	return from, err
}

// namedConnection reads the connection that a URL names; PageNotFound for one
// that nobody can sign in by.
func (p *Provider) namedConnection(ctx context.Context, named string) (*core.Connection, error) {
	id, err := core.ParseID(named)
	if err != nil {
		return nil, core.PageNotFound.Because(err)
	}
	c, err := p.openConnection(ctx, id)
	if errors.Is(err, core.ErrNotFound) {
		return nil, core.PageNotFound.Because(err)
	}
	return c, err
}

// arrival takes a browser that comes by a mailed link or from another identity
// provider to its interaction. A link itself is not used up by that: mail
// programs open links too (MAG01).
func arrival(a core.Authenticator, e core.Endpoint) func(*Provider, http.ResponseWriter, *http.Request) error {
	return func(p *Provider, w http.ResponseWriter, r *http.Request) error {
		var form url.Values
		var posted param.Values
		if r.Method == http.MethodPost {
			var err error
			posted, err = param.ParseForm(r, param.Limits{Bytes: core.MaxReturnBytes, Count: core.MaxParameters})
			if err != nil {
				return badParameters(err)
			}
			form = url.Values{}
			for name, value := range posted.Pairs() {
				form.Add(name, value)
			}
		}
		from, err := p.returned(e, r, form)
		if err != nil {
			return err
		}
		at, err := e.Arrive(r.Context(), from)
		var page *core.PageError
		switch {
		case errors.As(err, &page):
			return err
		case err != nil:
			return core.PageLinkUsed.Because(err)
		case at.Ticket != "":
			return p.arriveByLink(w, r, at)
		case form != nil && web.OriginOf(r, p.origin) != web.Ours:
			leads, err := p.leadsOn(r.Context(), at)
			if err != nil {
				return err
			}
			if leads {
				p.repost(w, r, posted) // our cookies are kept from another site's post (SE-02)
				return nil
			}
		}
		if at.State != "" {
			return p.arriveByState(w, r, at, from)
		}
		return p.arriveAnew(w, r, a, at, from.Connection)
	}
}

// leadsOn says whether what came may lead somewhere. What cannot is not repeated to
// anybody.
func (p *Provider) leadsOn(ctx context.Context, at core.Arrival) (bool, error) {
	if at.State == "" {
		return true, nil
	}
	_, ours, err := p.openState(ctx, at.State)
	return ours, err
}

// repost sends a form that another site posted once more, from a page of ours.
func (p *Provider) repost(w http.ResponseWriter, r *http.Request, posted param.Values) {
	post := &core.AutoPost{URL: p.origin + r.URL.Path}
	for name, value := range posted.Pairs() {
		post.Fields = append(post.Fields, [2]string{name, value})
	}
	p.respondPage(w, r, core.Page{Name: core.PageAutoPost, Post: post, App: &core.AppView{RedirectHost: hostOf(p.Issuer)}})
}

// arriveByLink goes on with the interaction that asked for the link, if this
// browser began it and it is still open; else with a new one, which can only sign
// in.
func (p *Provider) arriveByLink(w http.ResponseWriter, r *http.Request, to core.Arrival) error {
	c, err := p.Keys.Open(r.Context(), handle.Ticket, to.Ticket)
	if err != nil {
		return unless(err, core.PageLinkUsed.Because(err))
	}
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
	browser, ok, err := p.readBrowser(r)
	if err != nil {
		return err
	}
	if own := ok && v.i.Version > 0 && holds(browser, v.i.Browser) && !v.i.Finished && !v.over(); !own {
		v.i = core.Interaction{}
	}
	v.browser = browser
	if _, err := v.checkTicket(t); err != nil {
		return err
	}
	if v.i.Version == 0 {
		return p.startInteraction(w, r, now, core.InteractionTerms{Purpose: core.PurposeSignIn, Ticket: t.ID}, to.Step)
	}
	v.handle = p.interactionHandle(&v.i)
	owner := p.steps[to.Step]
	second := owner != nil && serves(owner, core.TurnSecond)
	err = v.write(func(i *core.Interaction) {
		i.Ticket = t.ID
		if !second || i.Chosen != t.Account { // a link that is a second factor belongs to the first
			i.Chosen = core.ID{}
		}
	})
	return v.settled(err, func() error { return v.goTo(to.Step) })
}

// arriveByState goes on with the interaction that sent this browser away. Another
// browser, and an interaction that is over or does not allow the step any more,
// get what they would get at its pages (RP-01, RP-10).
func (p *Provider) arriveByState(w http.ResponseWriter, r *http.Request, to core.Arrival, from core.Returned) error {
	id, ok, err := p.openState(r.Context(), to.State)
	if err != nil {
		return err
	}
	if !ok {
		return core.PageOld.Because(errors.New("a state that was not minted here"))
	}
	v := &visit{p: p, w: w, r: r, at: p.now(), returned: &from}
	v.i, err = p.Store.Interaction(r.Context(), id)
	if errors.Is(err, core.ErrNotFound) {
		return core.PageOld.Because(err)
	}
	if err != nil {
		return err
	}
	v.handle = p.interactionHandle(&v.i)
	if v.browser, ok, err = p.readBrowser(r); err != nil {
		return err
	}
	if !ok {
		return v.withoutCookie()
	}
	if !holds(v.browser, v.i.Browser) {
		return core.PageOtherBrowser.Because(v.from(errors.New("browser cookie of another interaction")))
	}
	switch {
	case v.i.Finished:
		return v.again(false)
	case v.over():
		return core.PageOld.Because(v.from(errors.New("over by time")))
	}
	if err := v.look(); err != nil {
		return err
	}
	switch {
	case v.done():
		return v.finish()
	case !v.allowed(to.Step):
		return v.goTo(v.entry())
	}
	return v.runStep(to.Step, nil)
}

// arriveAnew begins an ordinary sign-in with what the authenticator was brought:
// nothing that is under way is completed by it (SM-09).
func (p *Provider) arriveAnew(w http.ResponseWriter, r *http.Request, a core.Authenticator, to core.Arrival, by *core.Connection) error {
	terms := core.InteractionTerms{Purpose: core.PurposeSignIn, Action: actionUnsolicited}
	if by != nil {
		terms.Connection = by.ID
	}
	if to.Notes != nil {
		sealed, err := p.Keys.Seal(noteLabel, to.Notes)
		if err != nil {
			return err
		}
		terms.Notes = map[string][]byte{a.Method(): sealed}
	}
	return p.startInteraction(w, r, p.now(), terms, to.Step)
}
