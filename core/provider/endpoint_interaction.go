package provider

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// visit is one request within an interaction, with what was loaded for it.
type visit struct {
	p       *Provider
	w       http.ResponseWriter
	r       *http.Request
	at      time.Time
	i       core.Interaction
	handle  string // the interaction's, as in the URL
	browser handle.Content
	facts   core.Facts
	need    core.Need
	// begins is the way with which an account that is known shows itself again; nil
	// where nobody is known.
	begins core.Authenticator
	// returned is what the browser brought from another identity provider, if that
	// is where it comes from.
	returned *core.Returned
	device   core.Grant // that waits, for PurposeDevice
	// challenge keeps what is answered, where no browser asks.
	challenge *challengeAnswer
}

// interaction is every page between a request and its answer. GET draws the
// step that the URL names if it may be drawn now, POST acts on it; anything
// else leads to the step that is needed.
func (p *Provider) interaction(w http.ResponseWriter, r *http.Request) error {
	v, err := p.openInteraction(w, r)
	if err != nil {
		return err
	}
	if v.elsewhere() {
		seeOther(w, p.ownPage(v.handle, core.Step(r.PathValue("step"))))
		return nil
	}
	var form url.Values
	if r.Method == http.MethodPost {
		if form, err = v.readForm(); err != nil {
			return err
		}
	}
	if v.i.Finished {
		return v.again(form != nil)
	}
	if v.over() {
		return core.PageOld.Because(v.from(errors.New("over by time")))
	}
	if err := v.look(); err != nil {
		return err
	}
	step := core.Step(r.PathValue("step"))
	switch {
	case v.deniesAnyway(step, form):
		return v.keep(&core.ConsentDecision{Digest: v.facts.Shown, At: v.at})
	case v.done():
		return v.finish()
	case step == core.StepSignUp && v.p.steps[step] != nil && !v.offersSignUp():
		return core.PageSignUpClosed.Because(v.from(errors.New("sign-up is switched off")))
	case !v.allowed(step):
		return v.goTo(v.entry())
	case form != nil:
		return v.act(step, form)
	}
	return v.draw(step)
}

// openInteraction finds the interaction that the URL names and refuses another
// browser than the one it was begun in (AZ-18, CSR03). A forged handle costs no
// store call.
func (p *Provider) openInteraction(w http.ResponseWriter, r *http.Request) (*visit, error) {
	named := r.PathValue("handle")
	c, err := p.Keys.Open(r.Context(), handle.Interaction, named)
	if err != nil {
		return nil, unless(err, core.PageOld.Because(err))
	}
	v := &visit{p: p, w: w, r: r, at: p.now(), handle: named}
	v.i, err = p.Store.Interaction(r.Context(), core.ID(c.ID))
	if errors.Is(err, core.ErrNotFound) {
		return nil, core.PageOld.Because(err)
	}
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(c.Random[:], v.i.Random[:]) != 1 {
		return nil, core.PageOld.Because(errors.New("right proof, other random bytes: a restored database"))
	}
	var ok bool
	if v.browser, ok, err = p.readBrowser(r); err != nil {
		return nil, err
	}
	if !ok {
		return nil, v.withoutCookie()
	}
	if !holds(v.browser, v.i.Browser) {
		return nil, core.PageOtherBrowser.Because(v.from(errors.New("browser cookie of another interaction")))
	}
	return v, nil
}

// withoutCookie tells a browser that keeps no cookies from another browser: in
// the first, nothing has happened since the interaction began.
func (v *visit) withoutCookie() error {
	if v.i.Version <= 1 && len(v.r.Cookies()) == 0 {
		return core.PageNoCookie.Because(v.from(errors.New("no cookie at all")))
	}
	return core.PageOtherBrowser.Because(v.from(errors.New("no browser cookie")))
}

// readForm reads what was posted and refuses what another site may have sent
// (SE-10, CSR01), before anything else is done with it.
func (v *visit) readForm() (url.Values, error) {
	values, err := param.ParsePosted(v.r, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	if err != nil {
		return nil, badParameters(err)
	}
	if v.p.foreign(v.r) {
		return nil, core.PageForeign.Because(errors.New("posted by another origin"))
	}
	if err := v.p.checkFormToken(v.r.Context(), values.Get(web.FormField), v.i.ID[:], v.browser.Random[:]); err != nil {
		return nil, err
	}
	form := url.Values{}
	for name, value := range values.Pairs() {
		form.Add(name, value)
	}
	return form, nil
}

// over says whether the interaction has ended by time.
func (v *visit) over() bool {
	return !v.at.Before(v.i.SeenAt.Add(v.p.Lifetimes.Interaction)) || !v.at.Before(v.i.CreatedAt.Add(v.p.Lifetimes.InteractionAt))
}

// from adds to a cause the app that the person may go back to.
func (v *visit) from(cause error) error {
	if !v.forApp() {
		return cause
	}
	app := v.facts.Client
	if app.ID == "" {
		found, err := v.p.knownClient(v.r.Context(), v.i.Request.Client)
		if err != nil {
			return cause
		}
		app = *found
	}
	return &fromApp{app: app, cause: cause}
}

// goTo leads to a step: by 303, or by an answer that names it.
func (v *visit) goTo(step core.Step) error {
	if v.challenge != nil {
		v.challenge.next = step
		return nil
	}
	v.p.respondStep(v.w, v.r, v.handle, step)
	return nil
}

// proceed looks again after something happened, and ends the interaction or
// leads to what is needed next.
func (v *visit) proceed() error {
	if err := v.look(); err != nil {
		return err
	}
	if v.done() {
		return v.finish()
	}
	return v.goTo(v.entry())
}
