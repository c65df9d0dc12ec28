package password

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/passwordhash"
)

func TestSignIn_rightAndWrong(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	for _, email := range []string{mara, "Mara@EXAMPLE.com"} {
		r := wantIs[core.Authenticated](t, w.signIn(email, good))
		if r.Account != id || !slices.Equal(r.AMR, []string{"pwd"}) || r.Credential != nil {
			t.Errorf("%+v", r)
		}
	}
	wantProblem(t, w.signIn(mara, good+" "), "password_wrong") // PWD12
	wantProblem(t, w.signIn(mara, strings.ToUpper(good)), "password_wrong")
}

func TestSignIn_page(t *testing.T) {
	w := newWorld(t, cheap())
	turn := w.turn(core.TurnSignIn, StepPassword)
	reply, err := w.a.Begin(t.Context(), turn)
	if g, ok := reply.(core.GoTo); err != nil || !ok || g.Step != core.StepSignIn {
		t.Errorf("nobody named: %+v, %v", reply, err)
	}
	var pages []core.Page
	w.add(mara, nil)
	for _, email := range []string{mara, "nobody@example.com"} {
		turn.Identifier = email
		reply, err = w.a.Begin(t.Context(), turn)
		page := wantIs[core.Show](t, reply).Page
		if err != nil || page.Account.Email != email {
			t.Errorf("%+v, %v", page, err)
		}
		page.Account = nil
		pages = append(pages, page)
	}
	if !reflect.DeepEqual(pages[0], pages[1]) || len(w.calls) != 0 { // OC-16
		t.Errorf("%+v differs from %+v; calls %v", pages[0], pages[1], w.calls)
	}
}

// The same work and the same words, whoever it is: the structural cause of
// uniform time.
func TestThreat_ENU01_ENU04_PWD15_PW09_sameWorkAndWords(t *testing.T) {
	w := newWorld(t, cheap())
	w.add("wrong@example.com", nil)
	w.add("disabled@example.com", func(a *core.Account) { a.Disabled = true })
	w.add("deleted@example.com", func(a *core.Account) { a.Deleted = true })
	w.add("unverified@example.com", func(a *core.Account) { a.EmailVerified = false })
	bare := w.add("nopassword@example.com", nil)
	delete(w.credentials, credentialKey(bare))
	damaged := w.add("damaged@example.com", nil)
	c := w.credentials[credentialKey(damaged)]
	c.Secret = []byte("$argon2id$nonsense")
	w.credentials[credentialKey(damaged)] = c

	var page core.Page
	var calls []string
	for i, name := range []string{"wrong", "unknown", "disabled", "deleted", "unverified", "nopassword", "damaged"} {
		before := w.a.hasher.Calls()
		reply := wantIs[core.Refused](t, w.signIn(name+"@example.com", another))
		if hashes := w.a.hasher.Calls() - before; hashes != 1 {
			t.Errorf("%s: %d hashes", name, hashes)
		}
		if len(reply.Events) != 1 || reply.Events[0].Name != core.EventSignInRefused {
			t.Errorf("%s: events %+v", name, reply.Events)
		}
		got := reply.Page
		got.Account = nil
		if i == 0 {
			page, calls = got, w.calls
		}
		if !reflect.DeepEqual(got, page) || !slices.Equal(w.calls, calls) {
			t.Errorf("%s: %+v after %v; want %+v after %v", name, got, w.calls, page, calls)
		}
	}
	wantProblem(t, w.signIn("disabled@example.com", good), "account_off")
	wantProblem(t, w.signIn("deleted@example.com", good), "password_wrong")
	wantIs[core.Authenticated](t, w.signIn("unverified@example.com", good))
}

func TestThreat_PWD08_PWD09_PWD11_noHashForWhatCannotBe(t *testing.T) {
	w := newWorld(t, cheap())
	w.add(mara, nil)
	before := w.a.hasher.Calls()
	for _, c := range []struct{ email, password, problem string }{
		{mara, "", "password_empty"},
		{mara, strings.Repeat("x", 1025), "password_long"},
		{mara, strings.Repeat("x", 1<<20), "password_long"},
		{mara, "caf\xc3", "other"},
		{mara, "a\x00b", "other"},
		{"mara", good, "email_format"},
		{"mara@example.com ", good, "email_format"},
		{core.Subject(core.ID{1}), good, "email_format"}, // IDN11
		{"admin", good, "email_format"},
		{"\u200bmara@example.com", good, "email_format"},
		{strings.Repeat("m", 400) + "@example.com", good, "email_format"},
	} {
		reply := w.signIn(c.email, c.password)
		wantProblem(t, reply, c.problem)
		if pageOf(reply).Status != 400 || len(w.calls) != 0 {
			t.Errorf("%.20q: status %d, calls %v", c.email, pageOf(reply).Status, w.calls)
		}
	}
	if n := w.a.hasher.Calls() - before; n != 0 {
		t.Errorf("%d hashes", n)
	}
	decomposed := newWorld(t, cheap())
	change, _ := decomposed.a.Account(t.Context(), "M", mara, "café "+good, decomposed.at)
	decomposed.write(change)
	wantIs[core.Authenticated](t, decomposed.signIn(mara, "cafe\u0301 "+good))
}

func TestPW08_hardCapAndGrowingDelay(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	compared, start, waits := 0, w.at, map[time.Duration]bool{}
	for w.at.Sub(start) < 29*24*time.Hour {
		w.address = fmt.Sprintf("192.0.2.%d", compared) // the attacker has many
		reply := w.signIn(mara, another)
		if slices.Contains(problems(reply), "password_wrong") {
			compared++
			continue
		}
		wantProblem(t, reply, "many_tries")
		wait := pageOf(reply).Problems[0].Args["duration"].(time.Duration)
		waits[wait.Round(time.Minute)] = true
		w.at = w.at.Add(min(wait, 24*time.Hour))
	}
	if compared != 50 || len(waits) < 3 {
		t.Errorf("%d guesses compared, waits %v", compared, waits)
	}
	wantProblem(t, w.signIn(mara, good), "many_tries")
	w.known = []core.ID{id} // PWD02: the owner's own browser
	for range 3 {
		wantProblem(t, w.signIn(mara, another), "password_wrong")
	}
	wantIs[core.Authenticated](t, w.signIn(mara, good))
	w.known = nil
	account := w.accounts[id]
	account.SignInEpoch++ // a reset opens the gate
	w.accounts[id] = account
	wantIs[core.Authenticated](t, w.signIn(mara, good))
}

func TestThreat_PWD01_oneAddressManyAccounts(t *testing.T) {
	w := newWorld(t, cheap())
	compared := 0
	for i := range 200 {
		if slices.Contains(problems(w.signIn(fmt.Sprintf("p%d@example.com", i), another)), "password_wrong") {
			compared++
		}
	}
	if compared != 50 {
		t.Errorf("%d guesses from one address", compared)
	}
	id := w.add(mara, nil)
	w.known = []core.ID{id}
	wantIs[core.Authenticated](t, w.signIn(mara, good))
}

func TestThreat_PWD04_oneCounterPerAccount(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	w.identifiers[core.Identifier{Kind: core.IdentifierEmail, Value: "second@example.com"}] = id
	names := []string{mara, "MARA@example.com", "second@example.com", "mara@EXAMPLE.COM", "Second@example.com"}
	for _, n := range names {
		wantProblem(t, w.signIn(n, another), "password_wrong")
	}
	for _, n := range names {
		wantProblem(t, w.signIn(n, good), "many_tries")
	}
}

func TestSignIn_againKnownAccount(t *testing.T) {
	w := newWorld(t, cheap())
	id := w.add(mara, nil)
	other := w.add("other@example.com", nil)
	turn := w.turn(core.TurnSignIn, StepPassword, "password", good)
	turn.Account, turn.Identifier = w.accounts[id], "other@example.com"
	if r := wantIs[core.Authenticated](t, w.post(turn)); r.Account != id || r.Account == other {
		t.Errorf("%+v", r)
	}
}

func TestThreat_PWD06_busyIs503(t *testing.T) {
	w := newWorld(t, cheap())
	w.a.hasher = passwordhash.New(passwordhash.Options{Concurrency: 1, Queue: 1, Wait: time.Nanosecond})
	release := make(chan struct{})
	held := make(chan struct{})
	go func() {
		defer close(held)
		for {
			select {
			case <-release:
				return
			default:
				_ = w.a.hasher.Spend(t.Context(), "x")
			}
		}
	}()
	defer func() { close(release); <-held }()
	for range 1000 {
		turn := w.turn(core.TurnSignIn, StepPassword, "password", good)
		turn.Identifier = mara
		w.windows = map[string]window{}
		_, err := w.a.Continue(t.Context(), turn)
		var page *core.PageError
		if errors.As(err, &page) {
			if page.Status != 503 {
				t.Errorf("%+v", page)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the gate never filled")
}

func TestSteps_wrongPurposeIsNoPage(t *testing.T) {
	w := newWorld(t, Options{})
	for _, turn := range []core.Turn{
		w.turn(core.TurnSignIn, StepChange), w.turn(core.TurnChange, StepChange), w.turn(core.TurnSignIn, StepVerify),
		w.turn(core.TurnChange, StepPassword), w.turn(core.TurnSignIn, "unknown"), w.turn(core.TurnSignIn, StepSignUp), w.turn(core.TurnSignIn, StepCode),
	} {
		if _, err := w.a.Begin(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("GET %s: %v", turn.Step, err)
		}
		if _, err := w.a.Continue(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("POST %s: %v", turn.Step, err)
		}
	}
	if steps := w.a.Steps(); steps[0] != StepPassword || slices.Contains(steps, StepSignUp) {
		t.Errorf("%v", steps)
	}
}

func TestEndpoint_arrival(t *testing.T) {
	w := newWorld(t, cheap())
	e := w.a.Endpoints()[0]
	got, err := e.Arrive(t.Context(), core.Returned{Values: url.Values{"handle": {"kw_x"}}})
	if err != nil || got.Step != StepNewPassword || got.Ticket != "kw_x" || e.Path != "/link/{handle}" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := e.Arrive(t.Context(), core.Returned{}); !errors.Is(err, core.PageLinkUsed) {
		t.Errorf("%v", err)
	}
}
