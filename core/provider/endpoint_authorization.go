package provider

import (
	"errors"
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/redirecturi"
	"github.com/keywright/keywright/internal/server/web"
)

// maxBounced is the longest query that a posted request is turned into.
const maxBounced = 6 << 10

// authorization is the authorization endpoint (OAuth 2.1 section 4.1.1, OpenID
// Connect Core section 3.1.2). Nothing is written for a request without a valid
// client and redirect URI; who is signed in and has agreed costs two reads and
// one insert.
func (p *Provider) authorization(w http.ResponseWriter, r *http.Request) error {
	at := p.now()
	values, err := parameters(r)
	if err != nil {
		return badParameters(err)
	}
	a, err := p.checkAuthorization(r.Context(), values, at)
	var toClient *core.OAuthError
	switch {
	case errors.As(err, &toClient):
		return p.respondAuthorizationError(w, r, a, toClient)
	case err != nil:
		return err
	}
	if p.bounce(w, r, values) {
		return nil
	}
	f, changed, err := p.authorizationFacts(r, a, at)
	if err == nil && changed {
		// The client is not what was checked a moment ago: check again.
		if a, err = p.checkAuthorization(r.Context(), values, at); err == nil {
			f, _, err = p.authorizationFacts(r, a, at)
		}
	}
	if err == nil {
		err = p.authorize(w, r, a, f)
	}
	if err != nil {
		return p.respondFailure(w, r, a, err)
	}
	return nil
}

// authorize answers at once, refuses, or begins an interaction.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request, a authorization, f core.Facts) error {
	switch need := core.Next(f); {
	case need.Error != "":
		return p.respondAuthorizationError(w, r, a, core.Refuse(need.Error, ""))
	case need.Step == core.StepNone:
		return p.respondAtOnce(w, r, &f, need.Account)
	}
	terms := core.InteractionTerms{Purpose: core.PurposeAuthorize, Request: a.Request, ClientHash: f.ClientHash}
	first, err := p.hintedStep(r, &terms, f)
	if err != nil {
		return err
	}
	return p.startInteraction(w, r, f.At, terms, first)
}

// authorizationFacts loads what Next looks at: the sessions, and with an
// account the consent together with how the client stands. changed says that
// the client was changed since it was cached.
func (p *Provider) authorizationFacts(r *http.Request, a authorization, at time.Time) (f core.Facts, changed bool, err error) {
	f = p.facts(core.PurposeAuthorize, a.Request, at)
	if f.SignedIn, err = p.signedIn(r, at); err != nil {
		return f, false, err
	}
	f.Client = a.Client
	if account := f.InQuestion(); !account.IsZero() {
		if s := live(f.SignedIn, account, at); s != nil {
			f.Account = s.Account
			if f.Enforced, err = p.enforcement(r.Context(), s.Account); err != nil {
				return f, false, err
			}
		}
		if err := p.loadConsent(r.Context(), &f, account); err != nil {
			return f, false, err
		}
	}
	if f.Client.Disabled || f.Client.Deleted {
		return f, false, switchedOff(&f.Client)
	}
	f.ClientHash, f.Unapproved = f.Client.Digest(), p.unapproved(&f.Client)
	p.keepHeld(&f, f.InQuestion())
	if err := p.strengthen(r, &f); err != nil {
		return f, false, err
	}
	return f, f.Client.Version != a.Client.Version, nil
}

// facts are those that need no reading.
func (p *Provider) facts(purpose core.Purpose, q core.AuthorizationRequest, at time.Time) core.Facts {
	return core.Facts{
		At: at, Purpose: purpose, Request: q,
		RequireVerifiedEmail: p.RequireVerifiedEmail, FreshFor: p.Lifetimes.Fresh, Terms: p.Terms.Version,
		Policy: p.policy, Enrols: p.enrols,
	}
}

// parameters reads the one place that may hold them (AUT17).
func parameters(r *http.Request) (param.Values, error) {
	if r.Method == http.MethodPost {
		return param.ParseForm(r, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	}
	return param.ParseQuery(r.URL.RawQuery, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
}

// badParameters tells a person; the status says whether it was the size or the
// kind of the body.
func badParameters(err error) error {
	e := core.PageAppRequest.Because(err)
	switch {
	case errors.Is(err, param.ErrTooLarge):
		e.Status = http.StatusRequestEntityTooLarge
	case errors.Is(err, param.ErrMediaType), errors.Is(err, param.ErrContentEncoding):
		e.Status = http.StatusUnsupportedMediaType
	}
	return e
}

// bounce sends a request that another site posted through this site again,
// since browsers keep our cookies from such a post (SE-02): as a query where it
// fits, else by a form of ours.
func (p *Provider) bounce(w http.ResponseWriter, r *http.Request, v param.Values) bool {
	if r.Method != http.MethodPost || len(p.cookies().ReadSessions(r)) > 0 {
		return false
	}
	origin := web.OriginOf(r, p.origin)
	if origin == web.Ours || origin == web.Foreign && !p.foreign(r) {
		return false
	}
	var pairs []redirecturi.Pair
	post := &core.AutoPost{URL: p.origin + r.URL.Path}
	for name, value := range v.Pairs() {
		pairs = append(pairs, redirecturi.Pair{Name: name, Value: value})
		post.Fields = append(post.Fields, [2]string{name, value})
	}
	target := redirecturi.AppendQuery(post.URL, pairs...)
	switch {
	case len(target) <= maxBounced:
		seeOther(w, target)
	case origin == web.Foreign:
		p.respondPage(w, r, core.Page{Name: core.PageAutoPost, Post: post, App: &core.AppView{RedirectHost: hostOf(p.Issuer)}})
	default:
		return false
	}
	return true
}
