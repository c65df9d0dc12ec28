package provider

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// actView is no act: its interaction signs in and leads to the account page.
const actView = "view"

var accountPurpose = []byte("account")

// accountPage shows a signed-in person what is kept of them, and begins every
// change of it. Looking needs a session in which nothing is left to ask (STA07);
// changing needs a recent sign-in, which the interaction of the change asks for
// (SE-09).
func (p *Provider) accountPage(w http.ResponseWriter, r *http.Request) error {
	at := p.now()
	s, err := p.accountSession(r, at)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return p.beginAct(w, r, at, s)
	}
	if s == nil {
		return p.startInteraction(w, r, at, core.InteractionTerms{Purpose: core.PurposeSignIn, Action: actView}, "")
	}
	return p.drawAccount(w, r, at, s)
}

// accountSession is the session in use, if it stands and its account has nothing
// left to do before it counts as signed in.
func (p *Provider) accountSession(r *http.Request, at time.Time) (*core.SignedIn, error) {
	signed, err := p.signedIn(r, at)
	if err != nil {
		return nil, err
	}
	for n := range signed {
		if !signed[n].Live(at) {
			continue
		}
		f := p.facts(core.PurposeSignIn, core.AuthorizationRequest{}, at)
		f.SignedIn, f.Account = signed[n:n+1], signed[n].Account
		if f.Enforced, err = p.enforcement(r.Context(), f.Account); err != nil {
			return nil, err
		}
		if err := p.strengthen(r, &f); err != nil {
			return nil, err
		}
		if core.Next(f).Step != core.StepNone {
			return nil, nil
		}
		return &signed[n], nil
	}
	return nil, nil
}

// accountToken binds the page's forms to the browser and the session that they were
// drawn for; a session that is renewed meanwhile stays the same.
func (p *Provider) accountToken(r *http.Request, s *core.SignedIn) ([]byte, error) {
	browser, ok, err := p.readBrowser(r)
	if err != nil {
		return nil, err
	}
	if !ok {
		return s.Session.Secret[:], nil // of no use to anybody: the page is drawn, and cannot be posted
	}
	return append(append([]byte{}, s.Session.ID[:]...), browser.Random[:]...), nil
}

// accountForm is the hidden field of the page's forms.
func (p *Provider) accountForm(r *http.Request, s *core.SignedIn) (map[string]string, error) {
	token, err := p.accountToken(r, s)
	return map[string]string{web.FormField: web.FormToken(p.Keys.Ring(), accountPurpose, token)}, err
}

// checkAccountForm refuses what was posted by no form of that page.
func (p *Provider) checkAccountForm(r *http.Request, s *core.SignedIn, posted string) error {
	token, err := p.accountToken(r, s)
	if err != nil {
		return err
	}
	return p.checkFormToken(r.Context(), posted, accountPurpose, token)
}

// checkFormToken refuses what was posted by no form of this purpose and browser.
func (p *Provider) checkFormToken(ctx context.Context, posted string, purpose, secret []byte) error {
	ours, err := p.formTokenIs(ctx, posted, purpose, secret)
	if err != nil || ours {
		return err
	}
	return core.PageForeign.Because(errors.New("wrong form token"))
}

// formTokenIs is web.FormTokenIs, with the error of keys.Proves.
func (p *Provider) formTokenIs(ctx context.Context, posted string, purpose, secret []byte) (bool, error) {
	return p.Keys.Proves(ctx, func(ring *handle.Ring) bool { return web.FormTokenIs(ring, posted, purpose, secret) })
}

// beginAct starts the interaction of one change. It changes nothing by itself;
// still, no other site may begin one (RP-10, CSR01).
func (p *Provider) beginAct(w http.ResponseWriter, r *http.Request, at time.Time, s *core.SignedIn) error {
	values, err := param.ParseForm(r, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	if err != nil {
		return badParameters(err)
	}
	if web.OriginOf(r, p.origin) == web.Foreign {
		return core.PageForeign.Because(errors.New("posted by another origin"))
	}
	if s == nil {
		seeOther(w, p.url("/account")) // signed out meanwhile: sign in first
		return nil
	}
	if err := p.checkAccountForm(r, s, values.Get(web.FormField)); err != nil {
		return err
	}
	terms := core.InteractionTerms{Purpose: core.PurposeAccount, Action: p.actionOf(values.Get("act")), Chosen: s.Account.ID}
	switch terms.Action {
	case "":
		seeOther(w, p.url("/account"))
		return nil
	case actView:
		terms.Purpose, terms.Chosen = core.PurposeSignIn, core.ID{}
		terms.Request.Prompt = []string{core.PromptSelect}
	}
	return p.startInteraction(w, r, at, terms, "")
}

// actionOf turns what a button says into the action of an interaction; empty for
// what no button says.
func (p *Provider) actionOf(act string) string {
	verb, what, _ := strings.Cut(act, ":")
	if len(what) > core.MaxKind {
		return ""
	}
	switch verb {
	case actEmail, actDelete, actEndOthers:
		return verb
	case actRemove, actRename, actEnd:
		return verb + ":" + what
	case "switch":
		return actView
	case "add", "change":
		for _, a := range p.Authenticators {
			switch {
			case a.Method() != what:
			case verb == "add" && serves(a, core.TurnEnrol):
				return string(core.TurnEnrol) + ":" + what
			case serves(a, core.TurnChange):
				return what
			}
		}
	}
	return ""
}

// drawAccount shows ways to sign in, sessions and address.
func (p *Provider) drawAccount(w http.ResponseWriter, r *http.Request, at time.Time, s *core.SignedIn) error {
	credentials, err := p.Store.Credentials(r.Context(), s.Account.ID)
	if err != nil {
		return err
	}
	sessions, err := p.openSessions(r.Context(), &s.Account, at)
	if err != nil {
		return err
	}
	hidden, err := p.accountForm(r, s)
	if err != nil {
		return err
	}
	page := core.Page{
		Name: core.PageAccount, Account: accountView(s.Account), Ways: p.addable(credentials),
		Items: append(p.wayItems(s.Account, credentials), p.sessionItems(sessions, s.Session.ID)...),
		Form:  core.Form{Action: p.base + "/account", Hidden: hidden},
		Links: map[string]string{"signout": p.base + "/end-session", "apps": p.base + appsPath},
		Args:  map[string]any{"email_verified": s.Account.EmailVerified, "at": at},
	}
	if done := p.lastAct(r); done != "" {
		page.Notices = []core.Notice{{Kind: "ok", ID: noticeOf(done), Args: map[string]any{"thing": done}}}
	}
	p.respondPage(w, r, page)
	return nil
}

// lastAct is what the interaction that led back here has done. It is believed
// only of one that is finished and this browser's own, so that no link of
// somebody else can claim anything.
func (p *Provider) lastAct(r *http.Request) string {
	c, err := p.Keys.Open(r.Context(), handle.Interaction, r.URL.Query().Get("done"))
	if err != nil {
		return "" // a notice the less
	}
	i, err := p.Store.Interaction(r.Context(), core.ID(c.ID))
	browser, ok, _ := p.readBrowser(r)
	if err != nil || !ok || !i.Finished || !holds(browser, i.Browser) || i.Purpose != core.PurposeAccount {
		return ""
	}
	verb, _, _ := strings.Cut(i.Action, ":")
	return verb
}

// noticeOf names the message of a change that was made.
func noticeOf(verb string) string {
	switch verb {
	case actRemove, actEnd, actEndOthers:
		return "account_" + strings.ReplaceAll(verb, "-", "_")
	}
	return "saved"
}

// accountURL is where a change that the provider made itself leads back to.
func (v *visit) accountURL() (string, bool) {
	verb, _, _ := strings.Cut(v.i.Action, ":")
	switch verb {
	case actView:
		return v.p.url("/account"), true
	case actApps:
		return v.p.url(appsPath), true
	case actEmail, actRemove, actRename, actEnd, actEndOthers:
		return v.p.url("/account?done=" + v.handle), true
	}
	return "", false
}

// accountLink stands for the account page where a page names its links.
const accountLink = "/account"

// actedOn is the thing that an authenticator's action was about.
func (v *visit) actedOn() string {
	_, method := v.action()
	return method
}
