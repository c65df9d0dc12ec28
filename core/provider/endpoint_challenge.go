package provider

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// authorizationChallenge is the authorization challenge endpoint of OAuth 2.0 for
// First-Party Applications (draft-ietf-oauth-first-party-apps section 5): the same
// interaction, steps and authenticators as a browser's, for an application of the
// operator's own that asks the person itself. What a browser is needed for, it
// sends there.
func (p *Provider) authorizationChallenge(w http.ResponseWriter, r *http.Request) (err error) {
	if len(r.Header["Origin"]) > 0 || len(r.Header["Sec-Fetch-Site"]) > 0 {
		return core.Refuse(core.InvalidRequest, "this endpoint is for native applications, not for pages in a browser")
	}
	q, err := p.ask(w, r)
	if err != nil {
		return err
	}
	defer func() { p.takeBack(r.Context(), q, err) }()
	if !q.client.MayChallenge() {
		return core.Refuse(core.UnauthorizedClient, "the client may not use the authorization challenge endpoint")
	}
	step, fields := core.Step(q.values.Get("step")), fieldsOf(q)
	if step == core.StepNone && len(fields) > 0 && q.values.Has("auth_session") {
		return core.Refuse(core.InvalidRequest, "step is missing: send the one that the last answer named")
	}
	// Whoever is signed in at a browser is nobody here: no cookie is read or set.
	asked := r.Clone(r.Context())
	asked.Header.Del("Cookie")
	v, err := p.openChallenge(asked, q)
	if err == nil {
		err = v.meet(step, fields)
	}
	if err != nil {
		return p.challengeError(w, err)
	}
	return p.respondChallenge(w, r, v)
}

// openChallenge goes on with the interaction that an auth_session names, or
// begins one.
func (p *Provider) openChallenge(r *http.Request, q *clientQuestion) (*visit, error) {
	a := &challengeAnswer{header: http.Header{}}
	v := &visit{p: p, w: a, r: r, at: q.at, challenge: a}
	v.handle = q.values.Get("auth_session")
	if v.handle == "" {
		return v, v.beginChallenge(q)
	}
	var err error
	if v.browser, err = p.Keys.Open(r.Context(), handle.AuthSession, v.handle); err != nil {
		return nil, unless(err, invalidSession(err))
	}
	v.i, err = p.Store.Interaction(r.Context(), core.ID(v.browser.ID))
	switch {
	case errors.Is(err, core.ErrNotFound):
		return nil, invalidSession(err)
	case err != nil:
		return nil, err
	case !holds(v.browser, v.i.Browser):
		return nil, invalidSession(errors.New("right proof, other random bytes"))
	case subtle.ConstantTimeCompare([]byte(v.i.Request.Client), []byte(q.client.ID)) != 1:
		return nil, invalidSession(errors.New("begun by another client"))
	case !v.i.Finished && v.over():
		return nil, invalidSession(errors.New("over by time"))
	}
	return v, nil
}

// beginChallenge checks what the client asks for and stores the interaction. Its
// auth_session is what a browser's cookie is elsewhere: who holds it goes on.
func (v *visit) beginChallenge(q *clientQuestion) error {
	asked, err := v.p.checkChallenge(v.r.Context(), q)
	if err != nil {
		return err
	}
	session := handle.Content{Random: handle.NewRandom()}
	v.i, err = v.p.createInteraction(v.r, v.at, core.InteractionTerms{
		Purpose: core.PurposeAuthorize, Request: asked, ClientHash: q.client.Digest(),
	}, session)
	if err != nil {
		return err
	}
	v.i.Version, session.ID = 1, v.i.ID // as every store creates it
	v.browser, v.handle = session, v.p.Keys.Ring().Mint(handle.AuthSession, session)
	return nil
}

// meet acts on a step with what was sent, or shows it where nothing was; a step
// that is not allowed now gives way to the one that is needed. Fields beyond
// the identifier belong to the page that follows it, so that one request can sign
// a person in.
func (v *visit) meet(step core.Step, form url.Values) error {
	if v.i.Finished {
		return v.repeat(len(form) > 0)
	}
	if err := v.look(); err != nil {
		return err
	}
	if step == core.StepNone {
		step = v.entry()
	}
	allowed := v.allowed(step)
	if !allowed {
		step = v.entry()
	}
	act := allowed && len(form) > 0 && !inBrowserOnly(step)
	for range maxHops {
		if v.need.Error != "" && !v.done() {
			return v.refuse(core.Refuse(v.need.Error, ""))
		}
		if v.done() {
			return v.finish()
		}
		v.challenge.next = ""
		if err := v.take(step, form, act); err != nil || v.challenge.next == "" {
			return err
		}
		rest := url.Values{}
		if act && step == core.StepSignIn {
			rest = without(form, "identifier", "way")
		}
		step = v.challenge.next
		if err := v.look(); err != nil {
			return err
		}
		if !v.allowed(step) {
			step = v.entry()
		}
		form, act = rest, len(rest) > 0
	}
	return errors.New("provider: the steps of a challenge never end")
}

// inBrowserOnly says whether what is pressed at the step has to be pressed by the
// person: an application could send it in their name.
func inBrowserOnly(step core.Step) bool {
	return step == core.StepConsent || step == core.StepApproval || step == core.StepAccounts
}

// repeat answers a last step once more as the first time, for an application that
// did not get the answer: only while the code waits to be redeemed.
func (v *visit) repeat(submitted bool) error {
	if o := v.i.Outcome; o == nil || !submitted || !v.at.Before(o.At.Add(v.p.Lifetimes.Code)) {
		return invalidSession(errors.New("it has ended"))
	}
	g, _, err := v.p.Store.Grant(v.r.Context(), v.i.ID)
	switch {
	case err == nil && g.State != core.GrantCode:
		return invalidSession(errors.New("its code was used"))
	case err != nil && !errors.Is(err, core.ErrNotFound):
		return err
	}
	return v.again(true)
}

// maxHops bounds how often one request is led on to another step.
const maxHops = 8

func (v *visit) take(step core.Step, form url.Values, act bool) error {
	if act {
		return v.act(step, form)
	}
	return v.draw(step)
}

// challengeNames are the parameters that are no field of a step.
var challengeNames = []string{
	"client_id", "client_secret", "client_assertion", "client_assertion_type", "auth_session", "step",
	"response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "resource", "code_challenge", "code_challenge_method",
	"prompt", "max_age", "claims", "acr_values", "id_token_hint", "login_hint", "ui_locales", "display",
	"request", "request_uri", "registration", "dpop_jkt",
}

// fieldsOf are what the person filled in.
func fieldsOf(q *clientQuestion) url.Values {
	form := url.Values{}
	for name, value := range q.values.Pairs() {
		if !slices.Contains(challengeNames, name) {
			form.Add(name, value)
		}
	}
	return form
}

func without(form url.Values, names ...string) url.Values {
	rest := url.Values{}
	for name, values := range form {
		if !slices.Contains(names, name) {
			rest[name] = values
		}
	}
	return rest
}
