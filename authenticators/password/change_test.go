package password

import (
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func (w *world) changeTurn(id core.ID, pairs ...string) core.Turn {
	t := w.turn(core.TurnChange, StepChange, pairs...)
	t.Account = w.accounts[id]
	return t
}

func TestPW10_PWD14_change(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	if page := pageOf(w.begin(w.changeTurn(id))); page.Args["ask_current"] != true || page.Account.Email != mara {
		t.Errorf("%+v", page)
	}
	for _, c := range []struct{ current, password, problem string }{
		{"", another, "password_empty"},
		{another, another, "password_wrong"},
		{strings.Repeat("x", 1025), another, "password_long"},
		{good, "", "password_empty"},
		{good, "fourteen chars", "password_short"},
		{good, "mara@example.com", "password_personal"},
		{good, "password123456789", "password_weak"},
	} {
		wantProblem(t, w.post(w.changeTurn(id, "current", c.current, "password", c.password)), c.problem)
	}
	if len(w.letters) != 0 {
		t.Error("a letter without a change")
	}
	clear(w.windows)
	e := wantIs[core.Enrolled](t, w.post(w.changeTurn(id, "current", good, "password", another)))
	if e.EndSessions || e.EndGrants || e.New || w.lastLetter().Name != "changed" || w.lastLetter().To != mara {
		t.Errorf("%+v", e)
	}
	wantIs[core.Authenticated](t, w.signIn(mara, another))
	e = wantIs[core.Enrolled](t, w.post(w.changeTurn(id, "current", another, "password", good, "end_sessions", "1")))
	if !e.EndSessions || !e.EndGrants || !slices.Equal(e.AMR, []string{"pwd"}) {
		t.Errorf("%+v", e)
	}
}

// A change makes a mailed link void even where it ends no session.
func TestPW11_changeVoidsLinks(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.askReset(mara)
	w.post(w.changeTurn(id, "current", good, "password", another))
	w.wantVoid(w.follow(id, w.onlyTicket(), "password", good))
}

func TestChange_guessesAreCounted(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	for range 5 {
		wantProblem(t, w.post(w.changeTurn(id, "current", another, "password", another)), "password_wrong")
	}
	wantProblem(t, w.post(w.changeTurn(id, "current", good, "password", another)), "many_tries")
	wantProblem(t, w.signIn(mara, good), "many_tries")
}

func TestChange_firstPasswordOfAnAccount(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, func(a *core.Account) { a.Email = "" })
	delete(w.credentials, credentialKey(id))
	if page := pageOf(w.begin(w.changeTurn(id))); page.Args["ask_current"] != false {
		t.Errorf("%+v", page)
	}
	e := wantIs[core.Enrolled](t, w.post(w.changeTurn(id, "password", another)))
	if len(e.Letters) != 0 {
		t.Error("a letter to nowhere")
	}
	wantIs[core.Authenticated](t, w.signIn(mara, another))
}
