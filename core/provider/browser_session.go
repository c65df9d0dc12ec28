package provider

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/web"
)

// heldSession is one handle in the session cookie whose proof is right.
type heldSession struct {
	value   string
	content handle.Content
}

func (p *Provider) cookies() web.Cookies { return p.cookieNames }

// heldSessions opens the session cookie: forged and repeated handles are left
// out, and nothing is read from the store. One that cannot be judged for want of
// keys is an error: left out, it would be signed out for good.
func (p *Provider) heldSessions(r *http.Request) ([]heldSession, error) {
	var held []heldSession
	for _, value := range p.cookies().ReadSessions(r) {
		c, err := p.Keys.Open(r.Context(), handle.Session, value)
		if errors.Is(err, core.ErrUnavailable) {
			return nil, err
		}
		if err != nil || slices.ContainsFunc(held, func(h heldSession) bool { return h.content.ID == c.ID }) {
			continue
		}
		held = append(held, heldSession{value, c})
	}
	return held, nil
}

// signedIn reads, in one statement, the sessions whose cookies this browser
// holds, the one in use first. Those that were signed out, or renewed since
// with another secret, are left out (SE-05); those that ended by time stay, as
// a choice that asks for a sign-in.
func (p *Provider) signedIn(r *http.Request, at time.Time) ([]core.SignedIn, error) {
	held, err := p.heldSessions(r)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	ids := make([]core.ID, len(held))
	for i, h := range held {
		ids[i] = core.ID(h.content.ID)
	}
	rows, err := p.Store.Sessions(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	var out []core.SignedIn
	for _, h := range held {
		at := slices.IndexFunc(rows, func(s core.SignedIn) bool { return s.Session.ID == core.ID(h.content.ID) })
		if at >= 0 && holds(h.content, rows[at].Session.Secret) && !rows[at].Session.Ended && !rows[at].Account.Deleted {
			out = append(out, rows[at])
		}
	}
	out = slices.DeleteFunc(out, func(s core.SignedIn) bool { return !at.Before(s.Session.KeepUntil) })
	return p.standing(r.Context(), out)
}

// holds compares the digest of what was presented with what is stored.
func holds(c handle.Content, stored core.Hash) bool {
	digest := c.Digest()
	return subtle.ConstantTimeCompare(digest[:], stored[:]) == 1
}

// readBrowser opens the browser cookie. Its ID is the account that signed in
// here last, its Number that account's sign-in epoch then. Without a good
// cookie ok is false; the error is that of keys.Open.
func (p *Provider) readBrowser(r *http.Request) (c handle.Content, ok bool, err error) {
	c, err = p.Keys.Open(r.Context(), handle.Browser, web.Read(r, p.cookies().Browser))
	return c, err == nil, unless(err, nil)
}

func (p *Provider) setBrowser(w http.ResponseWriter, c handle.Content) {
	p.cookies().SetBrowser(w.Header(), p.Keys.Ring().Mint(handle.Browser, c))
}

// useSession puts a session first in the cookie, under the handle given or the
// one the browser holds, and drops those named in gone.
func (p *Provider) useSession(w http.ResponseWriter, r *http.Request, first core.ID, value string, gone ...core.ID) error {
	held, err := p.heldSessions(r)
	if err != nil {
		return err
	}
	values := []string{}
	for _, h := range held {
		switch id := core.ID(h.content.ID); {
		case slices.Contains(gone, id):
		case id == first && value == "":
			value = h.value
		case id != first:
			values = append(values, h.value)
		}
	}
	if value != "" {
		values = append([]string{value}, values...)
	}
	p.cookies().SetSessions(w.Header(), values, p.Lifetimes.SessionMax)
	return nil
}

// live finds the account's session that stands; nil if there is none.
func live(of []core.SignedIn, account core.ID, at time.Time) *core.SignedIn {
	for i := range of {
		if of[i].Account.ID == account && of[i].Live(at) {
			return &of[i]
		}
	}
	return nil
}
