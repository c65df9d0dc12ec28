package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/web"
)

// maxAgent bounds what is kept of a browser's name.
const maxAgent = 200

// settleSession makes the outcome's session, or renews its secret where
// somebody signed in here, and puts it first in the cookie. Its random bytes
// are derived, so that a repeat hands out the same cookie.
func (v *visit) settleSession(o *core.Outcome) error {
	if o.Session.IsZero() {
		return nil
	}
	shown := v.i.Shown(o.Account, v.shownEpoch(o.Account))
	if len(shown) == 0 {
		if err := v.p.useSession(v.w, v.r, o.Session, ""); err != nil {
			return err
		}
		return v.touch(o)
	}
	content := handle.Content{ID: o.Session, Random: v.sessionRandom()}
	ours, err := v.writeSession(o, shown, content.Digest())
	if err != nil {
		return err
	}
	if ours {
		if err := v.p.useSession(v.w, v.r, o.Session, v.p.Keys.Ring().Mint(handle.Session, content), v.superseded(o)...); err != nil {
			return err
		}
		v.p.setBrowser(v.w, handle.Content{ID: o.Account, Number: shown[0].SignInEpoch, Random: v.browser.Random})
	}
	return nil
}

// touch moves the idle end of a session that a person has used without signing
// in, at most once in a sixteenth of the period. What was written meanwhile wins.
func (v *visit) touch(o *core.Outcome) error {
	s := live(v.facts.SignedIn, o.Account, v.at)
	if s == nil || s.Session.ID != o.Session {
		return nil
	}
	next, period := s.Session, v.p.Lifetimes.SessionIdle
	next.IdleEnds, next.SeenAt, next.Change = v.at.Add(period), v.at, core.NewID(v.at)
	if next.IdleEnds.After(next.Ends) {
		next.IdleEnds = next.Ends
	}
	if next.IdleEnds.Sub(s.Session.IdleEnds) < period/16 {
		return nil
	}
	err := v.p.Store.UpdateSession(v.r.Context(), next)
	if errors.Is(err, core.ErrConflict) {
		return nil
	}
	return err
}

// superseded are sessions of the same account that this browser still holds.
func (v *visit) superseded(o *core.Outcome) []core.ID {
	var gone []core.ID
	for _, s := range v.facts.SignedIn {
		if s.Account.ID == o.Account && s.Session.ID != o.Session {
			gone = append(gone, s.Session.ID)
		}
	}
	return gone
}

// shownEpoch is the sign-in epoch that the last authentication here counts
// under.
func (v *visit) shownEpoch(account core.ID) uint64 {
	for _, a := range slices.Backward(v.i.Authentications) {
		if a.Account == account {
			return a.SignInEpoch
		}
	}
	return 0
}

func (v *visit) sessionRandom() [16]byte {
	sum := v.p.Keys.Ring().Derive("session", v.i.Random[:], v.i.ID[:])
	return [16]byte(sum[:16])
}

// writeSession creates or renews the row. ours is false where the session was
// renewed by a later sign-in, or ended: then its cookie is not ours to give.
func (v *visit) writeSession(o *core.Outcome, shown []core.Authentication, secret core.Hash) (ours bool, err error) {
	for range maxWrites {
		rows, err := v.p.Store.Sessions(v.r.Context(), []core.ID{o.Session})
		if err != nil {
			return false, err
		}
		var next core.Session
		switch {
		case len(rows) == 0:
			next = core.Session{ID: o.Session, Account: o.Account}
			next.CreatedAt = o.At
		case rows[0].Session.Secret == secret:
			return true, nil
		case rows[0].Session.Ended || rows[0].Session.SeenAt.After(o.At):
			return false, nil
		default:
			next = rows[0].Session
		}
		v.renew(&next, o, shown, secret)
		if err := v.storeSession(next); !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err == nil, err
		}
	}
	return false, core.Unavailable(errors.New("the session could not be written"))
}

// renew gives the session a new secret and a new term (SE-05, SE-06).
func (v *visit) renew(s *core.Session, o *core.Outcome, shown []core.Authentication, secret core.Hash) {
	epoch := shown[len(shown)-1].SignInEpoch
	all := append(slices.DeleteFunc(slices.Clone(s.Authentications), func(a core.Authentication) bool {
		return a.SignInEpoch != epoch || shownAnew(shown, a)
	}), shown...)
	s.Authentications = latest(all)
	s.Secret, s.SignInEpoch, s.SeenAt = secret, epoch, o.At
	s.Ends, s.IdleEnds = o.At.Add(v.p.Lifetimes.SessionMax), o.At.Add(v.p.Lifetimes.SessionIdle)
	capSession(s)
	s.KeepUntil = s.Ends.Add(graceOfRows)
	agent := v.r.UserAgent()
	s.Agent, s.Address = agent[:min(len(agent), maxAgent)], web.Address(v.r, v.p.TrustedProxies)
	s.Change = core.NewID(v.at)
}

// shownAnew says whether the same identity was shown again: then what it said
// before, such as when its session ends, is out of date.
func shownAnew(shown []core.Authentication, a core.Authentication) bool {
	return a.Key != (core.CredentialKey{}) && slices.ContainsFunc(shown, func(s core.Authentication) bool { return s.Key == a.Key })
}

// capSession ends the session no later than any identity provider that it came by
// wants (SessionNotOnOrAfter).
func capSession(s *core.Session) {
	for _, a := range s.Authentications {
		if !a.Ends.IsZero() && a.Ends.Before(s.Ends) {
			s.Ends = a.Ends
		}
	}
	if s.IdleEnds.After(s.Ends) {
		s.IdleEnds = s.Ends
	}
}

func (v *visit) storeSession(s core.Session) error {
	e := v.p.happened(v.r, v.at, core.EventSignedIn, s.Account, v.i.Request.Client, s.ID)
	e.Version = s.Version + 1
	if s.Version == 0 {
		return v.p.Store.CreateSession(v.r.Context(), s, e)
	}
	return v.p.Store.UpdateSession(v.r.Context(), s, e)
}
