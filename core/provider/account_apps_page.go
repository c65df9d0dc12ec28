package provider

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// The acts of the page of connected apps, as its buttons say them.
const (
	actDisconnect = "disconnect"
	actEndGrant   = "end-grant"
	// actApps is no act: its interaction signs in and leads to the page.
	actApps = "apps"
)

const appsPath = "/account/apps"

// Fields of the form that asks once more.
const (
	fieldSure  = "sure"
	fieldEpoch = "epoch"
)

// appsPage shows a person what they have let in, and takes it back. It wants a
// session in which nothing is left to ask (STA07) but no recent sign-in: what is
// done here only takes access away and can be given again, and who finds a strange
// app must not be kept from ending it by a password they cannot find.
func (p *Provider) appsPage(w http.ResponseWriter, r *http.Request) error {
	at := p.now()
	s, err := p.accountSession(r, at)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return p.actOnApp(w, r, at, s)
	}
	if s == nil {
		return p.startInteraction(w, r, at, core.InteractionTerms{Purpose: core.PurposeSignIn, Action: actApps}, "")
	}
	return p.drawApps(w, r, at, s)
}

func (p *Provider) drawApps(w http.ResponseWriter, r *http.Request, at time.Time, s *core.SignedIn) error {
	all, err := p.connectedApps(r.Context(), &s.Account, at)
	if err != nil {
		return err
	}
	page, err := p.appsForm(r, s, core.Page{
		Name: core.PageApps, Account: accountView(s.Account),
		Links: map[string]string{"signout": p.base + "/end-session", "account": p.base + "/account"},
		Args:  map[string]any{"at": at, "cut": all.cut},
	})
	if err != nil {
		return err
	}
	first := appsShown * pageNumber(r)
	shown := all.apps[min(first, len(all.apps)):min(first+appsShown, len(all.apps))]
	for _, app := range shown {
		v, stands, err := p.view(r.Context(), all, app, s.Session.ID, at)
		if err != nil {
			return err
		}
		if stands {
			page.Apps = append(page.Apps, v)
		}
	}
	for name, n := range map[string]int{"newer": first - appsShown, "older": first + appsShown} {
		if n >= 0 && n < len(all.apps) {
			page.Links[name] = p.base + appsPath + "?page=" + strconv.Itoa(n/appsShown)
		}
	}
	token, err := p.accountToken(r, s)
	if err != nil {
		return err
	}
	for _, verb := range []string{actDisconnect, actEndGrant} {
		if web.FormTokenIs(p.Keys.Ring(), r.URL.Query().Get("done"), donePurpose(verb), token) {
			page.Notices = []core.Notice{{Kind: "ok", ID: "app_" + strings.ReplaceAll(verb, "-", "_")}}
		}
	}
	p.respondPage(w, r, page)
	return nil
}

// pageNumber counts from 0; what is no number is the first.
func pageNumber(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 0 || n > appGrantPage*appGrantPages {
		return 0
	}
	return n
}

// donePurpose binds the notice of an act to this session: no link of somebody else
// can claim that something was done.
func donePurpose(verb string) []byte { return []byte("account apps done " + verb) }

// appsForm is where the page and what it asks once more are posted.
func (p *Provider) appsForm(r *http.Request, s *core.SignedIn, page core.Page) (core.Page, error) {
	hidden, err := p.accountForm(r, s)
	page.Form = core.Form{Action: p.base + appsPath, Hidden: hidden}
	return page, err
}

// actOnApp asks once more, and with that answer does it.
func (p *Provider) actOnApp(w http.ResponseWriter, r *http.Request, at time.Time, s *core.SignedIn) error {
	values, err := param.ParsePosted(r, param.Limits{Bytes: core.MaxRequestBytes, Count: core.MaxParameters})
	if err != nil {
		return badParameters(err)
	}
	if p.foreign(r) {
		return core.PageForeign.Because(errors.New("posted by another origin"))
	}
	if s == nil {
		p.respondAway(w, r, p.url(appsPath)) // signed out meanwhile: sign in first
		return nil
	}
	if err := p.checkAccountForm(r, s, values.Get(web.FormField)); err != nil {
		return err
	}
	verb, key, _ := strings.Cut(values.Get("act"), ":")
	if verb != actDisconnect && verb != actEndGrant || key == "" || len(key) > core.MaxClientID {
		p.respondAway(w, r, p.url(appsPath))
		return nil
	}
	if values.Get(fieldSure) == "" {
		return p.askOnceMore(w, r, s, verb, key)
	}
	if err := p.endApp(r, at, s, verb, key, values.Get(fieldEpoch)); err != nil {
		return err
	}
	token, err := p.accountToken(r, s)
	if err != nil {
		return err
	}
	done := web.FormToken(p.Keys.Ring(), donePurpose(verb), token)
	p.respondAway(w, r, p.url(appsPath)+"?done="+url.QueryEscape(done))
	return nil
}

func (p *Provider) endApp(r *http.Request, at time.Time, s *core.SignedIn, verb, key, epoch string) error {
	if verb == actEndGrant {
		return p.endGrant(r, at, s.Account.ID, key)
	}
	seen, err := strconv.ParseUint(epoch, 10, 64)
	if err != nil {
		return badParameters(err)
	}
	return p.disconnect(r, at, s.Account.ID, key, seen)
}

// askOnceMore names the app, or the sign-in, and says what ending it does. It
// changes nothing.
func (p *Provider) askOnceMore(w http.ResponseWriter, r *http.Request, s *core.SignedIn, verb, key string) error {
	ctx, client := r.Context(), key
	var access []core.Access
	if verb == actEndGrant {
		g, _, err := p.ownGrant(ctx, s.Account.ID, key)
		if err != nil {
			return err
		}
		client, access = g.Client, g.Access
	}
	consent, _, err := p.Store.Consent(ctx, s.Account.ID, client)
	if err != nil {
		return err
	}
	if consent.Version == 0 {
		there, err := p.hasGrants(ctx, s.Account.ID, client)
		if err != nil {
			return err
		}
		if !there {
			return core.PageNotFound.Because(errors.New("the account has let no such client in"))
		}
	}
	c, known, err := p.clientOrNone(ctx, client)
	if err != nil {
		return err
	}
	if !known {
		c.Lane = consent.Lane
	}
	page, err := p.appsForm(r, s, actPage(verb))
	if err != nil {
		return err
	}
	page.App, page.Account = appView(c, firstOr(c.RedirectURIs)), accountView(s.Account)
	page.Links["account"] = p.base + appsPath
	page.Form.Hidden["act"], page.Form.Hidden[fieldSure] = verb+":"+key, "yes"
	page.Form.Hidden[fieldEpoch] = strconv.FormatUint(consent.Epoch, 10)
	if late := p.lateEnd(&c, core.Union(access, consent.Access)); late > 0 {
		page.Args["duration"] = late
	}
	p.respondPage(w, r, page)
	return nil
}

// lateEnd is how long, at the most, an API that asks nobody goes on to take a JWT
// that was given before; 0 where no token is one. Of a client that nobody was asked
// about, all counts that it may ask for.
func (p *Provider) lateEnd(c *core.Client, access []core.Access) time.Duration {
	var late time.Duration
	if len(access) == 0 {
		for _, uri := range c.Resources {
			access = append(access, core.Access{Resource: uri})
		}
	}
	for _, a := range access {
		if r := p.findResource(a.Resource); r != nil && r.Format == core.JWT {
			late = max(late, p.accessLifetime(c, r))
		}
	}
	return late
}
