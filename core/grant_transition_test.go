package core

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// transitionCase is one cell of the table: a state, a transition, and what it
// comes to. change makes the grant or what is presented something else.
type transitionCase struct {
	name       string
	state      GrantState
	transition string
	grant      func(*Grant)
	standing   func(*Standing)
	redeem     func(*Redemption)
	rotate     func(*Rotation)
	approve    func(*Approval)
	claimAt    time.Duration
	claimant   ID
	refusal    Refusal
	wants      GrantState // empty: as before
	write      bool
}

// run makes the transition and gives the grant before it.
func (c transitionCase) run() (Grant, Decision) {
	g, s := grantIn(c.state), goodStanding()
	apply(c.grant, &g)
	apply(c.standing, &s)
	r, ro, a := redemption(g), rotation(max(g.Generation, 1)), approval(g)
	apply(c.redeem, &r)
	apply(c.rotate, &ro)
	apply(c.approve, &a)
	claimant := c.claimant
	if claimant.IsZero() {
		claimant = testAccount
	}
	switch c.transition {
	case "Redeem":
		return g, g.Redeem(r, s)
	case "Rotate":
		return g, g.Rotate(ro, s)
	case "Claim":
		return g, g.Claim(claimant, testSession, testAt.Add(c.claimAt))
	case "Approve":
		return g, g.Approve(a)
	case "Deny":
		return g, g.Deny()
	case "Revoke":
		return g, g.Revoke("asked")
	case "RevokeAccess":
		return g, g.RevokeAccess(0)
	}
	panic("no transition " + c.transition)
}

func apply[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}

var (
	allStates      = []GrantState{GrantWaiting, GrantApproved, GrantCode, GrantActive, GrantDenied, GrantRevoked}
	allTransitions = []string{"Redeem", "Rotate", "Claim", "Approve", "Deny", "Revoke", "RevokeAccess"}
)

func allCases() []transitionCase {
	var all []transitionCase
	for _, part := range [][]transitionCase{plainCases(), codeCases(), standingCases(), refreshCases(), deviceCases()} {
		all = append(all, part...)
	}
	return all
}

func TestGrant_transitions(t *testing.T) {
	for _, c := range allCases() {
		t.Run(fmt.Sprintf("%s %s %s", c.state, c.transition, c.name), func(t *testing.T) {
			_, d := c.run()
			wants := c.wants
			if wants == "" {
				wants = c.state
			}
			if d.Refusal != c.refusal || d.Grant.State != wants || d.Write != c.write {
				t.Errorf("got refusal %q, %s, write %v; want %q, %s, %v",
					d.Refusal, d.Grant.State, d.Write, c.refusal, wants, c.write)
			}
		})
	}
}

func TestGrant_everyStateMeetsEveryTransition(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range allCases() {
		seen[string(c.state)+c.transition] = true
	}
	for _, s := range allStates {
		for _, tr := range allTransitions {
			if !seen[string(s)+tr] {
				t.Errorf("nothing says what %s does to a grant that is %s", tr, s)
			}
		}
	}
}

// What holds of every transition whatever was presented.
func TestGrant_invariants(t *testing.T) {
	for _, c := range allCases() {
		before, d := c.run()
		kept, _ := c.run() // a second value, equal to the one before any transition
		if diff := cmp.Diff(kept, before); diff != "" {
			t.Errorf("%s %s %s mutates its receiver: %s", c.state, c.transition, c.name, diff)
		}
		after := d.Grant
		switch {
		case !after.Ends.Equal(before.Ends) || !after.CodeEnds.Equal(before.CodeEnds) || !after.CreatedAt.Equal(before.CreatedAt):
			t.Errorf("%s %s: an end moved (RT-08)", c.transition, c.name)
		case !Within(after.Access, before.Access):
			t.Errorf("%s %s: access widened (INV-F3)", c.transition, c.name)
		case before.final() && (d.Write || after.State != before.State):
			t.Errorf("%s %s: a final state was left (INV-F6)", c.transition, c.name)
		case after.Generation < before.Generation || after.AccessEpoch < before.AccessEpoch:
			t.Errorf("%s %s: a counter fell", c.transition, c.name)
		case (after.State == GrantActive || after.State == GrantRevoked) && d.Write && after.Nonce != "":
			t.Errorf("%s %s: the nonce outlives the code", c.transition, c.name)
		case !d.Write && !cmp.Equal(before, after):
			t.Errorf("%s %s: something changed that is not to be written", c.transition, c.name)
		case after.ID != before.ID || after.Client != before.Client || after.Secret != before.Secret || after.Version != before.Version:
			t.Errorf("%s %s: a key changed", c.transition, c.name)
		}
		if d.Refusal != "" && after.State == GrantActive && before.State != GrantActive {
			t.Errorf("%s %s: refused and active", c.transition, c.name)
		}
	}
}

// plainCases are right in every respect, for every state.
func plainCases() []transitionCase {
	var all []transitionCase
	add := func(transition string, refusal map[GrantState]Refusal, wants map[GrantState]GrantState, writes ...GrantState) {
		for _, s := range allStates {
			c := transitionCase{name: "right", state: s, transition: transition, refusal: refusal[s], wants: wants[s], claimAt: time.Second}
			for _, w := range writes {
				c.write = c.write || w == s
			}
			all = append(all, c)
		}
	}
	add("Redeem", map[GrantState]Refusal{
		GrantWaiting: RefusedPending, GrantActive: RefusedReplayed, GrantDenied: RefusedDenied, GrantRevoked: RefusedRevoked,
	}, map[GrantState]GrantState{GrantApproved: GrantActive, GrantCode: GrantActive, GrantActive: GrantRevoked},
		GrantApproved, GrantCode, GrantActive)
	notActive := map[GrantState]Refusal{}
	notWaiting := map[GrantState]Refusal{}
	for _, s := range allStates {
		notActive[s], notWaiting[s] = RefusedRevoked, RefusedRevoked
	}
	delete(notActive, GrantActive)
	delete(notWaiting, GrantWaiting)
	add("Rotate", notActive, nil, GrantActive)
	add("Claim", notWaiting, nil, GrantWaiting)
	unclaimed := map[GrantState]Refusal{GrantWaiting: RefusedRevoked}
	for s, r := range notWaiting {
		unclaimed[s] = r
	}
	add("Approve", unclaimed, nil)
	add("Deny", notWaiting, map[GrantState]GrantState{GrantWaiting: GrantDenied}, GrantWaiting)
	add("Revoke", nil, map[GrantState]GrantState{
		GrantWaiting: GrantRevoked, GrantApproved: GrantRevoked, GrantCode: GrantRevoked, GrantActive: GrantRevoked,
	}, GrantWaiting, GrantApproved, GrantCode, GrantActive)
	add("RevokeAccess", nil, nil, GrantActive)
	return all
}
