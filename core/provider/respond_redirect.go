package provider

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// respondSuccess sends the code to the client (OAuth 2.1 section 4.1.2).
func (p *Provider) respondSuccess(w http.ResponseWriter, r *http.Request, q core.AuthorizationRequest, code string) {
	p.respondRedirect(w, r, q.RedirectURI, q.ResponseMode, p.pairs(q.State, redirecturi.Pair{Name: "code", Value: code}))
}

// respondRefusal sends an error to the client (OAuth 2.1 section 4.1.2.1).
func (p *Provider) respondRefusal(w http.ResponseWriter, r *http.Request, q core.AuthorizationRequest, e *core.OAuthError) {
	p.respondRedirect(w, r, q.RedirectURI, q.ResponseMode, p.refusal(q.State, e))
}

func (p *Provider) refusal(state string, e *core.OAuthError) []redirecturi.Pair {
	pairs := []redirecturi.Pair{{Name: "error", Value: string(e.Code)}}
	if e.Description != "" {
		pairs = append(pairs, redirecturi.Pair{Name: "error_description", Value: e.Description})
	}
	return p.pairs(state, pairs...)
}

// pairs adds what every answer carries: state as it came, and iss (RFC 9207).
func (p *Provider) pairs(state string, pairs ...redirecturi.Pair) []redirecturi.Pair {
	if state != "" {
		pairs = append(pairs, redirecturi.Pair{Name: "state", Value: state})
	}
	return append(pairs, redirecturi.Pair{Name: "iss", Value: p.Issuer})
}

// respondRedirect sends the browser to a verified redirect URI: by 303, since
// what came before may hold a password (AZ-09), or with a form that posts
// itself (OAuth 2.0 Form Post Response Mode).
func (p *Provider) respondRedirect(w http.ResponseWriter, r *http.Request, uri, mode string, pairs []redirecturi.Pair) {
	if mode == "form_post" {
		post := &core.AutoPost{URL: uri}
		for _, pair := range pairs {
			post.Fields = append(post.Fields, [2]string{pair.Name, pair.Value})
		}
		p.respondPage(w, r, core.Page{Name: core.PageAutoPost, Post: post, App: &core.AppView{RedirectHost: hostOf(uri)}})
		return
	}
	p.respondAway(w, r, redirecturi.AppendQuery(uri, pairs...))
}

// seeOther sets Location as it is: what was checked is what is sent (RD-11).
func seeOther(w http.ResponseWriter, target string) {
	w.Header()["Location"] = []string{target}
	w.WriteHeader(http.StatusSeeOther)
}

// respondAuthorizationError sends an error to the verified redirect URI of a
// request. A client that registered itself gets it only once the person has
// signed in or pressed a link, or if it asked for silence (AZ-08).
func (p *Provider) respondAuthorizationError(w http.ResponseWriter, r *http.Request, a authorization, e *core.OAuthError) error {
	if a.Redirect.uri == "" {
		return e
	}
	q := a.Request
	q.RedirectURI, q.ResponseMode = a.Redirect.uri, a.Mode
	trusted, err := p.mayRedirect(r, a)
	if err != nil {
		return err
	}
	p.logRefusal(r, route{path: "/authorize"}, string(e.Code), e)
	switch {
	case trusted:
		p.respondRefusal(w, r, q, e)
	case a.Mode == "form_post":
		p.respondPageError(w, r, core.PageAppRequest, nil)
	default:
		p.respondPage(w, r, core.Page{
			Name: core.PageLeave, App: appView(a.Client, q.RedirectURI),
			Links: map[string]string{"app": redirecturi.AppendQuery(q.RedirectURI, p.refusal(q.State, e)...)},
			Args:  map[string]any{"host": hostOf(q.RedirectURI)},
		})
	}
	return nil
}

func (p *Provider) mayRedirect(r *http.Request, a authorization) (bool, error) {
	if !a.Client.Lane.SelfRegistered() || a.Request.Asks(core.PromptNone) {
		return true, nil
	}
	at := p.now()
	signed, err := p.signedIn(r, at)
	for i := range signed {
		if signed[i].Live(at) {
			return true, nil
		}
	}
	return false, err
}

// respondFailure tells the client of a fault of ours, once its redirect URI is
// verified; what is meant for a person stays here (AZ-21).
func (p *Provider) respondFailure(w http.ResponseWriter, r *http.Request, a authorization, err error) error {
	var toPerson *core.PageError
	var toClient *core.OAuthError
	switch {
	case errors.As(err, &toPerson) || r.Context().Err() != nil || a.Client.Lane.SelfRegistered():
		return err
	case errors.As(err, &toClient):
	case errors.Is(err, core.ErrUnavailable):
		toClient = core.Refuse(core.TemporarilyUnavailable, "try again").Because(err)
	default:
		toClient = core.Refuse(core.ServerError, "something went wrong on our side").Because(err)
	}
	return p.respondAuthorizationError(w, r, a, toClient)
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if u.Host == "" {
		return u.Scheme
	}
	return u.Host
}

func httpsOnly(uri string) string {
	if u, err := url.Parse(uri); err != nil || u.Scheme != "https" || u.Host == "" || !strings.HasPrefix(uri, "https://") {
		return ""
	}
	return uri
}
