package core

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

type decider = func(Grant, Standing) Decision

func redeems(g Grant, s Standing) Decision { return g.Redeem(redemption(g), s) }

func redeemsWrongly(g Grant, s Standing) Decision {
	r := redemption(g)
	r.Verifier += "x"
	return g.Redeem(r, s)
}

func revokes(g Grant, _ Standing) Decision { return g.Revoke("asked") }

func rotates(generation uint64) decider {
	return func(g Grant, s Standing) Decision { return g.Rotate(rotation(generation), s) }
}

func rotatesStrictly(generation uint64) decider {
	return func(g Grant, s Standing) Decision {
		r := rotation(generation)
		r.Overlap = 0
		return g.Rotate(r, s)
	}
}

func TestModel_INVA1_redeemersOfOneCode(t *testing.T) {
	for callers, faults := range []int{1: 4, 2: 2, 3: 0} {
		if callers == 0 {
			continue
		}
		m := model{
			grant: grantIn(GrantCode), standing: goodStanding(), faults: faults,
			check: func(r *modelRun) error {
				all := []int{0, 1, 2}[:len(r.callers)]
				n := r.granted(all...)
				switch {
				case n > 1:
					return errors.New("INV-A1: a code gave tokens twice")
				case r.clean && n != 1:
					return errors.New("CD-01: nobody got tokens")
				case r.clean && len(all) > 1 && !r.revoked():
					return errors.New("INV-A3: a replay left its tokens alive")
				case len(all) == 1 && r.callers[0].decision.Refusal != "":
					return errors.New("promise 5: an outage was answered as invalid_grant")
				}
				return nil
			},
		}
		for range callers {
			m.callers = append(m.callers, redeems)
		}
		t.Logf("%d callers: %d runs", callers, m.explore(t))
	}
}

func TestModel_CD05_wrongReplayRevokesNothing(t *testing.T) {
	n := model{
		grant: grantIn(GrantCode), standing: goodStanding(), faults: 2, callers: []decider{redeems, redeemsWrongly},
		check: func(r *modelRun) error {
			switch {
			case r.callers[1].ok():
				return errors.New("INV-A2: a wrong verifier gave tokens")
			case r.revoked():
				return errors.New("INV-F7: a wrong verifier revoked")
			case r.clean && !r.callers[0].ok():
				return errors.New("the right redeemer got nothing")
			case r.callers[0].err == nil && !r.callers[0].ok():
				return fmt.Errorf("the right redeemer was refused: %s", r.callers[0].decision.Refusal)
			}
			return nil
		},
	}.explore(t)
	t.Logf("%d runs", n)
}

func TestModel_RT04_rotationsOfOneGeneration(t *testing.T) {
	for callers, faults := range []int{1: 4, 2: 2, 3: 0} {
		if callers == 0 {
			continue
		}
		m := model{
			grant: activeAt(4), standing: goodStanding(), faults: faults,
			check: func(r *modelRun) error {
				for i, c := range r.callers {
					switch {
					case c.err == nil && !c.ok():
						return fmt.Errorf("RFR09: caller %d was refused: %s", i, c.decision.Refusal)
					case c.ok() && c.decision.Grant.Generation != 5:
						return fmt.Errorf("RT-04: caller %d got generation %d", i, c.decision.Grant.Generation)
					}
				}
				if g := r.row.grant; g.State != GrantActive || g.Generation > 5 {
					return errors.New("INV-F1: the family forked or died")
				}
				return nil
			},
		}
		for range callers {
			m.callers = append(m.callers, rotates(4))
		}
		t.Logf("%d callers: %d runs", callers, m.explore(t))
	}
}

func TestModel_RT05_strictRotationHasOneWinner(t *testing.T) {
	n := model{
		grant: activeAt(4), standing: goodStanding(), faults: 1, callers: []decider{rotatesStrictly(4), rotatesStrictly(4)},
		check: func(r *modelRun) error {
			if r.granted(0, 1) > 1 || r.clean && (r.granted(0, 1) != 1 || !r.revoked()) {
				return errors.New("INV-F4: not one winner and a revoked family")
			}
			return nil
		},
	}.explore(t)
	t.Logf("%d runs", n)
}

func TestModel_INVF4_reuseRevokesInAnyOrder(t *testing.T) {
	n := model{
		grant: activeAt(4), standing: goodStanding(), faults: 2, callers: []decider{rotates(4), rotates(2)},
		check: func(r *modelRun) error {
			old := r.callers[1]
			if old.ok() || (old.err == nil && !r.revoked()) {
				return errors.New("INV-F4: an old generation was not punished")
			}
			return nil
		},
	}.explore(t)
	t.Logf("%d runs", n)
}

// endsFor is the check of scenarios with a revocation by caller last.
func endsFor(last int) func(*modelRun) error {
	return func(r *modelRun) error {
		end := r.callers[last]
		if end.err != nil {
			return nil
		}
		if !r.revoked() {
			return errors.New("INV-F6: revoked, answered, and alive")
		}
		for i, c := range r.callers {
			if c.ok() && c.began > end.end && c.decision.Grant.State == GrantActive {
				return fmt.Errorf("INV-R1: caller %d began after the answer and got tokens", i)
			}
		}
		return nil
	}
}

func TestModel_INVR2_revokeAgainstTheRest(t *testing.T) {
	for name, m := range map[string]model{
		"redeem": {grant: grantIn(GrantCode), callers: []decider{redeems, revokes}, faults: 2},
		"rotate": {grant: activeAt(1), callers: []decider{rotates(1), revokes}, faults: 2},
		"two":    {grant: activeAt(2), callers: []decider{rotates(2), rotates(1), revokes}, faults: 1},
		"revoke": {grant: activeAt(2), callers: []decider{revokes, revokes}, faults: 2},
	} {
		m.standing, m.check = goodStanding(), endsFor(len(m.callers)-1)
		t.Logf("%s: %d runs", name, m.explore(t))
	}
	m := model{grant: activeAt(1), standing: goodStanding(), callers: []decider{rotates(1), revokes}, after: map[int]int{0: 1}, faults: 2}
	m.check = endsFor(1)
	m.explore(t)
}

// A client that is answered goes on with what it got, while another request of
// its own still waits for a lost answer.
func TestModel_INVF7_lostAnswerOvertakenTwice(t *testing.T) {
	n := model{
		grant: activeAt(1), standing: goodStanding(), faults: 1, after: map[int]int{2: 1},
		callers: []decider{rotates(1), rotates(1), rotates(2)},
		check: func(r *modelRun) error {
			if !r.clean && r.revoked() && r.callers[0].err == nil && r.callers[0].decision.Write && r.doubted() {
				return errors.New("INV-F7: a lost answer was taken for reuse")
			}
			return nil
		},
	}.explore(t)
	t.Logf("%d runs", n)
}

// doubted says whether it was caller 0 who wrote the second generation.
func (r *modelRun) doubted() bool {
	other := r.callers[1].decision
	for _, g := range r.row.history[1:] {
		if g.State == GrantActive && g.Generation == 2 && (!other.Write || g.Change != other.Grant.Change) {
			return true
		}
	}
	return false
}

func TestModel_deviceDecisionAgainstPolling(t *testing.T) {
	claims := func(g Grant, _ Standing) Decision { return g.Claim(testAccount, testSession, testAt.Add(time.Second)) }
	approves := func(g Grant, _ Standing) Decision { return g.Approve(approval(g)) }
	denies := func(g Grant, _ Standing) Decision { return g.Deny() }
	claimed := grantIn(GrantWaiting)
	claimed.Account, claimed.Session = testAccount, testSession
	for name, m := range map[string]model{
		"claim and redeem":           {grant: grantIn(GrantWaiting), callers: []decider{claims, redeems}, faults: 2},
		"approve and redeem":         {grant: claimed, callers: []decider{approves, redeems}, faults: 2},
		"approve, deny and redeem":   {grant: claimed, callers: []decider{approves, denies, redeems}, faults: 1},
		"approved, two redeem":       {grant: grantIn(GrantApproved), callers: []decider{redeems, redeems}, faults: 2},
		"approve, revoke and redeem": {grant: claimed, callers: []decider{approves, revokes, redeems}, faults: 1},
	} {
		m.standing = goodStanding()
		m.check = func(r *modelRun) error {
			last := r.callers[len(r.callers)-1]
			if last.ok() && !r.passed(GrantApproved) {
				return errors.New("INV-A4: a device got tokens that nobody approved")
			}
			if r.row.grant.State == GrantDenied && r.passed(GrantActive) {
				return errors.New("a denied device was active")
			}
			return nil
		}
		t.Logf("%s: %d runs", name, m.explore(t))
	}
}

// passed says whether the row ever stood in the state.
func (r *modelRun) passed(s GrantState) bool {
	for _, g := range r.row.history {
		if g.State == s {
			return true
		}
	}
	return false
}

func TestModel_CD08_fiveWrongAttempts(t *testing.T) {
	g := grantIn(GrantCode)
	g.Failed = MaxFailedRedemptions - 2
	n := model{
		grant: g, standing: goodStanding(), faults: 0, callers: []decider{redeemsWrongly, redeemsWrongly, redeems},
		check: func(r *modelRun) error {
			if r.callers[2].ok() == r.revoked() {
				return errors.New("the code died and gave tokens, or neither")
			}
			return nil
		},
	}.explore(t)
	t.Logf("%d runs", n)
}
