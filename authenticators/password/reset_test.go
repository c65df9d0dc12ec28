package password

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func (w *world) askReset(email string) core.Reply {
	return w.post(w.turn(core.TurnSignIn, StepReset, "email", email))
}

func (w *world) onlyTicket() *core.Ticket {
	w.t.Helper()
	if len(w.tickets) != 1 {
		w.t.Fatalf("%d tickets", len(w.tickets))
	}
	for _, k := range w.tickets {
		return &k
	}
	return nil
}

// follow is a request that came by a mailed link.
func (w *world) follow(id core.ID, k *core.Ticket, pairs ...string) core.Turn {
	t := w.turn(core.TurnSignIn, StepNewPassword, pairs...)
	t.Account, t.Ticket = w.accounts[id], k
	return t
}

func (w *world) wantVoid(t core.Turn) {
	w.t.Helper()
	_, errGet := w.a.Begin(w.t.Context(), t)
	_, errPost := w.a.Continue(w.t.Context(), t)
	for _, err := range []error{errGet, errPost} {
		var page *core.PageError
		if !errors.As(err, &page) || page.Name != core.PageLinkUsed.Name {
			w.t.Errorf("got %v, want link_used", err)
		}
	}
}

func TestThreat_ENU02_resetIsUniform(t *testing.T) {
	var pages []core.Page
	var calls [][]string
	for _, exists := range []bool{true, false} {
		w := newWorld(t, cheap())
		if exists {
			w.add("MARA@example.com", nil)
		}
		r := wantIs[core.Show](t, w.askReset(mara))
		pages, calls = append(pages, r.Page), append(calls, w.calls)
		l, k := w.lastLetter(), w.onlyTicket()
		if exists && (l.Name != "reset" || l.To != "MARA@example.com" || l.Link != "https://id.example/link/kw_ml_x" || l.Lifetime != 30*time.Minute) {
			t.Errorf("%+v", l)
		}
		if !exists && (l.Name != "reset_none" || l.Link != "" || l.To != mara || !k.Account.IsZero()) {
			t.Errorf("%+v, %+v", l, k)
		}
		if len(r.Events) != 1 || k.Ends != w.at.Add(30*time.Minute) {
			t.Errorf("%+v", k)
		}
	}
	if !reflect.DeepEqual(pages[0], pages[1]) || !slices.Equal(calls[0], calls[1]) {
		t.Errorf("%+v after %v differs from %+v after %v", pages[0], calls[0], pages[1], calls[1])
	}
}

func TestPW11_resetFlow(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.askReset("Mara@Example.com")
	k := w.onlyTicket()
	w.begin(w.follow(id, k)) // a scanner of mail
	if page := pageOf(w.begin(w.follow(id, k))); page.Name != core.PageNewPassword || page.Args["ask_current"] != false || w.onlyTicket().Spent {
		t.Errorf("%+v", page)
	}
	wantProblem(t, w.post(w.follow(id, k, "password", "short")), "password_short")
	e := wantIs[core.Enrolled](t, w.post(w.follow(id, k, "password", another)))
	if !e.EndSessions || e.EndGrants || !e.SpendTicket || !slices.Equal(e.AMR, []string{"pwd"}) || e.Letters[0].Name != "changed" || e.Letters[0].Thing != "password" {
		t.Errorf("%+v", e)
	}
	wantProblem(t, w.signIn(mara, good), "password_wrong")
	wantIs[core.Authenticated](t, w.signIn(mara, another))
	w.wantVoid(w.follow(id, w.onlyTicket(), "password", good))
}

// The link is for its account, whoever is signed in at this browser.
func TestPW11_linkNamesItsAccount(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.askReset(mara)
	for name, account := range map[string]core.Account{"nobody": {}, "another": w.accounts[w.add("o@example.com", nil)]} {
		turn := w.follow(id, w.onlyTicket())
		turn.Account = account
		if page := pageOf(w.begin(turn)); page.Account == nil || page.Account.Email != mara {
			t.Errorf("%s signed in: %+v", name, page)
		}
	}
	turn := w.follow(id, w.onlyTicket(), "password", another)
	turn.Account = core.Account{}
	if e := wantIs[core.Enrolled](t, w.post(turn)); e.Change.Account.ID != id || e.Identifier != mara || e.Letters[0].To != mara {
		t.Errorf("%+v", e)
	}
}

// An account with two names gets its mail at the address it shows; one without an
// address, at the name that was typed.
func TestReset_bySecondName(t *testing.T) {
	for email, to := range map[string]string{mara: mara, "": "Second@example.com"} {
		w := newWorld(t, cheap())
		id := w.add(mara, func(a *core.Account) { a.Email, a.EmailVerified = email, email != "" })
		w.identifiers[core.Identifier{Kind: core.IdentifierEmail, Value: "second@example.com"}] = id
		w.askReset("Second@example.com")
		if l := w.lastLetter(); l.To != to || l.Name != "reset" {
			t.Errorf("%+v", l)
		}
		turn := w.follow(id, w.onlyTicket(), "password", another)
		turn.Account = core.Account{}
		if e := wantIs[core.Enrolled](t, w.post(turn)); e.Change.Account.ID != id || e.Change.Account.EmailVerified != (email != "") {
			t.Errorf("%+v", e)
		}
	}
}

func TestPW11_tickEndsGrants(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.askReset(mara)
	if e := wantIs[core.Enrolled](t, w.post(w.follow(id, w.onlyTicket(), "password", another, "end_sessions", "1"))); !e.EndGrants || !e.EndSessions {
		t.Errorf("%+v", e)
	}
}

func TestThreat_PWD16_voidLinks(t *testing.T) {
	for name, edit := range map[string]func(w *world, id core.ID, turn *core.Turn){
		"none":            func(_ *world, _ core.ID, turn *core.Turn) { turn.Ticket = nil },
		"late":            func(_ *world, _ core.ID, turn *core.Turn) { turn.At = turn.At.Add(30 * time.Minute) },
		"other kind":      func(_ *world, _ core.ID, turn *core.Turn) { turn.Ticket.Kind = "invitation" },
		"other account":   func(w *world, _ core.ID, turn *core.Turn) { turn.Ticket.Account = w.add("o@example.com", nil) },
		"account is gone": func(w *world, id core.ID, turn *core.Turn) { turn.Account = core.Account{}; delete(w.accounts, id) },
		"no account": func(_ *world, _ core.ID, turn *core.Turn) {
			turn.Account, turn.Ticket.Account = core.Account{}, core.ID{}
		},
		"epoch":          func(_ *world, _ core.ID, turn *core.Turn) { turn.Account.SignInEpoch++ },
		"deleted":        func(_ *world, _ core.ID, turn *core.Turn) { turn.Account.Deleted = true },
		"other address":  func(_ *world, _ core.ID, turn *core.Turn) { turn.Account.Email = "new@example.com" },
		"damaged":        func(_ *world, _ core.ID, turn *core.Turn) { turn.Ticket.Body = []byte("{") },
		"spent by other": func(_ *world, _ core.ID, turn *core.Turn) { turn.Ticket.Spent, turn.Ticket.SpentBy = true, core.ID{1} },
		"new password": func(w *world, id core.ID, _ *core.Turn) {
			c := w.credentials[credentialKey(id)]
			c.Secret = append([]byte{}, c.Secret...)
			c.Secret[len(c.Secret)-1] ^= 1
			w.credentials[credentialKey(id)] = c
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cheap())
			id := w.add(mara, nil)
			w.askReset(mara)
			turn := w.follow(id, w.onlyTicket(), "password", another)
			edit(w, id, &turn)
			before := w.a.hasher.Calls()
			w.wantVoid(turn)
			if w.a.hasher.Calls() != before {
				t.Error("a void link was worth a hash")
			}
		})
	}
}

func TestThreat_PWD16_newerReplacesOlder(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.askReset(mara)
	first := w.onlyTicket().ID
	w.at = w.at.Add(time.Minute)
	w.askReset("MARA@EXAMPLE.COM")
	if k := w.onlyTicket(); k.ID != first || k.Account != id {
		t.Errorf("%+v", k)
	}
}

// More links than the budget are not sent; the page does not tell.
func TestReset_limits(t *testing.T) {
	w := newWorld(t, cheap())
	w.add(mara, nil)
	for range 10 {
		w.address = fmt.Sprint("192.0.2.", len(w.windows))
		wantIs[core.Show](t, w.askReset(mara))
	}
	if len(w.letters) != 3 {
		t.Errorf("%d letters", len(w.letters))
	}
	w.address = "198.51.100.1"
	for i := range 30 {
		w.askReset(fmt.Sprintf("p%d@example.com", i))
	}
	wantProblem(t, w.askReset("last@example.com"), "many_tries")
	wantProblem(t, w.askReset(""), "email_empty")
	wantProblem(t, w.askReset("mara"), "email_format")
}

// Somebody signed up with the victim's address and could not prove it. The
// owner's reset takes everything away from them.
func TestThreat_LNK04_preHijack(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, func(a *core.Account) { a.EmailVerified = false })
	for _, kind := range []string{"passkey", "totp", "upstream:google"} {
		k := core.CredentialKey{Kind: kind, Handle: kind}
		w.credentials[k] = core.Credential{CredentialKey: k, Account: id}
	}
	foreign := core.CredentialKey{Kind: "passkey", Handle: "other"}
	w.credentials[foreign] = core.Credential{CredentialKey: foreign, Account: core.ID{9}}
	w.askReset(mara)
	e := wantIs[core.Enrolled](t, w.post(w.follow(id, w.onlyTicket(), "password", another)))
	if !e.EndSessions || !e.EndGrants || !e.Change.Account.EmailVerified || len(w.credentials) != 2 {
		t.Errorf("%+v; left: %v", e, w.credentials)
	}
	if _, left := w.credentials[foreign]; !left {
		t.Error("another account lost its passkey")
	}
	// A proven address keeps its other ways in.
	w.credentials[core.CredentialKey{Kind: "passkey", Handle: "mine"}] = core.Credential{Account: id}
	clear(w.windows)
	w.askReset(mara)
	if e := wantIs[core.Enrolled](t, w.post(w.follow(id, w.onlyTicket(), "password", good))); len(e.Change.RemoveCredentials) != 0 {
		t.Errorf("%+v", e.Change.RemoveCredentials)
	}
}

func TestReset_disabledAccountIsToldAfterProof(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, func(a *core.Account) { a.Disabled = true })
	w.askReset(mara)
	wantProblem(t, w.post(w.follow(id, w.onlyTicket(), "password", another)), "account_off")
}
