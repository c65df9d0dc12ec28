//go:build unix

package torture

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
	"github.com/keywright/keywright/internal/webpage"
)

// person is an account and who owns it.
type person struct {
	account         core.ID
	email, password string
}

// session is a person signed in at a browser, as long as its cookies are these.
type session struct {
	person  *person
	browser *browser
	record  *sessionRecord
	app     *app                 // that it was begun for
	hint    atomic.Pointer[hint] // for signing out
}

// hint is an ID token and the client that it was given to.
type hint struct{ token, client string }

// unavailable is how an outage is told to an application (RFC 6749 section 4.1.2.1).
const unavailable = "temporarily_unavailable"

const firstPassword = "three quiet otters at noon"

// newPerson makes an account.
func (r *run) newPerson() *person {
	email := "person" + r.count.next() + "@example.com"
	change, err := r.passwords.Account(r.ctx, "Person", email, firstPassword, r.clock.Now())
	if err != nil {
		panic(err) // the password is a good one
	}
	p := &person{change.Account.ID, email, firstPassword}
	made := r.insist(func(ctx context.Context) error {
		err := r.store.CreateAccount(ctx, change)
		if errors.Is(err, core.ErrConflict) {
			return nil // an attempt before took effect
		}
		return err
	})
	if !made {
		return nil
	}
	r.people.add(p)
	return p
}

// signIn goes through the pages with a browser that has never been there, and comes back with a session and a code;
// nil where something came between.
func (r *run) signIn(c *caller, p *person, a *app) (*session, *family) {
	b := r.newBrowser()
	q := r.newRequest(a, "")
	v := b.visit(q.address, map[string]string{"identifier": p.email, "password": p.password}, nil)
	if !r.arrived(v, p, a) {
		return nil, nil
	}
	s := r.newSession(c, p, a, v)
	return s, r.newFamily(c, s, a, q, v.landed, v.from, v.to)
}

// arrived says whether a visit ended at the application with a code. If not, somebody has to be the cause.
func (r *run) arrived(v *visit, p *person, a *app) bool {
	call := history.Call{Kind: history.Use, From: v.from, To: v.to, Outcome: history.Done, Note: "authorization"}
	if v.landed != nil && v.landed.Query().Get("code") != "" {
		r.ledger.served(a.id, call)
		if a.consents {
			r.ledger.consent(consentKey{p.account, a.id}, history.Call{
				Kind: history.Begin, From: v.from, To: v.to, Outcome: history.Done, Note: "a visit",
			})
		}
		return true
	}
	if v.landed != nil {
		fault := v.landed.Query().Get("error")
		v.stuck, v.troubled = "error "+fault, v.troubled || fault == unavailable
	}
	r.ledger.stuckAt(stuck{v.describe(), v.troubled, v.from, v.to, p.account, a.id})
	return false
}

// newSession is the one that the browser now holds a cookie of.
func (r *run) newSession(c *caller, p *person, a *app, v *visit) *session {
	s := &session{person: p, browser: v.browser, app: a, record: &sessionRecord{account: p.account, session: sidOf(v.browser)}}
	s.record.history.ID = "session " + s.record.session + " of caller " + c.name
	s.record.add(history.Call{Kind: history.Begin, Outcome: history.Done, From: v.from, To: v.to, Note: "signed in"})
	r.ledger.session(s.record)
	return s
}

// sidOf is the id of the session that is first in the browser's cookie.
func sidOf(b *browser) string {
	for name, value := range b.cookies {
		if strings.HasPrefix(name, "__Host-kw_s_") {
			first, _, _ := strings.Cut(value, ".")
			id, _, _ := opened(first)
			return id.String()
		}
	}
	return ""
}

// authorize asks for a code silently, and by a visit where the person has to agree first; nil where there is none.
func (s *session) authorize(c *caller, a *app) *family {
	r := c.run
	q := r.newRequest(a, "none")
	ans := s.browser.send(http.MethodGet, q.address, nil)
	if ans.unknown() {
		return nil // nobody knows the code, if there is one
	}
	to, err := url.Parse(ans.header.Get("Location"))
	call := history.Call{Kind: history.Use, Outcome: history.Done, From: ans.from, To: ans.to, Note: ans.note("authorize for " + a.id)}
	switch code, fault := to.Query().Get("code"), to.Query().Get("error"); {
	case err == nil && code != "":
		s.record.add(call)
		if a.consents {
			r.ledger.consent(consentKey{s.person.account, a.id}, call)
		}
		r.ledger.served(a.id, call)
		return r.newFamily(c, s, a, q, to, ans.from, ans.to)
	case fault == "consent_required":
		s.record.add(call)
		call.Outcome = history.Refused
		r.ledger.consent(consentKey{s.person.account, a.id}, call)
		return s.agree(c, a)
	case fault == unavailable: // what 503 is elsewhere
	case fault == "login_required":
		call.Outcome = history.Refused
		s.record.add(call)
		c.leave(s)
	case ans.status == http.StatusForbidden || ans.status == http.StatusBadRequest:
		call.Outcome = history.Refused
		r.ledger.served(a.id, call)
	default:
		r.violated(history.Unexpected, "authorize for "+a.id, "  "+ans.note(c.name)+" "+ans.header.Get("Location")+"\n")
	}
	return nil
}

// agree is a visit of who is signed in.
func (s *session) agree(c *caller, a *app) *family {
	r := c.run
	q := r.newRequest(a, "")
	v := s.browser.visit(q.address, map[string]string{"identifier": s.person.email, "password": s.person.password}, nil)
	if v.asked > 0 { // the session has ended: another one stands there now
		s.record.add(history.Call{Kind: history.Use, Outcome: history.Refused, From: v.from, To: v.to, Note: "asked for a password"})
		c.leave(s)
	}
	if !r.arrived(v, s.person, a) {
		return nil
	}
	if v.asked > 0 {
		s = r.newSession(c, s.person, a, v)
		c.sessions = append(c.sessions, s)
	}
	return r.newFamily(c, s, a, q, v.landed, v.from, v.to)
}

// signOut ends the session, and says so until it is heard.
func (s *session) signOut(c *caller) {
	r, h := c.run, s.hint.Load()
	if h == nil {
		return
	}
	address := r.setting.Issuer + "/end-session?" + url.Values{"id_token_hint": {h.token}, "client_id": {h.client}}.Encode()
	before := &browser{r, maps.Clone(s.browser.cookies), s.browser.address}
	for n := range maxAttempts {
		a := s.browser.send(http.MethodGet, address, nil)
		if a.nowhere {
			r.pause(n)
			continue
		}
		call := history.Call{Kind: history.EndSession, Outcome: history.Done, From: a.from, To: a.to, Note: a.note("sign-out")}
		if a.unknown() {
			call.Outcome = history.Unknown
		} else if a.status != http.StatusSeeOther {
			r.violated(history.Unexpected, "sign-out", "  "+a.note(c.name)+"\n")
			return
		}
		r.ledger.end(ending{call: call, account: s.person.account, session: s.record.session})
		if call.Outcome == history.Done {
			break
		}
		r.pause(n)
	}
	s.browser = before // a thief's copy of the cookies must be of no use
	s.authorize(c, s.app)
	c.leave(s)
}

// changePassword replaces the password in a session and ends everything else there is.
func (s *session) changePassword(c *caller) {
	r, p := c.run, s.person
	next := "otters that swim at " + r.count.next() + " o'clock"
	before := &browser{r, maps.Clone(s.browser.cookies), s.browser.address}
	v := s.browser.visit(r.setting.Issuer+"/account/password", map[string]string{
		"identifier": p.email, "password": p.password, "new": next, "end_sessions": "1",
	}, func(page webpage.Page) bool { return page.ID == "page-finished" })
	call := history.Call{Outcome: history.Done, From: v.from, To: v.to, Note: "password changed"}
	known := v.stuck == ""
	if !known { // who knows how far it came: the caller takes another account from now on
		r.ledger.stuckAt(stuck{"password: " + v.describe(), v.troubled, v.from, v.to, p.account, ""})
		call.Outcome, call.To, call.Note = history.Unknown, call.To+r.clock.Of(landing), "password changed, perhaps"
		c.person = nil
	}
	for _, kind := range []history.Kind{history.End, history.EndSession} {
		call.Kind = kind
		r.ledger.end(ending{call: call, account: p.account})
	}
	acting := s.browser
	s.browser = before
	for _, old := range slices.Clone(c.sessions) {
		old.authorize(c, old.app) // none of them may be good for anything
	}
	c.sessions = nil
	if known {
		p.password = next
		r.count.passwords.Add(1)
		v.browser = acting
		c.sessions = []*session{r.newSession(c, p, s.app, v)}
	}
}
