package totp

import (
	"bytes"
	"encoding/base32"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// The vectors of RFC 6238 appendix B for SHA-1, of which six digits are the last.
func TestMF01_CodesAreThoseOfTheRFC(t *testing.T) {
	seed := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := codeAt(seed, stepOf(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	if got := stepOf(time.Unix(-5, 0)); got != 0 {
		t.Errorf("before 1970: step %d", got)
	}
}

func TestThreat_TTP04_OneStepEitherWay(t *testing.T) {
	for shift := -3; shift <= 3; shift++ {
		w := newWorld(t)
		seed := w.enrol()
		step := uint64(int64(stepOf(w.at)) + int64(shift)) // #nosec G115 -- far from both ends
		want := "totp_wrong"
		if shift >= -1 && shift <= 1 {
			want = ""
		}
		if got := w.show(2, codeAt(seed, step)); got != want {
			t.Errorf("%+d steps: %q, want %q", shift, got, want)
		}
	}
}

func TestThreat_TTP01_ACodeIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	now := stepOf(w.at)
	for _, c := range []struct {
		name        string
		interaction byte
		step        uint64
		want        string
	}{
		{"first", 2, now, ""},
		{"by the same interaction", 2, now, "totp_reused"},
		{"by another", 3, now, "totp_reused"},
		{"the one before it", 3, now - 1, "totp_reused"},
		{"the next one", 3, now + 1, ""},
	} {
		if got := w.show(c.interaction, codeAt(seed, c.step)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestThreat_TTP01_TheCodeThatConfirmedIsUsed(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	w.at = w.at.Add(-5 * period)
	if got := w.show(2, codeAt(seed, stepOf(w.at))); got != "totp_reused" {
		t.Errorf("%q", got)
	}
}

func TestThreat_TTP02_ManyAtOnceOneWins(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	code := codeAt(seed, stepOf(w.at))
	const many = 64
	turns := make([]core.Turn, many)
	for n := range turns {
		turns[n] = w.turn(byte(10+n), core.TurnSecond, StepTOTP, "code", code)
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

func TestThreat_TTP03_FiveTriesThenALimit(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	for n := range 5 {
		if got := w.show(2, "000000"); got != "totp_wrong" {
			t.Fatalf("try %d: %q", n+1, got)
		}
	}
	if got := w.show(2, codeAt(seed, stepOf(w.at))); got != "many_tries" {
		t.Errorf("the right one after five: %q", got)
	}
	w.at = w.at.Add(2 * time.Minute)
	if got := w.show(2, codeAt(seed, stepOf(w.at))); got != "many_tries" {
		t.Errorf("later, by the same interaction: %q", got)
	}
	if got := w.show(3, codeAt(seed, stepOf(w.at))); got != "" {
		t.Errorf("by another interaction, after the delay: %q", got)
	}
}

// PWD02: who knows the password and guesses codes shuts out browsers that are new
// to the account, not those of its owner.
func TestThreat_PWD02_AKnownBrowserHasTriesOfItsOwn(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	for n := range 6 {
		w.show(byte(20+n), "000000")
	}
	turn := w.turn(3, core.TurnSecond, StepTOTP, "code", codeAt(seed, stepOf(w.at)))
	if reply, err := w.do(turn, true); err != nil || problem(reply) != "many_tries" {
		t.Errorf("a stranger: %q, %v", problem(reply), err)
	}
	turn.KnownFor = []core.ID{w.account}
	if reply, err := w.do(turn, true); err != nil || problem(reply) != "" {
		t.Errorf("the owner: %q, %v", problem(reply), err)
	}
}

// TTP03, MF-01: who reads the mail resets the password again and again, which ends all
// sessions each time. It buys no guess beyond a hundred in a month; a browser that is
// known has its own.
func TestThreat_TTP03_ANewPasswordBuysNoEndlessGuesses(t *testing.T) {
	w := newWorld(t)
	w.at = w.at.Truncate(30 * 24 * time.Hour).Add(30 * 24 * time.Hour) // where the limits' month begins
	seed := w.enrol()
	guesses := 0
	for n := range 400 {
		w.at = w.at.Add(20 * time.Minute)
		turn := w.turn(byte(n), core.TurnSecond, StepTOTP, "code", "000000")
		turn.Account.SignInEpoch += uint64(n / 20)
		reply, err := w.do(turn, true)
		if err != nil {
			t.Fatal(err)
		}
		if problem(reply) == "totp_wrong" {
			guesses++
		}
	}
	if guesses > 100 {
		t.Errorf("%d guesses", guesses)
	}
	turn := w.turn(9, core.TurnSecond, StepTOTP, "code", codeAt(seed, stepOf(w.at)))
	turn.Account.SignInEpoch += 77
	turn.KnownFor = []core.ID{w.account}
	if reply, err := w.do(turn, true); err != nil || problem(reply) != "" {
		t.Errorf("the owner: %q, %v", problem(reply), err)
	}
}

func TestThreat_TTP05_ActiveOnlyOnceConfirmed(t *testing.T) {
	w := newWorld(t)
	reply, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if err != nil {
		t.Fatal(err)
	}
	first := reply.(core.Show).Page
	reply, err = w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if err != nil || reply.(core.Show).Page.QR != first.QR {
		t.Errorf("looking again drew another key, %v", err)
	}
	n, _, _ := pending(w.turn(1, core.TurnEnrol, StepNew))
	wrong := codeAt(n.Seed, stepOf(w.at)+7)
	for _, c := range []struct{ code, want string }{{"", "code_empty"}, {"12", "code_format"}, {wrong, "totp_wrong"}} {
		if reply, err := w.do(w.turn(1, core.TurnEnrol, StepNew, "code", c.code), true); err != nil || problem(reply) != c.want {
			t.Errorf("%q: %q, %v", c.code, problem(reply), err)
		}
	}
	if New().Usable(core.Account{}, credentials(t, w)) {
		t.Error("it is in use although nothing was confirmed")
	}
	w.enrol()
	if !New().Usable(core.Account{}, credentials(t, w)) {
		t.Error("it is not in use although a code was right")
	}
	if len(w.letters) != 1 || w.letters[0].Name != "changed" || w.letters[0].Thing != Method || !slices.Contains(w.events, "totp_added") {
		t.Errorf("told %+v, wrote %v", w.letters, w.events)
	}
	again, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if page := again.(core.Show).Page; err != nil || page.QR == first.QR || page.Args["replaces"] != true {
		t.Errorf("the key is shown again: %+v", page)
	}
}

func credentials(t *testing.T, w *world) []core.Credential {
	t.Helper()
	all, err := w.store.Credentials(t.Context(), w.account)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestANewGeneratorReplacesTheOldOne(t *testing.T) {
	w := newWorld(t)
	old := w.enrol()
	w.at = w.at.Add(time.Hour)
	fresh := w.enrol()
	if got := w.show(2, codeAt(old, stepOf(w.at))); got != "totp_wrong" {
		t.Errorf("the old one: %q", got)
	}
	if got := w.show(2, codeAt(fresh, stepOf(w.at))); got != "" {
		t.Errorf("the new one: %q", got)
	}
}

// What is stored is sealed for its account: in another's row it opens nothing.
func TestMF01_TheSeedIsSealedForItsAccount(t *testing.T) {
	w := newWorld(t)
	seed := w.enrol()
	turn := w.turn(2, core.TurnSecond, StepTOTP)
	c, err := load(t.Context(), turn)
	if err != nil || bytes.Contains(c.Secret, seed) || strings.Contains(string(c.Secret), key(seed)) {
		t.Fatalf("%s, %v", c.Secret, err)
	}
	c.Account = core.ID{9}
	if _, _, err := open(turn, c); err == nil {
		t.Error("it opened for another account")
	}
	c.Secret = []byte("{")
	if _, _, err := open(turn, c); err == nil {
		t.Error("nonsense opened")
	}
}

func TestTheQRCodeSaysWhatAppsRead(t *testing.T) {
	seed := bytes.Repeat([]byte{0xa5}, seedBytes)
	u, err := url.Parse(uri(seed, "Harbour: Id", "mara+home@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	back, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
	if err != nil || !bytes.Equal(back, seed) {
		t.Errorf("the secret %q: %v", q.Get("secret"), err)
	}
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Harbour  Id:mara+home@example.com" ||
		q.Get("issuer") != "Harbour  Id" || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("%s", u)
	}
	if strings.Contains(u.RawQuery, "+") {
		t.Error("apps read + as itself")
	}
}

func TestThreat_TTP09_StepsOfOtherPurposesAreNotThere(t *testing.T) {
	w := newWorld(t)
	nobody := w.turn(2, core.TurnSecond, StepTOTP)
	nobody.Account = core.Account{}
	for _, turn := range []core.Turn{
		nobody, w.turn(2, core.TurnSignIn, StepTOTP), w.turn(2, core.TurnSecond, StepNew), w.turn(2, core.TurnEnrol, StepTOTP), w.turn(2, core.TurnSecond, "password"),
	} {
		if _, err := New().Continue(t.Context(), turn); !errors.Is(err, core.PageNotFound) {
			t.Errorf("%s %s: %v", turn.Purpose, turn.Step, err)
		}
	}
	if _, err := New().Continue(t.Context(), w.turn(2, core.TurnSecond, StepTOTP, "code", "123456")); !errors.Is(err, core.PageNotAllowed) {
		t.Errorf("without a generator: %v", err)
	}
}
