package conformance

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

func turnChecks() []AuthenticatorCheck {
	return []AuthenticatorCheck{
		turnCheck("turn.the_right_proof_signs_in", "a way to sign in has to let people in", turnRight),
		turnCheck("turn.a_guess_is_refused", "whoever guesses must be told so on the same page, and believed by nobody", turnGuess),
		turnCheck("turn.looking_signs_nobody_in", "mail scanners and link previews open addresses: only a post may decide", turnLooking),
		turnCheck("turn.attempts_are_counted_first", "a secret that is compared before the attempt is counted can be guessed without end", turnCounted),
		turnCheck("turn.guessing_ends", "a thousand guesses must not be a thousand answers", turnThrottled),
		turnCheck("turn.a_proof_counts_once", "what was posted once can be posted again by whoever saw it", turnReplay),
		turnCheck("turn.a_proof_counts_in_its_browser", "a code that was asked for in one browser must not open another one", turnForeign),
		turnCheck("turn.a_proof_is_its_owners", "the proof of one person must not open the account of another", turnOwner),
		turnCheck("turn.time_ends_a_proof", "a code that was mailed last week is in somebody's hands by now", turnLate),
		turnCheck("turn.nobody_is_told_who_has_an_account", "answers or work that differ tell a stranger who is a customer", turnUnknown),
		turnCheck("turn.who_is_switched_off_stays_out", "an operator who disables an account means it", turnDisabled),
		turnCheck("turn.hostile_forms_are_refused", "anybody can post anything", turnHostileForm),
		turnCheck("turn.strange_notes_are_survived", "notes of an earlier release, or of a page opened long ago, must not stop the flow with a crash", turnNotes),
		turnCheck("turn.a_purpose_is_not_exchanged", "a step that proves an address must not sign anybody in", turnPurpose),
		turnCheck("turn.a_lost_store_is_no_verdict", "a database that is away must not read as a wrong password, nor as a right one", turnFaults),
		turnCheck("turn.secrets_stay_secret", "what can be used as it is must not lie in the database or stand on a page", turnSecrets),
		turnCheck("turn.usable_once_set_up", "a person must be offered what they have set up, and may remove it only if another way is left", turnUsable),
		turnCheck("turn.many_at_once", "one authenticator serves all requests at once", turnRace),
	}
}

func turnRight(s *stage) {
	who := s.person("mara@example.com")
	e := s.play(s.visit(who))
	s.ok(e.err, "signing in")
	s.that(e.signedIn == who.account.ID, "the person is not believed: refused is %v, the page is %q with %v", e.refused, e.page.Name, e.page.Problems)
}

func turnGuess(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	e := s.toProof(v, posts)
	e = s.post(v, e.step, s.c.Guess(s.sight(v, e)))
	s.ok(e.err, "a guess")
	s.that(e.signedIn.IsZero(), "a guess signs in")
	s.that(e.refused && len(e.page.Problems) > 0, "a guess is answered without a problem on the page")
	s.that(slices.ContainsFunc(s.events, func(e core.Event) bool { return e.Name == core.EventSignInRefused }), "a guess leaves no event %s", core.EventSignInRefused)
}

func turnLooking(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	s.toProof(v, posts)
	for _, step := range s.a.Steps() {
		e := s.open(v, step)
		s.that(!e.said, "a GET of %q signs in", step)
	}
}

// isRead says that a call asked for what a proof is compared with.
func isRead(call string) bool { return strings.HasPrefix(call, "Once ") }

func turnCounted(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	e := s.toProof(v, posts)
	s.calls = nil
	s.post(v, e.step, s.c.Guess(s.sight(v, e)))
	counted := slices.IndexFunc(s.calls, func(c string) bool { return strings.HasPrefix(c, "Reserve") })
	s.that(counted >= 0, "no attempt is counted: it asked for %q", s.calls)
	spent := slices.IndexFunc(s.calls, isRead)
	s.that(spent < 0 || counted < spent, "the attempt is counted after something was used up: %q", s.calls)
}

func turnThrottled(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	e := s.toProof(v, posts)
	const most = 100 // NIST SP 800-63B section 3.2.2
	for range most {
		last := e
		e = s.post(v, e.step, s.c.Guess(s.sight(v, e)))
		var throttled *core.Throttled
		if errors.As(e.err, &throttled) || e.err == nil && tooMany(e.page) {
			return
		}
		s.that(e.signedIn.IsZero(), "a guess signs in")
		if e.err != nil {
			e = last
		}
	}
	s.that(false, "%d wrong guesses in a row and none was turned away", most)
}

// tooMany says that a page tells somebody to wait or to ask anew.
func tooMany(p core.Page) bool {
	return p.Status == 429 || slices.ContainsFunc(p.Problems, func(p core.Problem) bool {
		return strings.Contains(p.ID, "many") || strings.Contains(p.ID, "again") || strings.Contains(p.ID, "used_up") || strings.Contains(p.ID, "wait")
	})
}

func turnReplay(s *stage) {
	if !s.c.Once {
		return
	}
	who := s.person("mara@example.com")
	v := s.visit(who)
	e := s.play(v)
	s.ok(e.err, "signing in")
	s.that(!e.signedIn.IsZero(), "the person is not believed")
	again := s.visit(who)
	again.id, again.notes = v.id, e.notes
	r := s.post(again, e.step, e.form)
	s.that(r.signedIn.IsZero(), "the same form, posted again under the notes it was first posted with, signs in")
	r = s.post(v, e.step, e.form)
	s.that(r.signedIn.IsZero(), "the same form, posted again, signs in")
}

func turnForeign(s *stage) {
	if !s.c.Once {
		return
	}
	who := s.person("mara@example.com")
	posts := s.posts(who)
	noor := s.person("noor@example.com")
	v := s.visit(noor)
	e := s.toProof(v, posts)
	form, err := s.c.Prove(s.sight(v, e))
	s.ok(err, "Prove")
	if len(s.sight(v, e).Letters) == 0 && bytes.Equal(v.notes, nil) {
		return // it is not bound to anything that was asked for: the key of a code generator
	}
	thief := s.visit(noor)
	s.begin(thief)
	other := s.post(thief, e.step, form)
	bound := len(s.sight(v, e).Letters) > 0 || e.page.Challenge != nil
	s.that(!bound || other.signedIn.IsZero(), "what was asked for in one browser signs in another")
}

func turnOwner(s *stage) {
	mara := s.person("mara@example.com")
	posts := s.posts(mara)
	noor, thief := s.person("noor@example.com"), s.person("thief@example.com")
	own, v := s.visit(thief), s.visit(noor)
	e := s.toProof(own, posts)
	form, err := s.c.Prove(s.sight(own, e))
	s.ok(err, "Prove")
	target := s.toProof(v, posts)
	r := s.post(v, target.step, form)
	s.that(r.signedIn != noor.account.ID, "the proof of one person signs in another")
}

func turnLate(s *stage) {
	if !s.c.Once {
		return
	}
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	e := s.toProof(v, posts)
	form, err := s.c.Prove(s.sight(v, e))
	s.ok(err, "Prove")
	s.at = s.at.Add(24 * time.Hour)
	if spendable(form, s, v, e) {
		return
	}
	r := s.post(v, e.step, form)
	s.that(r.signedIn.IsZero(), "a proof that was asked for a day ago signs in")
}

// spendable says that a person would post the very same a day later: a recovery
// code has no end.
func spendable(form url.Values, s *stage, v *visit, e end) bool {
	later, err := s.c.Prove(s.sight(v, e))
	return err == nil && later.Encode() == form.Encode() && len(s.sight(v, e).Letters) == 0 && e.page.Challenge == nil
}

func turnUnknown(s *stage) {
	if s.c.Purpose != core.TurnSignIn {
		return
	}
	mara := s.person("mara@example.com")
	posts := s.posts(mara)
	answers := func(who person) (calls []string, pages []string) {
		v := s.visit(who)
		v.address = "192.0.2." + who.email[:1]
		s.calls = nil
		e := s.begin(v)
		for range posts {
			if e.err != nil {
				return s.calls, append(pages, e.err.Error())
			}
			pages = append(pages, string(e.step)+" "+e.page.Name)
			e = s.post(v, e.step, s.c.Guess(s.sight(v, e)))
		}
		for _, p := range e.page.Problems {
			pages = append(pages, p.Field+" "+p.ID)
		}
		return s.calls, pages
	}
	known, shown := answers(s.person("noor@example.com"))
	unknown, shownToo := answers(person{email: "nobody@example.com"})
	s.that(slices.Equal(shown, shownToo), "somebody with an account sees %q, somebody without %q", shown, shownToo)
	s.that(slices.Equal(known, unknown), "for somebody with an account it asks for %q, without for %q", known, unknown)
}

func turnDisabled(s *stage) {
	for _, off := range []func(*core.Account){
		func(a *core.Account) { a.Disabled = true }, func(a *core.Account) { a.Deleted = true },
	} {
		who := s.person(newID().String() + "@example.com")
		a := s.accounts[who.account.ID]
		off(&a)
		s.accounts[a.ID] = a
		v := s.visit(who)
		e := s.begin(v)
		for range maxTurns {
			if e.err != nil || e.refused {
				break
			}
			form, err := s.c.Prove(s.sight(v, e))
			if err != nil {
				break // no letter came: nothing to prove with
			}
			e = s.post(v, e.step, form)
			s.that(e.signedIn.IsZero(), "an account that is switched off or deleted signs in")
		}
	}
}

func turnNotes(s *stage) {
	who := s.person("mara@example.com")
	for _, notes := range [][]byte{{}, []byte("{"), []byte("null"), []byte(`{"v":99}`), []byte("[]"), bytes.Repeat([]byte{0xff}, 4096)} {
		for _, step := range s.a.Steps() {
			v := s.visit(who)
			v.notes = notes
			s.that(s.open(v, step).signedIn.IsZero(), "a GET of %q with strange notes signs in", step)
			v.notes = notes
			e := s.post(v, step, url.Values{"code": {"000000"}, "password": {"x"}, "answer": {"{}"}})
			s.that(e.signedIn.IsZero(), "a post to %q with strange notes signs in", step)
		}
	}
	v := s.visit(who)
	s.windows = map[string]window{}
	e := s.play(v)
	s.ok(e.err, "signing in afterwards")
	s.that(!e.signedIn.IsZero(), "afterwards the person is not believed: %v", e.page.Problems)
}

func turnPurpose(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	v := s.visit(s.person("noor@example.com"))
	e := s.toProof(v, posts)
	form, err := s.c.Prove(s.sight(v, e))
	s.ok(err, "Prove")
	for _, purpose := range []core.TurnPurpose{core.TurnSignIn, core.TurnSecond, core.TurnEnrol, core.TurnVerify, core.TurnChange} {
		if _, served := s.a.Starts()[purpose]; served {
			continue
		}
		t := s.turn(v, e.step, form)
		t.Purpose, t.Account = purpose, s.accounts[v.who.account.ID]
		reply, err := s.a.Continue(s.ctx, t)
		if err != nil {
			continue
		}
		_, believed := reply.(core.Authenticated)
		_, enrolled := reply.(core.Enrolled)
		s.that(!believed && !enrolled, "step %q, asked for with the purpose %q that it does not serve, answers %T", e.step, purpose, reply)
	}
}

func turnFaults(s *stage) {
	who := s.person("mara@example.com")
	posts := s.posts(who)
	for failAt := 1; failAt <= 64; failAt++ {
		v := s.visit(s.person(newID().String() + "@example.com"))
		e := s.toProof(v, posts)
		form, err := s.c.Prove(s.sight(v, e))
		s.ok(err, "Prove")
		s.calls, s.failAt = nil, failAt
		r := s.post(v, e.step, form)
		reached := len(s.calls) >= failAt
		s.failAt = 0
		if !reached {
			return
		}
		s.that(r.signedIn.IsZero() && !r.refused, "with %s lost it gives a verdict all the same", s.calls[failAt-1])
		s.that(errors.Is(r.err, core.ErrUnavailable), "with %s lost it gives %v, want core.ErrUnavailable", s.calls[failAt-1], r.err)
	}
}

func turnSecrets(s *stage) {
	who := s.person("mara@example.com")
	v := s.visit(who)
	e := s.play(v)
	s.ok(e.err, "signing in")
	for name, values := range e.form {
		for _, value := range values {
			if len(value) < 6 || value == v.identifier {
				continue
			}
			for key, c := range s.credentials {
				s.that(!bytes.Contains(c.Secret, []byte(value)), "credential %s holds the field %q as it was typed", key.Kind, name)
			}
			for _, shown := range e.page.Values {
				s.that(shown != value, "the page shows the field %q again", name)
			}
		}
	}
}

func turnUsable(s *stage) {
	who := s.person("mara@example.com")
	var own []core.Credential
	for _, c := range s.credentials {
		if c.Account == who.account.ID {
			own = append(own, c)
		}
	}
	s.that(s.a.Usable(s.accounts[who.account.ID], own), "Usable is false for somebody who signs in with it")
}

func turnRace(s *stage) {
	who := s.person("mara@example.com")
	var all sync.WaitGroup
	start := s.a.Starts()[s.c.Purpose]
	for n := range callers {
		v := s.visit(who)
		v.address = "192.0.2." + strings.Repeat("1", n%3+1)
		all.Go(func() {
			_, _ = s.a.Begin(s.ctx, s.turn(v, start, nil))
			_, _ = s.a.Continue(s.ctx, s.turn(v, start, url.Values{}))
			_, _, _ = s.a.Method(), s.a.Steps(), s.a.Starts()
		})
	}
	all.Wait()
	s.windows = map[string]window{}
	e := s.play(s.visit(who))
	s.ok(e.err, "signing in afterwards")
	s.that(e.signedIn == who.account.ID, "afterwards the person is not believed: %v", e.page.Problems)
}
