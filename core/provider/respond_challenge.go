package provider

import (
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// challengeAnswer is what a visit comes to where no browser asks: exactly one of
// its members.
type challengeAnswer struct {
	page    *core.Page       // to ask the person
	next    core.Step        // to go on with at once
	code    string           // the end
	refusal *core.OAuthError // the other end
	web     bool             // only a browser can go on

	header http.Header // with the cookies that a browser would get; nobody gets them
}

// Header is thrown away.
func (a *challengeAnswer) Header() http.Header { return a.header }

// WriteHeader is called for what only a browser understands.
func (a *challengeAnswer) WriteHeader(int) { a.web = true }

// Write is as WriteHeader.
func (a *challengeAnswer) Write(b []byte) (int, error) {
	a.web = true
	return len(b), nil
}

// challengeBody is the error response of section 5.2.2 of the draft, with the page
// as facts where the person is to be asked something.
type challengeBody struct {
	oauthErrorBody
	AuthSession string     `json:"auth_session,omitempty"`
	Step        core.Step  `json:"step,omitempty"`
	Page        *core.Page `json:"page,omitempty"`
}

// respondChallenge says how far it has come.
func (p *Provider) respondChallenge(w http.ResponseWriter, r *http.Request, v *visit) error {
	a := v.challenge
	switch {
	case a.code != "":
		p.respondJSON(w, r, http.StatusOK, map[string]string{"authorization_code": a.code})
	case a.refusal != nil:
		return a.refusal
	case a.web:
		return core.Refuse(core.RedirectToWeb, "a browser is needed: begin an authorization request there")
	case a.page != nil:
		p.logRefusal(r, route{path: challengePath}, string(core.InsufficientAuthorization), nil)
		p.respondJSON(w, r, http.StatusBadRequest, challengeBody{
			oauthErrorBody{core.InsufficientAuthorization, "more is asked of the person: see page"}, v.handle, a.page.Step, a.page,
		})
	default:
		return errors.New("provider: a challenge came to nothing")
	}
	return nil
}

const challengePath = "/authorize-challenge"

// ask keeps a page that the person is to be shown, unless only a browser can show
// it: one that leads to another site, and consent, which the application must not
// give in the person's name.
func (a *challengeAnswer) ask(v *visit, page core.Page) {
	switch {
	case page.Post != nil, page.Name == core.PageConsent, page.Name == core.PageApproval, page.Name == core.PageAccounts:
		a.web = true
		return
	case page.Name == core.PageFinished:
		a.refusal = invalidSession(errors.New("finished meanwhile"))
		return
	}
	page.Form.Action = ""
	delete(page.Form.Hidden, web.FormField) // there is no browser to deceive
	prefix := v.p.stepPath(v.handle, "")
	for name, target := range page.Links {
		if step, ours := strings.CutPrefix(target, prefix); ours {
			page.Links[name] = step
		}
	}
	page.Ways = slices.Clone(page.Ways)
	for i := range page.Ways {
		page.Ways[i].URL = strings.TrimPrefix(page.Ways[i].URL, prefix)
	}
	page = inSeconds(page)
	delete(page.Args, "remember") // there is no browser to remember
	a.page = &page
}

// away sends the browser to another site, and an application to a browser.
func (v *visit) away(target string) error {
	if v.challenge != nil {
		v.challenge.web = true
		return nil
	}
	v.p.respondAway(v.w, v.r, target)
	return nil
}

// succeed hands out the code.
func (v *visit) succeed(code string) error {
	if v.challenge != nil {
		v.challenge.code = code
		return nil
	}
	v.p.respondSuccess(v.w, v.r, v.i.Request, code)
	return nil
}

// refuse tells the client why there is none.
func (v *visit) refuse(e *core.OAuthError) error {
	if v.challenge != nil {
		v.challenge.refusal = e
		return nil
	}
	v.p.respondRefusal(v.w, v.r, v.i.Request, e)
	return nil
}

// invalidSession is the one answer to every auth_session that is no good:
// forged, unknown, over, used and another client's look the same from outside.
func invalidSession(cause error) *core.OAuthError {
	return core.Refuse(core.InvalidSession, "the auth_session is not valid for this client: begin again").Because(cause)
}

// challengeError tells the application what a browser would be shown as a page.
func (p *Provider) challengeError(w http.ResponseWriter, err error) error {
	var toClient *core.OAuthError
	var page *core.PageError
	if errors.As(err, &toClient) || !errors.As(err, &page) {
		return err
	}
	switch page.Name {
	case core.PageBusy.Name:
		var throttled *core.Throttled
		if errors.As(err, &throttled) {
			wait := max(time.Second, throttled.Until.Sub(p.now()))
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		}
		return core.Refuse(core.SlowDown, "too many attempts").Because(err)
	case core.PageNotAllowed.Name:
		return core.Refuse(core.AccessDenied, "this person may not sign in").Because(err)
	case core.PageAppOff.Name, core.PageAppUnknown.Name:
		return invalidClient(err)
	case core.PageAway.Name, core.PageOurs.Name:
		return err
	}
	return invalidSession(err)
}
