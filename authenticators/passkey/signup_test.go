package passkey

import (
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func (w *world) namesItself(name, email string) core.Reply {
	w.t.Helper()
	return w.post(w.turn(core.TurnSignIn, StepSignUp, "name", name, "email", email))
}

func TestSignUp_withAPasskeyAlone(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	if page := pageOf(w.begin(w.turn(core.TurnSignIn, StepSignUp))); page.Name != PageSignUp {
		t.Fatalf("%+v", page)
	}
	if to := wantIs[core.GoTo](t, w.namesItself(" Mara ", " Mara@example.com ")); to.Step != StepSignUp {
		t.Fatalf("%+v", to)
	}
	page := pageOf(w.begin(w.turn(core.TurnSignIn, StepSignUp)))
	if page.Name != PageNew || page.Args["signup"] != true || page.Account.Email != "Mara@example.com" {
		t.Fatalf("%+v", page)
	}
	o, d := readOptions(t, w.challenge), newDevice(t)
	if o.User.Name != "Mara@example.com" || o.User.DisplayName != "Mara" || o.Selection.ResidentKey != "required" {
		t.Errorf("%+v", o)
	}
	answer, open := d.create(w.challenge, lie{}), w.notes
	e := wantIs[core.Enrolled](t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", answer)))
	p := e.Change.Account.Profile
	if !e.New || p.Email != "Mara@example.com" || p.EmailVerified || p.Name != "Mara" || len(e.Change.PutCredentials) != 1 ||
		!slices.Equal(e.AMR, []string{"hwk", "user", "mfa"}) || e.Events[0].Name != core.EventAccountCreated {
		t.Errorf("%+v", e)
	}
	// LNK04, ENU03: the address finds nobody before its mailbox is proven.
	if len(e.Change.PutIdentifiers) != 0 || len(e.Letters) != 0 {
		t.Errorf("%+v", e.Change)
	}
	// The answer to that write is lost and the form posted again: the same account.
	w.notes = open
	a := wantIs[core.Authenticated](t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", answer)))
	if a.Account != e.Change.Account.ID {
		t.Errorf("%+v", a)
	}
	wantIs[core.Authenticated](t, w.signIn(d, lie{}))
}

func TestSignUp_refusesWithWords(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	for _, c := range []struct{ name, email, problem string }{
		{"", mara, "name_empty"}, {"Ma\u202era", mara, "other"}, {"Mara", "", "email_empty"}, {"Mara", "mara", "email_format"},
		{"Mara", "mara@example", "email_format"}, {"Mara", "a@b@c.example", "email_format"}, {"Mara", "ma ra@example.com", "email_format"},
		{"Mara", "mara@example.com\r\nBcc: x@example.com", "email_format"}, {"Mara", "<mara@example.com>", "email_format"},
	} {
		wantProblem(t, w.namesItself(c.name, c.email), c.problem)
	}
	w.namesItself("Mara", mara)
	w.begin(w.turn(core.TurnSignIn, StepSignUp))
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", newDevice(t).create(w.challenge, lie{clear: uv}))), "passkey_failed")
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", "")), "passkey_script")
	answer := newDevice(t).create(w.challenge, lie{})
	w.at = w.at.Add(challengeLife)
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", answer)), "passkey_old")
	if len(w.accounts) != 0 {
		t.Error("an account was made")
	}
}

// Going back keeps what was typed; a new name is another account.
func TestSignUp_back(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	w.namesItself("Mara", mara)
	w.begin(w.turn(core.TurnSignIn, StepSignUp))
	page := pageOf(w.post(w.turn(core.TurnSignIn, StepSignUp, "back", "1")))
	if page.Name != PageSignUp || page.Values["email"] != mara || page.Values["name"] != "Mara" {
		t.Errorf("%+v", page)
	}
	if page := pageOf(w.begin(w.turn(core.TurnSignIn, StepSignUp))); page.Name != PageSignUp {
		t.Errorf("%+v", page)
	}
}

// The id of somebody's passkey is no way into the account that has it.
func TestSignUp_WN09_idOfAnother(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	_, d := w.enrolled(mara)
	w.namesItself("Eve", "eve@example.com")
	w.begin(w.turn(core.TurnSignIn, StepSignUp))
	wantProblem(t, w.post(w.turn(core.TurnSignIn, StepSignUp, "credential", newDevice(t).create(w.challenge, lie{id: d.id}))), "passkey_failed")
}

func TestSignUp_isLimited(t *testing.T) {
	w := newWorld(t, Options{SignUp: true})
	for range 20 {
		wantIs[core.GoTo](t, w.namesItself("Mara", mara))
		w.at = w.at.Add(time.Second)
	}
	wantProblem(t, w.namesItself("Mara", mara), "many_tries")
}
