package passkey

import (
	"errors"
	"slices"
	"testing"

	"github.com/keywright/keywright/core"
)

// showFor asks the account for a passkey and has the device answer.
func (w *world) showFor(purpose core.TurnPurpose, id core.ID, d *device, more bool, l lie) core.Reply {
	w.t.Helper()
	turn := w.about(purpose, StepPasskey, id)
	turn.MultiFactor = more
	w.begin(turn)
	turn = w.about(purpose, StepPasskey, id, "credential", d.get(w.challenge, l))
	turn.MultiFactor = more
	return w.post(turn)
}

// Beside another factor the presence of somebody is enough; where one thing has to
// be more than one factor, or stands alone, it is not (WN06, WN25).
func TestWN06_WN25_secondFactorAndStepUp(t *testing.T) {
	for _, c := range []struct {
		name     string
		purpose  core.TurnPurpose
		more     bool
		uv       string
		verified bool
		amr      []string // nil: refused
	}{
		{"second", core.TurnSecond, false, "preferred", false, []string{"hwk", "user"}},
		{"second, verified all the same", core.TurnSecond, false, "preferred", true, []string{"hwk", "user", "mfa"}},
		{"step-up", core.TurnSecond, true, "required", true, []string{"hwk", "user", "mfa"}},
		{"step-up without verification", core.TurnSecond, true, "required", false, nil},
		{"again", core.TurnSignIn, false, "required", true, []string{"hwk", "user", "mfa"}},
		{"again without verification", core.TurnSignIn, false, "required", false, nil},
	} {
		w := newWorld(t, Options{})
		id, d := w.enrolled(mara)
		l := lie{noHandle: true} // a list was sent: the handle may be missing
		if !c.verified {
			l.clear = uv
		}
		reply := w.showFor(c.purpose, id, d, c.more, l)
		if o := readOptions(t, w.challenge); o.UV != c.uv || len(o.Allow) != 1 || o.Allow[0].ID != b64(d.id) {
			t.Errorf("%s: options %+v", c.name, o)
		}
		if c.amr == nil {
			wantProblem(t, reply, "passkey_failed")
			continue
		}
		if a := wantIs[core.Authenticated](t, reply); !slices.Equal(a.AMR, c.amr) || a.Account != id {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// The latch of what a passkey has shown is not raised by a use that did not ask.
func TestWN06_verificationIsNotLearntOnTheWay(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	wantIs[core.Authenticated](t, w.showFor(core.TurnSecond, id, d, false, lie{clear: uv}))
	if !w.record(d).Passkey.Flags.UserVerified {
		t.Error("a use without verification took it away")
	}
}

func TestWN13_onlyWhatWasAllowed(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	other, stranger := w.enrolled("other@example.com")
	wantProblem(t, w.showFor(core.TurnSecond, id, stranger, false, lie{}), "passkey_failed")

	// One of the account that was made after the list was sent is not on it.
	turn := w.about(core.TurnSecond, StepPasskey, id)
	w.begin(turn)
	asked := w.challenge
	late := newDevice(t)
	w.enrol(id, late)
	wantProblem(t, w.post(w.about(core.TurnSecond, StepPasskey, id, "credential", late.get(asked, lie{}))), "passkey_failed")

	// One that was removed meanwhile is nobody's; the other still works (WAN11).
	w.begin(turn)
	delete(w.credentials, keyOf(d.id))
	wantProblem(t, w.post(w.about(core.TurnSecond, StepPasskey, id, "credential", d.get(w.challenge, lie{}))), "passkey_unknown")
	wantIs[core.Authenticated](t, w.showFor(core.TurnSecond, id, late, false, lie{}))

	// An account without passkeys is asked for any, and told that this is another's.
	nobody := w.add("none@example.com")
	wantProblem(t, w.showFor(core.TurnSignIn, nobody, stranger, false, lie{}), "passkey_other")
	if other == id {
		t.Fatal("one account twice")
	}
}

// What is kept about one account is no answer about another in the same browser.
func TestWAN02_challengeOfAnotherAccount(t *testing.T) {
	w := newWorld(t, Options{})
	id, d := w.enrolled(mara)
	other, _ := w.enrolled("other@example.com")
	w.begin(w.about(core.TurnSecond, StepPasskey, other))
	wantProblem(t, w.post(w.about(core.TurnSecond, StepPasskey, id, "credential", d.get(w.challenge, lie{}))), "passkey_old")
}

func TestSteps_onlyForTheirPurpose(t *testing.T) {
	w := newWorld(t, Options{})
	id, _ := w.enrolled(mara)
	for _, turn := range []core.Turn{
		w.turn(core.TurnSecond, StepPasskey), // nobody is known
		w.turn(core.TurnEnrol, StepNew),
		w.turn(core.TurnSignIn, StepNew),
		w.about(core.TurnChange, StepNew, id),
		w.about(core.TurnVerify, StepPasskey, id),
		w.about(core.TurnEnrol, StepPasskey, id),
		w.turn(core.TurnSignIn, StepSignUp), // no Options.SignUp
		w.turn(core.TurnSignIn, "elsewhere"),
	} {
		if _, err := w.a.Begin(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("%s %s: %v", turn.Purpose, turn.Step, err)
		}
		if _, err := w.a.Continue(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("%s %s: %v", turn.Purpose, turn.Step, err)
		}
	}
}
