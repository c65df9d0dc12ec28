package conformance

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/keywright/keywright/core"
)

// end is how a visit went.
type end struct {
	signedIn core.ID // who is believed; zero for nobody
	said     bool    // it was said who it is, whether or not the provider believes it
	page     core.Page
	step     core.Step
	refused  bool
	err      error
	form     url.Values // what was posted last
	notes    []byte     // as they were when it was posted
}

// maxTurns bounds a visit.
const maxTurns = 8

// begin opens the page where the purpose starts, and follows to where it leads.
func (s *stage) begin(v *visit) end { return s.open(v, s.a.Starts()[s.c.Purpose]) }

// open asks for a step as GET does.
func (s *stage) open(v *visit, step core.Step) end {
	for range maxTurns {
		reply, err := s.a.Begin(s.ctx, s.turn(v, step, nil))
		if err != nil {
			return end{step: step, err: err}
		}
		next, e := s.apply(v, step, reply)
		if next == "" || next == core.StepSignIn {
			return e
		}
		step = next
	}
	return end{step: step, err: errors.New("pages lead in a circle")}
}

// post continues a step as POST does, and opens what it leads to.
func (s *stage) post(v *visit, step core.Step, form url.Values) end {
	notes := v.notes
	reply, err := s.a.Continue(s.ctx, s.turn(v, step, form))
	if err != nil {
		return end{step: step, err: err, form: form, notes: notes}
	}
	next, e := s.apply(v, step, reply)
	if next != "" && next != core.StepSignIn {
		e = s.open(v, next)
	}
	e.form, e.notes = form, notes
	return e
}

// apply does what a reply says.
func (s *stage) apply(v *visit, step core.Step, reply core.Reply) (next core.Step, e end) {
	e.step = step
	switch r := reply.(type) {
	case core.Show:
		s.keep(v, r.Keep)
		e.page = r.Page
	case core.Refused:
		s.keep(v, r.Keep)
		e.page, e.refused = r.Page, true
	case core.GoTo:
		s.keep(v, r.Keep)
		next = r.Step
	case core.Authenticated:
		e.said = true
		if e.err = s.believe(r); e.err == nil {
			s.keep(v, r.Keep)
			e.signedIn = r.Account
		}
	case core.Enrolled:
		s.write(r.Change)
		s.keep(v, r.Keep)
		e.said = len(r.AMR) > 0
		if e.said {
			e.signedIn = r.Change.Account.ID
		}
	case nil:
		e.err = errors.New("no reply and no error")
	default:
		e.err = fmt.Errorf("a %T is nothing that a form can lead to", reply)
	}
	return next, e
}

// keep is what every reply leaves behind.
func (s *stage) keep(v *visit, k core.Keep) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.Notes != nil {
		v.notes = k.Notes
	}
	if k.Identifier != "" {
		v.identifier = k.Identifier
	}
	s.letters = append(s.letters, k.Letters...)
	s.events = append(s.events, k.Events...)
}

// believe writes what a use changed, before anybody is believed.
func (s *stage) believe(r core.Authenticated) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[r.Account]; a.ID.IsZero() || a.Disabled || a.Deleted {
		return core.PageNotAllowed
	}
	if c := r.Credential; c != nil {
		was, found := s.credentials[c.CredentialKey]
		if !found || was.Version != c.Version {
			return core.ErrConflict
		}
		fresh := *c
		fresh.Version++
		s.credentials[c.CredentialKey] = fresh
	}
	if r.Spend != nil {
		if _, found := s.credentials[*r.Spend]; !found {
			return core.ErrConflict
		}
		delete(s.credentials, *r.Spend)
	}
	return nil
}

// sight is what the person sees.
func (s *stage) sight(v *visit, e end) Sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	var own []core.Letter
	for _, l := range s.letters {
		if l.To == v.who.email {
			own = append(own, l)
		}
	}
	return Sight{At: s.at, Step: e.step, Page: e.page, Email: v.who.email, Secret: v.who.secret, Letters: own}
}

// play goes all the way as the person would.
func (s *stage) play(v *visit) end {
	e := s.begin(v)
	for range maxTurns {
		if e.err != nil || !e.signedIn.IsZero() {
			return e
		}
		form, err := s.c.Prove(s.sight(v, e))
		s.ok(err, "Prove")
		e = s.post(v, e.step, form)
		if e.refused {
			return e
		}
	}
	e.err = errors.New("signing in does not come to an end")
	return e
}

// toProof goes on until the next post would sign the person in, as told by a
// trial run of the same length, and returns the page where that happens.
func (s *stage) toProof(v *visit, posts int) end {
	e := s.begin(v)
	for range posts - 1 {
		form, err := s.c.Prove(s.sight(v, e))
		s.ok(err, "Prove")
		e = s.post(v, e.step, form)
		s.ok(e.err, "a turn before the proof")
	}
	return e
}

// posts counts how many posts it takes a person to sign in.
func (s *stage) posts(who person) int {
	v := s.visit(who)
	e := s.begin(v)
	for n := range maxTurns {
		s.ok(e.err, "signing in")
		if !e.signedIn.IsZero() {
			return n
		}
		form, err := s.c.Prove(s.sight(v, e))
		s.ok(err, "Prove")
		e = s.post(v, e.step, form)
	}
	panic(failure{errors.New("signing in does not come to an end")})
}
