package password

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func (w *world) signUp(email string) core.Reply {
	return w.post(w.turn(core.TurnSignIn, StepSignUp, "name", "Mara Lind", "email", email, "password", good))
}

func (w *world) code(code string) core.Reply {
	return w.post(w.turn(core.TurnSignIn, StepCode, "code", code))
}

func (w *world) again() core.Reply {
	return w.post(w.turn(core.TurnSignIn, StepCode, "again", "1"))
}

func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func TestOC22_accountOnlyAfterProof(t *testing.T) {
	w := newWorld(t, cheap())
	if g := wantIs[core.GoTo](t, w.signUp("Mara@Example.com")); g.Step != StepCode {
		t.Errorf("%+v", g)
	}
	if len(w.accounts)+len(w.credentials) != 0 {
		t.Error("something was written before the address was proven")
	}
	l := w.lastLetter()
	if l.Name != "code" || l.To != "Mara@Example.com" || len(l.Code) != 6 || l.Lifetime != 10*time.Minute {
		t.Errorf("%+v", l)
	}
	if strings.Contains(string(w.notes), l.Code) || strings.Contains(string(w.notes), good) {
		t.Error("the notes hold the code or the password")
	}
	wantProblem(t, w.code(wrong(l.Code)), "code_wrong")
	e := wantIs[core.Enrolled](t, w.code(l.Code[:3]+" "+l.Code[3:]))
	a := e.Change.Account
	if !e.New || !slices.Equal(e.AMR, []string{"pwd"}) || !a.EmailVerified || a.Email != "Mara@Example.com" || a.Name != "Mara Lind" {
		t.Errorf("%+v", e)
	}
	if e.Change.PutIdentifiers[0].Value != mara || e.Change.PutCredentials[0].Handle != a.ID.String() {
		t.Errorf("%+v", e.Change)
	}
	wantIs[core.Authenticated](t, w.signIn(mara, good))
	wantIs[core.GoTo](t, w.code(l.Code)) // used up
}

// ENU03: a taken address looks the same on every page, costs the same, and its
// code cannot be guessed.
func TestThreat_ENU03_takenAddress(t *testing.T) {
	type trace struct {
		reply  string
		calls  []string
		hashes uint64
	}
	run := func(taken bool) (out []trace, w *world) {
		w = newWorld(t, cheap())
		if taken {
			w.add("MARA@example.com", nil)
		}
		for _, act := range []func() core.Reply{
			func() core.Reply { return w.signUp(mara) },
			func() core.Reply { r, _ := w.a.Begin(t.Context(), w.turn(core.TurnSignIn, StepCode)); return r },
			func() core.Reply { return w.again() },
			func() core.Reply { w.at = w.at.Add(time.Minute); return w.again() },
			func() core.Reply { return w.code("12") },
			func() core.Reply { return w.code(wrong("123456")) },
		} {
			before := w.a.hasher.Calls()
			reply := act()
			out = append(out, trace{fmt.Sprintf("%T %+v", reply, pageOf(reply)), slices.Clone(w.calls), w.a.hasher.Calls() - before})
		}
		return out, w
	}
	fresh, _ := run(false)
	taken, w := run(true)
	if !reflect.DeepEqual(fresh, taken) {
		t.Errorf("a new address:\n%v\na taken one:\n%v", fresh, taken)
	}
	for _, l := range w.letters {
		if l.Name != "have_account" || l.Code != "" || l.To != "MARA@example.com" {
			t.Errorf("%+v", l)
		}
	}
	n, _ := parseNotes(w.notes)
	if !n.SignUp.Code.Hash.IsZero() || (core.Hash{}).In([]core.Hash{{}}) {
		t.Error("a code that nobody was sent fits")
	}
}

func TestMF03_codeTriesAndTime(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp(mara)
	code := w.lastLetter().Code
	for left := 4; left > 0; left-- {
		r := w.code(wrong(code))
		wantProblem(t, r, "code_wrong")
		if n := pageOf(r).Problems[0].Args["n"]; n != left {
			t.Errorf("%v tries left, want %d", n, left)
		}
	}
	wantProblem(t, w.code(wrong(code)), "code_tries")
	wantProblem(t, w.code(code), "code_tries")

	w.at = w.at.Add(time.Minute)
	again := wantIs[core.Show](t, w.again())
	if again.Page.Notices[0].ID != "code_again" {
		t.Errorf("%+v", again.Page)
	}
	second := w.lastLetter().Code
	if second != code {
		wantProblem(t, w.code(code), "code_wrong") // the old one is void
	}
	w.at = w.at.Add(10 * time.Minute)
	wantProblem(t, w.code(second), "code_old")
	w.again()
	wantIs[core.Enrolled](t, w.code(w.lastLetter().Code))
}

// A repeat of old notes, as parallel requests read them, has no more tries than
// one after another.
func TestMF03_parallelTriesAreCounted(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp(mara)
	code, before := w.lastLetter().Code, w.notes
	for range 5 {
		w.notes = before
		wantProblem(t, w.code(wrong(code)), "code_wrong")
	}
	w.notes = before
	wantProblem(t, w.code(code), "code_tries")
}

func TestMF03_codeOfAnotherInteraction(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp(mara)
	code := w.lastLetter().Code
	w.interaction = core.NewID(w.at)
	wantProblem(t, w.code(code), "code_wrong")
}

func TestMF03_oldKeyStillFits(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp(mara)
	turn := w.turn(core.TurnSignIn, StepCode, "code", w.lastLetter().Code)
	turn.Hash = func(parts ...string) []core.Hash {
		return append([]core.Hash{{1}}, keyed(parts...)...)
	}
	wantIs[core.Enrolled](t, w.post(turn))
}

func TestSignUp_againOncePerMinuteAndLimited(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp(mara)
	wantProblem(t, w.again(), "many_tries")
	for range 4 {
		w.at = w.at.Add(time.Minute)
		wantIs[core.Show](t, w.again())
	}
	w.at = w.at.Add(time.Minute)
	wantProblem(t, w.again(), "many_tries")
	if len(w.letters) != 5 {
		t.Errorf("%d letters", len(w.letters))
	}
	w.interaction, w.notes = core.NewID(w.at), nil
	wantProblem(t, w.signUp("MARA@example.com"), "many_tries")
}

// Two sign-ups for one address: the turn of the loser, taken again, ends at the
// password; a repeat of the winner's own submit signs in.
func TestThreat_IDN01_twoSignUpsAtOnce(t *testing.T) {
	w := newWorld(t, cheap())
	w.signUp("Mara@Example.COM")
	first, firstNotes, firstCode := w.interaction, w.notes, w.lastLetter().Code
	w.interaction, w.notes = core.NewID(w.at), nil
	w.signUp(mara)
	secondCode := w.lastLetter().Code
	loser := w.turn(core.TurnSignIn, StepCode, "code", secondCode)

	w.interaction, w.notes = first, firstNotes
	won := wantIs[core.Enrolled](t, w.code(firstCode))
	w.notes = firstNotes
	if r := wantIs[core.Authenticated](t, w.code(firstCode)); r.Account != won.Change.Account.ID {
		t.Errorf("%+v", r)
	}
	if g := wantIs[core.GoTo](t, w.post(loser)); g.Step != StepPassword || g.Identifier != mara {
		t.Errorf("%+v", g)
	}
	if len(w.accounts) != 1 {
		t.Errorf("%d accounts", len(w.accounts))
	}
}

func TestSignUp_allProblemsAtOnce(t *testing.T) {
	w := newWorld(t, cheap())
	before := w.a.hasher.Calls()
	for _, c := range []struct {
		name, email, password string
		want                  []string
	}{
		{"", "", "", []string{"name_empty", "email_empty", "password_empty"}},
		{" ", "x", "tinyword", []string{"name_empty", "email_format", "password_short"}},
		{"Mara", mara, strings.Repeat("x", 1025), []string{"password_long"}},
		{"Ma\u202era", mara, good, []string{"other"}},
		{"Ma\x00ra", mara, good, []string{"other"}},
		{"M\xff", mara, good, []string{"other"}},
		{strings.Repeat("m", 10000), mara, good, []string{"other"}}, // IDN08
		{"Mara", mara, "mara@example.com", []string{"password_personal"}},
	} {
		r := wantIs[core.Refused](t, w.post(w.turn(core.TurnSignIn, StepSignUp, "name", c.name, "email", c.email, "password", c.password)))
		if !slices.Equal(problems(r), c.want) {
			t.Errorf("%.10q: %v, want %v", c.name, problems(r), c.want)
		}
		if strings.Contains(fmt.Sprint(r.Page), c.password) && c.password != "" && c.password != c.email {
			t.Errorf("%.10q: the page holds the password", c.name)
		}
	}
	if w.a.hasher.Calls() != before || len(w.letters) != 0 {
		t.Error("a bad form was hashed or answered by mail")
	}
	for _, name := range []string{"Ünal 🦊", "山田 太郎", "O’Neil", "نیما\u200cپور"} {
		w.interaction, w.notes, w.windows = core.NewID(w.at), nil, map[string]window{}
		wantIs[core.GoTo](t, w.post(w.turn(core.TurnSignIn, StepSignUp, "name", name, "email", mara, "password", good)))
	}
}

func TestParseCode(t *testing.T) {
	for in, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "123-456": "123456", "1 2 3–4 5 6": "123456", "١٢٣٤٥٦": "123456", "１２３４５６": "123456", "𝟏𝟐𝟑456": "123456", "۰۱۲۳۴۵": "012345",
		"12345": "", "1234567": "", "12345x": "", "": "", "---": "", strings.Repeat(" ", 200) + "123456": "", "123456\x00": "", "\xff": "", "½23456": "",
	} {
		if code, empty, ok := parseCode(in); ok != (want != "") || ok && code != want || empty && ok {
			t.Errorf("%q: %q, %v, %v", in, code, empty, ok)
		}
	}
	if _, empty, _ := parseCode(" - "); !empty {
		t.Error("nothing typed is not told")
	}
}

func TestNewCode_uniform(t *testing.T) {
	var counts [10]int
	for range 2000 {
		code := newCode()
		if len(code) != 6 {
			t.Fatalf("%q", code)
		}
		for _, d := range code {
			counts[d-'0']++
		}
	}
	for d, n := range counts {
		if n < 1000 || n > 1400 { // 1200 expected, deviation 33
			t.Errorf("digit %d came %d times of 12000", d, n)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("123 456")
	f.Add("١٢٣٤٥٦")
	f.Add("\xff–")
	f.Fuzz(func(t *testing.T, typed string) {
		code, empty, ok := parseCode(typed)
		if ok && (empty || len(code) != 6 || strings.Trim(code, "0123456789") != "") {
			t.Fatalf("%q: %q", typed, code)
		}
	})
}
