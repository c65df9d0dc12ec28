package emailcode

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// world is what stands around the authenticator, as far as a table needs it: the
// flow with a real provider is in flow_test.go.
type world struct {
	t        *testing.T
	a        *Authenticator
	at       time.Time
	accounts map[core.Identifier]core.Account
	calls    []string
	used     map[string]bool
	failAt   int // the call that fails, counted from 1
	over     string
	notes    []byte
	letters  []core.Letter
}

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	a := New(o)
	if err := a.Start(core.Tools{}); err != nil {
		t.Fatal(err)
	}
	return &world{t: t, a: a, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), accounts: map[core.Identifier]core.Account{}, used: map[string]bool{}}
}

func (w *world) add(email string, verified bool) core.Account {
	account := core.Account{ID: core.NewID(w.at), Profile: core.Profile{Email: email, EmailVerified: verified}}
	w.accounts[core.Identifier{Kind: core.IdentifierEmail, Value: strings.ToLower(email)}] = account
	return account
}

func (w *world) called(what string) error {
	w.calls = append(w.calls, what)
	if len(w.calls) == w.failAt {
		return core.Unavailable(errors.New("the database is gone"))
	}
	return nil
}

func (w *world) ByIdentifier(_ context.Context, i core.Identifier) (core.Account, error) {
	if err := w.called("identifier"); err != nil {
		return core.Account{}, err
	}
	if a, ok := w.accounts[i]; ok {
		return a, nil
	}
	return core.Account{}, core.ErrNotFound
}

func (w *world) Credential(context.Context, core.CredentialKey) (core.Credential, error) {
	return core.Credential{}, errors.Join(w.called("credential"), core.ErrNotFound)
}

func (w *world) Credentials(_ context.Context, account core.ID) ([]core.Credential, error) {
	return []core.Credential{{CredentialKey: core.CredentialKey{Kind: "password", Handle: account.String()}, Account: account}}, w.called("credentials")
}

func keyed(parts ...string) []core.Hash {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return []core.Hash{core.Hash(mac.Sum(nil))}
}

func (w *world) turn(purpose core.TurnPurpose, step core.Step, pairs ...string) core.Turn {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return core.Turn{
		Purpose: purpose, Step: step, At: w.at, Interaction: core.ID{7}, Form: form, Notes: w.notes, Address: "192.0.2.1",
		Find: w, Hash: func(parts ...string) []core.Hash { w.calls = append(w.calls, "hash"); return keyed(parts...) },
		Reserve: func(_ context.Context, limits ...core.NamedLimit) error {
			if err := w.called("reserve"); err != nil {
				return err
			}
			for _, l := range limits {
				if w.over != "" && slices.Contains(l.Parts, w.over) {
					return &core.Throttled{Until: w.at.Add(time.Minute)}
				}
			}
			return nil
		},
		Once: func(_ context.Context, kind, thing string, _ time.Time) (bool, error) {
			if err := w.called("once"); err != nil {
				return false, err
			}
			fresh := !w.used[kind+thing]
			w.used[kind+thing] = true
			return fresh, nil
		},
		Link: func(path string, _ *core.Ticket) string {
			w.calls = append(w.calls, "link")
			return "https://id.example" + path
		},
	}
}

// do takes a turn and keeps what it leaves.
func (w *world) do(t core.Turn, post bool) core.Reply {
	w.t.Helper()
	w.calls = nil
	act := w.a.Begin
	if post {
		act = w.a.Continue
	}
	reply, err := act(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	var k core.Keep
	switch r := reply.(type) {
	case core.Show:
		k = r.Keep
	case core.Refused:
		k = r.Keep
	case core.GoTo:
		k = r.Keep
	}
	if k.Notes != nil {
		w.notes = k.Notes
	}
	w.letters = append(w.letters, k.Letters...)
	return reply
}

func (w *world) lastCode() string { return w.letters[len(w.letters)-1].Code }

func problem(reply core.Reply) string {
	if r, ok := reply.(core.Refused); ok && len(r.Page.Problems) == 1 {
		return r.Page.Problems[0].ID
	}
	return ""
}

func TestENU02_KnownAndUnknownCostTheSameCalls(t *testing.T) {
	for _, o := range []Options{{}, {SignUp: true}} {
		w := newWorld(t, o)
		w.add("known@example.com", true)
		w.add("unproven@example.com", false)
		var want []string
		for _, email := range []string{"known@example.com", "unproven@example.com", "nobody@example.com"} {
			w.notes = nil
			w.do(w.turn(core.TurnSignIn, StepAddress, "email", email), true)
			sent := w.calls
			wrong := w.turn(core.TurnSignIn, StepCode, "code", "000000")
			wrong.Identifier = email
			w.do(wrong, true)
			got := append(slices.Clone(sent), w.calls...)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", email, got, want)
			}
		}
	}
}

func TestMF03_ALetterIsOneThingMoreForAProvenAddressOnly(t *testing.T) {
	w := newWorld(t, Options{})
	second := func(a core.Account, pairs ...string) core.Turn {
		turn := w.turn(core.TurnSecond, StepCode, pairs...)
		turn.Account = a
		return turn
	}
	if _, err := w.a.Begin(t.Context(), second(w.add("unproven@example.com", false))); !errors.Is(err, core.PageNotAllowed) {
		t.Errorf("to an address that was never proven: %v", err)
	}
	account := w.add("Mara@example.com", true)
	w.do(second(account), false)
	l := w.letters[0]
	if l.To != "Mara@example.com" || l.Name != "code" || l.Link != "" {
		t.Errorf("the letter: %+v", l)
	}
	w.do(second(account), false)
	if len(w.letters) != 1 {
		t.Error("looking again sent another letter")
	}
	in, ok := w.do(second(account, "code", l.Code), true).(core.Authenticated)
	if !ok || in.Account != account.ID || !slices.Equal(in.AMR, []string{"email"}) || slices.Contains(in.AMR, "otp") || slices.Contains(in.AMR, "mfa") {
		t.Errorf("%+v", in)
	}
}

// A code sent for one purpose, address or account is none for another (MAG05).
func TestThreat_MAG05_ACodeIsForOnePurposeAndOneAddress(t *testing.T) {
	w := newWorld(t, Options{Verify: true})
	account := w.add("mara@example.com", true)
	w.do(w.turn(core.TurnSignIn, StepAddress, "email", "mara@example.com"), true)
	code := w.lastCode()
	for name, turn := range map[string]core.Turn{
		"second": w.turn(core.TurnSecond, StepCode, "code", code), "verify": w.turn(core.TurnVerify, StepVerify, "code", code),
	} {
		turn.Account = account
		if got := problem(w.do(turn, true)); got != "code_old" {
			t.Errorf("%s: %q", name, got)
		}
	}
	other := w.turn(core.TurnSignIn, StepCode, "code", code)
	other.Identifier = "other@example.com"
	if got := problem(w.do(other, true)); got != "code_old" {
		t.Errorf("another address: %q", got)
	}
	right := w.turn(core.TurnSignIn, StepCode, "code", code)
	right.Identifier = "MARA@example.com"
	if _, ok := w.do(right, true).(core.Authenticated); !ok {
		t.Error("the right one was refused")
	}
}

func TestVerify_ProvesTheAddressOfWhoIsSigningIn(t *testing.T) {
	w := newWorld(t, Options{Verify: true})
	account := w.add("mara@example.com", false)
	turn := func(pairs ...string) core.Turn {
		turn := w.turn(core.TurnVerify, StepVerify, pairs...)
		turn.Account = account
		return turn
	}
	w.do(turn(), false)
	done, ok := w.do(turn("code", w.lastCode()), true).(core.Enrolled)
	if !ok || !done.Change.Account.EmailVerified || len(done.AMR) > 0 || len(done.Change.RemoveCredentials) > 0 {
		t.Errorf("%+v", done)
	}
	if New(Options{}).Starts()[core.TurnVerify] != "" || slices.Contains(New(Options{}).Steps(), StepVerify) {
		t.Error("it takes the step from others without being asked to")
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("mara@example.com", true)
	for _, c := range []struct {
		step  core.Step
		pairs []string
		over  string
		want  string
	}{
		{StepAddress, nil, "", "email_empty"},
		{StepAddress, []string{"email", "mara@"}, "", "email_format"},
		{StepAddress, []string{"email", strings.Repeat("(", 1<<20)}, "", "email_format"}, // MAG08
		{StepAddress, []string{"email", "mara@example.com"}, lettersTo, "many_tries"},
		{StepAddress, []string{"email", "mara@example.com"}, lettersSender, "many_tries"},
		{StepCode, nil, "", "code_empty"},
		{StepCode, []string{"code", "12345"}, "", "code_format"},
		{StepCode, []string{"code", "123456"}, triesAddress, "many_tries"},
		{StepCode, []string{"code", "123456"}, codeTries, "code_tries"},
		{StepCode, []string{"again", "1"}, "", "many_tries"}, // at most one a minute
	} {
		w.over, w.notes = "", nil
		w.do(w.turn(core.TurnSignIn, StepAddress, "email", "mara@example.com"), true)
		w.over = c.over
		turn := w.turn(core.TurnSignIn, c.step, c.pairs...)
		turn.Identifier = "mara@example.com"
		if got := problem(w.do(turn, true)); got != c.want {
			t.Errorf("%s %.40q over %q: %q, want %q", c.step, c.pairs, c.over, got, c.want)
		}
	}
}

func TestMF05_StepsOfOtherPurposesAreNotThere(t *testing.T) {
	w := newWorld(t, Options{})
	for _, turn := range []core.Turn{
		w.turn(core.TurnSecond, StepCode), w.turn(core.TurnSecond, StepLink), w.turn(core.TurnVerify, StepVerify),
		w.turn(core.TurnEnrol, StepCode), w.turn(core.TurnChange, StepAddress), w.turn(core.TurnSignIn, "password"),
	} {
		if _, err := w.a.Begin(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("%s %s: %v", turn.Purpose, turn.Step, err)
		}
	}
}

// What fails below reaches the caller, and nothing is believed.
func TestEveryFailureOfTheStoreIsHandedOn(t *testing.T) {
	w := newWorld(t, Options{})
	w.add("mara@example.com", false)
	w.do(w.turn(core.TurnSignIn, StepAddress, "email", "mara@example.com"), true)
	right := w.turn(core.TurnSignIn, StepCode, "code", w.lastCode())
	right.Identifier = "mara@example.com"
	w.do(right, true)
	calls := slices.Clone(w.calls)
	for n, call := range calls {
		if call == "hash" || call == "link" {
			continue
		}
		w.calls, w.failAt, w.used = nil, n+1, map[string]bool{}
		if _, err := w.a.Continue(t.Context(), right); !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("call %d (%s): %v", n+1, call, err)
		}
	}
	w.failAt = 0
	right.Notes = []byte("{")
	if _, err := w.a.Continue(t.Context(), right); err == nil {
		t.Error("notes that are none were read")
	}
}
