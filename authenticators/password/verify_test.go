package password

import (
	"errors"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func (w *world) verifyTurn(id core.ID, pairs ...string) core.Turn {
	t := w.turn(core.TurnVerify, StepVerify, pairs...)
	t.Account = w.accounts[id]
	return t
}

func (w *world) begin(t core.Turn) core.Reply {
	w.t.Helper()
	w.calls = nil
	reply, err := w.a.Begin(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	w.keep(t, reply)
	return reply
}

func TestOC22_verifyExistingAccount(t *testing.T) {
	w := newWorld(t, Options{Cost: cheap().Cost, InsecureCost: true}) // sign-up is off
	id := w.add(mara, func(a *core.Account) { a.EmailVerified = false })
	w.begin(w.verifyTurn(id))
	w.begin(w.verifyTurn(id))
	if len(w.letters) != 1 {
		t.Errorf("%d letters for one code", len(w.letters))
	}
	code := w.lastLetter().Code
	wantProblem(t, w.post(w.verifyTurn(id, "code", wrong(code))), "code_wrong")
	wantProblem(t, w.post(w.verifyTurn(id, "again", "1")), "many_tries")
	w.at = w.at.Add(time.Minute)
	wantIs[core.Show](t, w.post(w.verifyTurn(id, "again", "1")))
	e := wantIs[core.Enrolled](t, w.post(w.verifyTurn(id, "code", w.lastLetter().Code)))
	if e.New || !e.Change.Account.EmailVerified || len(e.AMR) != 0 || e.EndSessions || w.accounts[id].EmailVerified != true {
		t.Errorf("%+v", e)
	}
}

func TestVerify_codeOfAnotherAccountOrAddress(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, func(a *core.Account) { a.EmailVerified = false })
	other := w.add("other@example.com", func(a *core.Account) { a.EmailVerified = false })
	w.begin(w.verifyTurn(id))
	code := w.lastLetter().Code
	wantProblem(t, w.post(w.verifyTurn(other, "code", code)), "code_old")
	a := w.accounts[id]
	a.Email = "new@example.com"
	w.accounts[id] = a
	wantProblem(t, w.post(w.verifyTurn(id, "code", code)), "code_old")
	w.begin(w.verifyTurn(id))
	if l := w.lastLetter(); l.To != "new@example.com" || len(w.letters) != 2 {
		t.Errorf("%+v", l)
	}
}

func TestVerify_addressOfAnotherAccount(t *testing.T) {
	w := newWorld(t, cheap())
	w.add(mara, nil)
	id := w.add("other@example.com", func(a *core.Account) { a.Email, a.EmailVerified = "MARA@example.com", false })
	w.begin(w.verifyTurn(id))
	if _, err := w.a.Continue(t.Context(), w.verifyTurn(id, "code", w.lastLetter().Code)); !errors.Is(err, core.PageNotAllowed) {
		t.Errorf("%v", err)
	}
}
