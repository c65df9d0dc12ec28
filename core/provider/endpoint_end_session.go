package provider

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/redirecturi"
	"github.com/keywright/keywright/internal/server/web"
)

// signOut is one request to sign out, as far as it can be believed.
type signOut struct {
	at     time.Time
	values param.Values
	held   []heldSession
	signed []core.SignedIn // those that stand
	gone   []core.ID       // those held that do not
	// hinted is the session that a valid hint of ours speaks of, if this
	// browser holds it; over says that it does, and that it has ended.
	hinted *core.SignedIn
	over   bool
	hint   bool // there is one and it is ours
	app    core.Client
	// target is a registered address to go back to, or empty.
	target string
}

// endSession is the end session endpoint (OpenID Connect RP-Initiated Logout
// 1.0 section 2). A valid hint for a session of this browser signs out at once;
// everything else is asked first (LO-02, CSR18).
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) error {
	values, err := parameters(r)
	if err != nil {
		return badParameters(err)
	}
	if values.Get(web.FormField) == "" && p.bounce(w, r, values) {
		return nil
	}
	s, err := p.readSignOut(r, values)
	if err != nil {
		return err
	}
	asked := values.Get("post_logout_redirect_uri") != ""
	switch {
	case values.Get(web.FormField) != "" && r.Method == http.MethodPost:
		return p.confirmedSignOut(w, r, s)
	case len(s.signed) == 0 && s.over:
		return p.end(w, r, s, nil) // the answer to a sign-out was lost
	case len(s.signed) == 0 && s.hint:
		return p.signedOutAt(w, s)
	case len(s.signed) == 0:
		s.target = "" // nobody pressed anything: stay here
		return p.signedOutAt(w, s)
	case s.hinted != nil && (!asked || s.target != ""):
		return p.end(w, r, s, []core.SignedIn{*s.hinted})
	}
	p.askSignOut(w, r, s)
	return nil
}

// readSignOut loads the sessions and judges hint, client and address.
func (p *Provider) readSignOut(r *http.Request, values param.Values) (*signOut, error) {
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"} {
		if _, err := values.One(name); err != nil {
			return nil, core.PageAppRequest.Because(err)
		}
	}
	if len(values.Get("state")) > core.MaxState {
		return nil, core.PageAppRequest.Because(errors.New("state is too long"))
	}
	s := &signOut{at: p.now(), values: values}
	var err error
	if s.held, err = p.heldSessions(r); err != nil {
		return nil, err
	}
	all, err := p.signedIn(r, s.at)
	if err != nil {
		return nil, err
	}
	s.signed = slices.DeleteFunc(all, func(one core.SignedIn) bool { return !one.Live(s.at) })
	for _, h := range s.held {
		id := core.ID(h.content.ID)
		if !slices.ContainsFunc(s.signed, func(one core.SignedIn) bool { return one.Session.ID == id }) {
			s.gone = append(s.gone, id)
		}
	}
	id, err := p.readHint(r.Context(), s)
	if err != nil || id == "" {
		return s, err
	}
	app, err := p.knownClient(r.Context(), id)
	if errors.Is(err, core.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.app = *app
	// Byte for byte one of those registered, or nothing (LO-04, ORD03).
	if uri := values.Get("post_logout_redirect_uri"); !s.app.Disabled && !s.app.Deleted && slices.Contains(s.app.LogoutURIs, uri) {
		s.target = uri
	}
	return s, nil
}

// readHint reads the hint and says which client asks. A hint that is not ours
// counts as none and takes every redirect away; one for another client than
// the one that asks is an error (LO-05).
func (p *Provider) readHint(ctx context.Context, s *signOut) (client string, err error) {
	client = s.values.Get("client_id")
	token := s.values.Get("id_token_hint")
	if token == "" {
		return client, nil
	}
	claims, err := p.readIDToken(ctx, token)
	if err != nil || len(claims.Audience) == 0 {
		return "", unless(err, nil)
	}
	if client != "" && !slices.Contains(claims.Audience, client) {
		return "", core.PageAppRequest.Because(errors.New("hint of another client"))
	}
	s.hint = true
	s.over = slices.ContainsFunc(s.gone, func(id core.ID) bool { return claims.SessionID == id.String() })
	for i := range s.signed {
		one := &s.signed[i]
		if one.Account.Subject() == claims.Subject && (claims.SessionID == "" || claims.SessionID == one.Session.ID.String()) {
			s.hinted = one
			break
		}
	}
	if client == "" {
		client = claims.Audience[0]
	}
	return client, nil
}

// askSignOut shows one button. What was asked comes back with it and is judged
// again.
func (p *Provider) askSignOut(w http.ResponseWriter, r *http.Request, s *signOut) {
	hidden := map[string]string{web.FormField: p.signOutToken(s)}
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if value := s.values.Get(name); value != "" {
			hidden[name] = value
		}
	}
	page := core.Page{
		Name: core.PageSignOut, Account: accountView(s.signed[0].Account),
		Form: core.Form{Action: p.base + "/end-session", Hidden: hidden},
	}
	if s.app.ID != "" {
		page.App = appView(s.app, s.target)
	}
	p.respondPage(w, r, page)
}

var signOutPurpose = []byte("end session")

// signOutToken binds the question to the sessions of this browser (LO-06).
func (p *Provider) signOutToken(s *signOut) string {
	if len(s.held) == 0 {
		return ""
	}
	return web.FormToken(p.Keys.Ring(), signOutPurpose, s.held[0].content.Random[:])
}

// confirmedSignOut ends every session of this browser, once its own form says
// so. Where all have ended, it was pressed before: if the browser still holds
// them the answer was lost, and what belongs to it is done again.
func (p *Provider) confirmedSignOut(w http.ResponseWriter, r *http.Request, s *signOut) error {
	ours := len(s.held) > 0 && web.OriginOf(r, p.origin) != web.Foreign
	if ours {
		var err error
		if ours, err = p.formTokenIs(r.Context(), s.values.Get(web.FormField), signOutPurpose, s.held[0].content.Random[:]); err != nil {
			return err
		}
	}
	switch {
	case ours && len(s.signed) > 0:
	case ours && s.values.Get("decision") != "stay":
		return p.end(w, r, s, nil)
	case len(s.signed) == 0:
		s.target = ""
		return p.signedOutAt(w, s)
	default:
		return core.PageForeign.Because(errors.New("sign-out from elsewhere"))
	}
	if s.values.Get("decision") == "stay" {
		page := core.Page{Name: core.PageFinished, Account: accountView(s.signed[0].Account), Links: map[string]string{}}
		if s.app.ID != "" {
			page.App = appView(s.app, "")
			page.Links["app"] = page.App.Home
		}
		p.respondPage(w, r, page)
		return nil
	}
	return p.end(w, r, s, s.signed)
}

// end signs out: the rows first, so that every replica knows (SE-07), then the
// cookies. Interactions that are open in other tabs end with it, as they may
// know who was here and would sign in again (CSR20).
func (p *Provider) end(w http.ResponseWriter, r *http.Request, s *signOut, which []core.SignedIn) error {
	gone := s.gone
	for _, one := range which {
		if err := p.endOne(r, s.at, one.Session); err != nil {
			return err
		}
		gone = append(gone, one.Session.ID)
	}
	if err := p.useSession(w, r, core.ID{}, "", gone...); err != nil {
		return err
	}
	browser, ok, err := p.readBrowser(r)
	if err != nil {
		return err
	}
	if ok {
		browser.Random = handle.NewRandom()
		p.setBrowser(w, browser)
	}
	return p.signedOutAt(w, s)
}

// endOne ends one session, as the request asks.
func (p *Provider) endOne(r *http.Request, at time.Time, s core.Session) error {
	return p.endSessionRow(r.Context(), at, s, p.happened(r, at, core.EventSignedOut, s.Account, "", s.ID))
}

// endSessionRow marks one session as ended, with the event, whatever else happens
// to it meanwhile. One that is not there, or has ended, is no error.
func (p *Provider) endSessionRow(ctx context.Context, at time.Time, s core.Session, e core.Event) error {
	for range maxWrites {
		if s.Ended {
			return nil
		}
		s.Ended, s.Change = true, core.NewID(at)
		e.ID, e.Thing, e.Version = core.NewID(at), s.ID, s.Version+1
		err := p.Store.UpdateSession(ctx, s, e)
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
		rows, err := p.Store.Sessions(ctx, []core.ID{s.ID})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		s = rows[0].Session
	}
	return core.Unavailable(errors.New("the session could not be ended"))
}

// signedOutAt leads to where a sign-out ends: the registered address with the
// state, or our own page.
func (p *Provider) signedOutAt(w http.ResponseWriter, s *signOut) error {
	if s.target == "" {
		seeOther(w, p.url("/signed-out"))
		return nil
	}
	var pairs []redirecturi.Pair
	if state := s.values.Get("state"); state != "" {
		pairs = append(pairs, redirecturi.Pair{Name: "state", Value: state})
	}
	seeOther(w, redirecturi.AppendQuery(s.target, pairs...))
	return nil
}

// signedOut is the page where a sign-out without an app to go back to ends.
func (p *Provider) signedOut(w http.ResponseWriter, r *http.Request) error {
	p.respondPage(w, r, core.Page{Name: core.PageSignedOut})
	return nil
}
