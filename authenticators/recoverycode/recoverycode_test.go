package recoverycode

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestMF02_TenCodesOfEightyBitsInGroups(t *testing.T) {
	w := newWorld(t)
	codes := w.enrol()
	readable := regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$`)
	for _, c := range codes {
		if !readable.MatchString(c) {
			t.Errorf("%q", c)
		}
	}
	slices.Sort(codes)
	if len(slices.Compact(codes)) != setSize || len(w.left()) != setSize {
		t.Errorf("%d codes, %d stored", len(codes), len(w.left()))
	}
	if bits := codeBytes * 8; bits < 64 || codeChars*5 != bits {
		t.Errorf("%d bits in %d letters", bits, codeChars)
	}
	for _, key := range w.left() {
		for _, c := range codes {
			if strings.Contains(key.Handle, strings.ReplaceAll(c, "-", "")) {
				t.Error("a code is stored as it is")
			}
		}
	}
	if !New().Usable(core.Account{}, []core.Credential{{CredentialKey: w.left()[0]}}) || New().Usable(core.Account{}, nil) {
		t.Error("usable is not whether there are codes")
	}
}

func TestMF02_TTP07_ACodeWorksOnce(t *testing.T) {
	w := newWorld(t)
	codes := w.enrol()
	if got := w.show(2, codes[0]); got != "" {
		t.Fatalf("first: %q", got)
	}
	if got := w.show(3, codes[0]); got != "recovery_wrong" {
		t.Errorf("again: %q", got)
	}
	if len(w.left()) != setSize-1 || !slices.Contains(w.events, "recovery_code_used") {
		t.Errorf("%d left, wrote %v", len(w.left()), w.events)
	}
	last := w.letters[len(w.letters)-1]
	if last.Name != "recovery_used" || last.Count != setSize-1 || last.To != "mara@example.com" {
		t.Errorf("told %+v", last)
	}
}

func TestTTP07_WithFewLeftTheLetterSaysSo(t *testing.T) {
	w := newWorld(t)
	for n, c := range w.enrol() {
		w.at = w.at.Add(3 * time.Hour)
		if got := w.show(byte(n+2), c); got != "" {
			t.Fatalf("code %d: %q", n, got)
		}
		want, left := "recovery_used", setSize-1-n
		if left <= few {
			want = "recovery_few"
		}
		if l := w.letters[len(w.letters)-1]; l.Name != want || l.Count != left {
			t.Errorf("with %d left: %+v", left, l)
		}
	}
	if len(w.left()) != 0 {
		t.Error("codes are left")
	}
}

func TestThreat_TTP07_ManyAtOnceOneWins(t *testing.T) {
	w := newWorld(t)
	code := w.enrol()[0]
	const many = 64
	turns := make([]core.Turn, many)
	for n := range turns {
		turns[n] = w.turn(byte(10+n), core.TurnSecond, StepCode, "code", code)
		turns[n].Reserve = unlimited
	}
	in := make([]bool, many)
	var all sync.WaitGroup
	for n, turn := range turns {
		all.Go(func() {
			reply, err := w.do(turn, true)
			_, ok := reply.(core.Authenticated)
			in[n] = ok && err == nil
		})
	}
	all.Wait()
	if n := len(slices.DeleteFunc(in, func(ok bool) bool { return !ok })); n != 1 {
		t.Errorf("%d of %d were believed", n, many)
	}
}

func TestThreat_TTP07_ANewSetVoidsTheOldOne(t *testing.T) {
	w := newWorld(t)
	old := w.enrol()
	w.show(2, old[0])
	fresh := w.enrol()
	if len(w.left()) != setSize {
		t.Errorf("%d codes are stored", len(w.left()))
	}
	if got := w.show(3, old[1]); got != "recovery_wrong" {
		t.Errorf("an old one: %q", got)
	}
	if got := w.show(3, fresh[0]); got != "" {
		t.Errorf("a new one: %q", got)
	}
}

func TestMF02_ActiveOnlyOnceKeptAndShownOnce(t *testing.T) {
	w := newWorld(t)
	first, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if err != nil {
		t.Fatal(err)
	}
	codes := first.(core.Show).Page.Secrets
	refused, err := w.do(w.turn(1, core.TurnEnrol, StepNew), true)
	if err != nil || problem(refused) != "recovery_keep" || !slices.Equal(refused.(core.Refused).Page.Secrets, codes) {
		t.Errorf("without the tick: %q, %v", problem(refused), err)
	}
	if got := w.show(2, codes[0]); got != "recovery_wrong" || len(w.left()) != 0 {
		t.Errorf("before it is kept: %q, %d stored", got, len(w.left()))
	}
	if kept := w.enrol(); !slices.Equal(kept, codes) {
		t.Error("another set was made active than was shown")
	}
	again, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if page := again.(core.Show).Page; err != nil || slices.Contains(page.Secrets, codes[0]) || page.Args["n"] != setSize {
		t.Errorf("shown again: %+v, %v", page, err)
	}
}

// A turn that is taken again after its write went through makes the same set.
func TestARepeatOfTheConfirmationChangesNothing(t *testing.T) {
	w := newWorld(t)
	if _, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false); err != nil {
		t.Fatal(err)
	}
	turn := w.turn(1, core.TurnEnrol, StepNew, "kept", "1")
	for range 2 {
		turn.Account = w.turn(1, core.TurnEnrol, StepNew).Account
		if _, err := w.do(turn, true); err != nil {
			t.Fatal(err)
		}
		if len(w.left()) != setSize {
			t.Errorf("%d codes", len(w.left()))
		}
	}
}

func TestCodesOutliveTheirKey(t *testing.T) {
	w := newWorld(t)
	codes := w.enrol()
	w.keys = []string{"second", "first"}
	if got := w.show(2, codes[0]); got != "" {
		t.Errorf("while the old key is accepted: %q", got)
	}
	w.keys = []string{"second"}
	if got := w.show(3, codes[1]); got != "recovery_wrong" {
		t.Errorf("without it: %q", got)
	}
}

func TestParse(t *testing.T) {
	for typed, want := range map[string]string{
		"8f2k-0m4q-x7ht-3bwz": "8f2k0m4qx7ht3bwz", " 8F2K 0M4Q X7HT 3BWZ ": "8f2k0m4qx7ht3bwz", "8f2k–Om4q–x7ht–3bwz": "8f2k0m4qx7ht3bwz",
		"il00000000000000": "1100000000000000", "8f2k": "", "8f2k-0m4q-x7ht-3bwzz": "", "8f2k-0m4q-x7ht-3bw!": "", "u000000000000000": "",
		strings.Repeat("0", 200): "",
	} {
		if code, _, ok := parse(typed); ok != (want != "") || ok && code != want {
			t.Errorf("%.30q: %q %v", typed, code, ok)
		}
	}
	if _, empty, _ := parse(" - "); !empty {
		t.Error("nothing was typed")
	}
}

func TestTTP03_GuessesAreCountedAndTheAnswerIsOne(t *testing.T) {
	w := newWorld(t)
	codes := w.enrol()
	for n, guess := range []string{"0000-0000-0000-0000", "nonsense!", "8f2k", "zzzz-zzzz-zzzz-zzzz", "1"} {
		if got := w.show(2, guess); got != "recovery_wrong" {
			t.Errorf("guess %d: %q", n, got)
		}
	}
	if got := w.show(2, codes[0]); got != "many_tries" {
		t.Errorf("after five: %q", got)
	}
	if got := w.show(2, " "); got != "code_empty" {
		t.Errorf("nothing: %q", got)
	}
}

func TestThreat_TTP09_StepsOfOtherPurposesAreNotThere(t *testing.T) {
	w := newWorld(t)
	nobody := w.turn(2, core.TurnSecond, StepCode)
	nobody.Account = core.Account{}
	for _, turn := range []core.Turn{
		nobody, w.turn(2, core.TurnSignIn, StepCode), w.turn(2, core.TurnSecond, StepNew), w.turn(2, core.TurnEnrol, StepCode), w.turn(2, core.TurnSecond, "totp"),
	} {
		if _, err := New().Begin(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("%s %s: %v", turn.Purpose, turn.Step, err)
		}
	}
}

// Another account's code is none.
func TestACodeIsForItsAccount(t *testing.T) {
	w := newWorld(t)
	codes := w.enrol()
	w.account = w.other
	if got := w.show(2, codes[0]); got != "recovery_wrong" {
		t.Errorf("%q", got)
	}
}
