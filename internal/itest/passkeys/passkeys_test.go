package passkeys

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/browser"
)

// Nothing but a passkey: the account is made, its address proven, the application
// reached. Then the first page suggests the passkey, and nothing is typed.
func TestWN17_WN19_signsUpAndIsSuggested(t *testing.T) {
	d := sit(t)
	d.signUp()
	if got := d.amr(); got != "hwk user mfa" {
		t.Errorf("amr %q", got)
	}
	held := d.key.Passkeys()
	if len(held) != 1 || !held[0].IsResidentCredential || held[0].RpID != "localhost" || len(held[0].UserHandle) != 64 || held[0].UserName != grace {
		t.Fatalf("%d passkeys: %+v", len(held), held)
	}
	d.forget()
	d.Goto(d.app.URL + "/login") // conditional: the authenticator answers as soon as it is asked
	d.allow()
	if got := d.Text("#who"); got != grace {
		t.Errorf("the application shows %q", got)
	}
}

// The button of the first page, and the page of its own without its script.
func TestWN18_signsInByTheButton(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.key.Present(false)
	d.forget()
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-signin button[value=passkey]")
	d.picture("signin")
	d.key.Present(true)
	d.Click("button[value=passkey]")
	d.allow()
	if got := d.amr(); got != "hwk user mfa" {
		t.Errorf("amr %q", got)
	}
}

// Again, because the application asks for it: the account is known, its passkeys are
// listed, and the page of the password, which comes first here, leads to them.
func TestWN13_signsInAgain(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.Goto(d.app.URL + "/login?prompt=login")
	d.WaitFor("#page-password #way-passkey, #page-passkey #continue")
	if strings.HasSuffix(d.Address(), "/password") {
		d.Click("#way-passkey")
	}
	d.WaitFor("#page-passkey #continue")
	d.picture("passkey")
	var options struct {
		Allow []struct{ ID string } `json:"allowCredentials"`
	}
	if err := json.Unmarshal([]byte(options_(d)), &options); err != nil || len(options.Allow) != 1 {
		t.Errorf("%+v, %v", options, err)
	}
	d.Click("#continue")
	d.allow()
}

// options_ are what the page on show hands to the browser.
func options_(d desk) string {
	return browser.Evaluate[string](d.Tab, `document.getElementById("passkey-form").dataset.options`)
}

// A person with a password sets up a passkey; a second one on the same device is
// refused by the browser itself, in words.
func TestWN24_enrols(t *testing.T) {
	d := sit(t)
	d.Person(ada, words)
	d.enrol(func() { d.withPassword(ada) })
	d.picture("finished")
	d.WaitUntil("the owner is told", func() bool { return len(d.Letters(ada)) == 1 })
	if got := d.Letters(ada)[0].Subject; got != "A passkey was added to your account" {
		t.Errorf("a letter %q", got)
	}
	d.Goto(d.Issuer() + "/account/password")
	d.WaitFor("#page-passkey #continue") // by policy: who has one has to show it
	d.Click("#continue")
	d.WaitFor("#page-passkey_new #continue")
	d.Click("#continue")
	d.WaitUntil("the browser refuses", func() bool { return strings.Contains(d.Text("#passkey-say"), "already has a passkey") })

	d.forget()
	d.Goto(d.app.URL + "/login")
	d.allow()
	if got := d.Text("#who"); got != ada {
		t.Errorf("the application shows %q", got)
	}
}

// enrol sets up a passkey for whoever signs in.
func (d desk) enrol(signIn func()) {
	d.t.Helper()
	d.enrols.Store(true)
	d.Goto(d.Issuer() + "/account/password")
	signIn()
	d.WaitFor("#page-passkey_new #label")
	d.Fill("#label", "Ada’s laptop")
	d.Click("#continue")
	d.WaitFor("#page-finished")
}

// A session that was opened by a password alone is asked for the passkey by an
// application that wants what no false page can use; in a new sign-in one that wants
// two factors gets both. Beside a password, presence is enough.
func TestMF05_secondFactorAndStepUp(t *testing.T) {
	d := sit(t)
	d.Person(ada, words)
	d.Goto(d.app.URL + "/login")
	d.withPassword(ada)
	d.allow()
	if got := d.amr(); got != "pwd" {
		t.Errorf("amr %q", got)
	}
	d.enrol(func() {})
	d.Advance(time.Second) // the newest session of the application is told by its time
	d.Goto(d.app.URL + "/login?acr_values=phr")
	d.WaitFor("#page-passkey #continue")
	d.picture("passkey-second")
	d.Click("#continue")
	d.allow()
	for _, ref := range []string{"pwd", "hwk", "user", "mfa"} {
		if !strings.Contains(d.amr(), ref) {
			t.Errorf("amr %q is without %s", d.amr(), ref)
		}
	}

	d.forget()
	d.key.Present(false)
	d.Advance(time.Second)
	d.Goto(d.app.URL + "/login?acr_values=urn:keywright:acr:2fa")
	d.withPassword(ada)
	d.WaitFor("#page-passkey #continue")
	d.key.HidesVerification(true)
	d.key.Present(true)
	d.Click("#continue")
	d.allow()
}

// An authenticator that does not verify its person, and one that lies about it
// (WAN03): the first is stopped by the browser, the second by us.
func TestWN06_WAN03_missingUserVerification(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.key.Present(false)
	d.forget()
	step := d.passkeyStep()
	d.key.Verifies(false)
	d.key.Present(true)
	d.Click("#continue")
	d.WaitUntil("the browser says so", func() bool { return d.Text("#passkey-say") != "" })
	d.picture("passkey-unverified")

	d.key.Verifies(true)
	d.key.HidesVerification(true)
	d.Goto(step)
	d.WaitFor("#page-passkey #continue")
	d.Click("#continue")
	d.WaitFor("#page-passkey .notice.bad")
	d.picture("passkey-refused")
	if got := d.Text(".notice.bad"); !strings.Contains(got, "could not use a passkey") {
		t.Errorf("says %q", got)
	}
	d.key.HidesVerification(false)
	d.Click("#continue")
	d.allow()
}

// passkeyStep opens the page that asks for a passkey and nothing else.
func (d desk) passkeyStep() string {
	d.t.Helper()
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-signin form[data-autofill]")
	step := d.Issuer()[:strings.Index(d.Issuer(), "//")+2] + strings.SplitN(d.Issuer(), "//", 2)[1] +
		browser.Evaluate[string](d.Tab, `document.querySelector("form[data-autofill]").dataset.autofill`)
	d.Goto(step)
	d.WaitFor("#page-passkey #continue")
	return step
}

// A copy of the key whose counter fell behind is refused, and its owner is told.
func TestWN15_WAN06_clonedCounter(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.forget()
	copied := d.key.Passkeys()[0]
	d.Goto(d.app.URL + "/login") // the counter rises
	d.allow()
	d.forget()
	d.key.Present(false)
	d.passkeyStep()
	d.key.Put(copied)
	d.key.Present(true)
	d.Click("#continue")
	d.WaitFor("#page-passkey .notice.bad")
	d.picture("passkey-clone")
	if got := d.Text(".notice.bad"); !strings.Contains(got, "may have been copied") {
		t.Errorf("says %q", got)
	}
	d.WaitUntil("the owner is told", func() bool {
		for _, l := range d.Letters(grace) {
			if l.Subject == "A passkey of yours may have been copied" {
				return true
			}
		}
		return false
	})
}

// Another port of the same host may use the same passkeys as far as browsers care:
// what is signed there names that origin, and is refused here (WAN01).
func TestWN03_WAN01_wrongOrigin(t *testing.T) {
	d := sit(t)
	d.signUp()
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><title>Evil</title><link rel="icon" href="data:,"><p id="evil">Hello`)
	}))
	defer evil.Close()
	d.key.Present(false)
	d.forget()
	step := d.passkeyStep()
	options := options_(d)
	d.key.Present(true)
	d.Goto(strings.Replace(evil.URL, "127.0.0.1", "localhost", 1))
	d.WaitFor("#evil")
	answer := browser.Evaluate[string](d.Tab, `navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(`+options+`)}).then(c => JSON.stringify(c.toJSON()))`)
	if !strings.Contains(answer, "clientDataJSON") {
		t.Fatalf("the other origin got %q", answer)
	}
	d.Goto(step)
	d.WaitFor("#page-passkey #continue")
	quoted, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	browser.Evaluate[bool](d.Tab, `(form => { form.elements.credential.value = `+string(quoted)+`; setTimeout(() => HTMLFormElement.prototype.submit.call(form)); return true })(document.getElementById("passkey-form"))`)
	d.WaitFor("#page-passkey .notice.bad")
	d.Click("#continue")
	d.allow()
}

// A page that stays open takes a new challenge before the old one ends (WN-19).
func TestWN19_pageLeftOpen(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.key.Present(false)
	d.forget()
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-signin form[data-autofill]")
	asked := func() int64 {
		return browser.Evaluate[int64](d.Tab, `performance.getEntriesByType("resource").filter(e => e.name.endsWith("/passkey")).length`)
	}
	d.WaitUntil("the first challenge is there", func() bool { return asked() == 1 })
	d.Advance(4*time.Minute + time.Second)
	browser.Evaluate[bool](d.Tab, `(() => { const now = Date.now; Date.now = () => now() + 241000; document.dispatchEvent(new Event("visibilitychange")); return true })()`)
	d.WaitUntil("a new one is there", func() bool { return asked() == 2 })
	d.Advance(2 * time.Minute)
	// The request that waits may be answered as soon as the key is there, and the page
	// is gone then; where it is not, the person presses the button.
	browser.Evaluate[bool](d.Tab, `(setTimeout(() => document.querySelector("button[value=passkey]").click(), 500), true)`)
	d.key.Present(true)
	d.allow()
}

// Every page of passkeys fits a small screen, light and dark, and works without a
// script as far as there is another way.
func TestPagesFit(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.key.Present(false)
	for _, dark := range []bool{false, true} {
		d.Emulate(dark, 320, 640)
		d.forget()
		d.passkeyStep()
		if d.Overflow() > 0 {
			t.Error("the page is wider than the screen")
		}
		d.picture(fmt.Sprintf("passkey-320-dark-%v", dark))
	}
	d.NoScript()
	d.forget()
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-signin button[value=passkey]")
	d.Click("button[value=passkey]")
	d.WaitFor("#page-passkey noscript")
	d.picture("passkey-noscript")
	d.Click("#continue")
	d.WaitFor("#page-passkey .notice.bad")
	d.Click("#another")
	d.WaitFor("#page-signin")
}

// The same answer posted 64 times at once signs in once, and none of it looks like
// a copied key (WAN05).
func TestWAN05_oneAnswerManyTimes(t *testing.T) {
	d := sit(t)
	d.signUp()
	d.key.Present(false)
	d.forget()
	step := d.passkeyStep()
	d.key.Present(true)
	before := d.heard.count("session.signed_in")
	answered := browser.Evaluate[int](d.Tab, `(async form => {
		const c = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.options))});
		form.elements.credential.value = JSON.stringify(c.toJSON());
		const body = new URLSearchParams(new FormData(form));
		const all = await Promise.all(Array.from({length: 64}, () => fetch(form.action, {method: "POST", body, redirect: "manual"})));
		return all.length;
	})(document.getElementById("passkey-form"))`)
	if answered != 64 {
		t.Errorf("%d answers", answered)
	}
	d.Goto(step) // what is finished stays finished
	d.WaitFor("#page-finished")
	if n := d.heard.count("session.signed_in") - before; n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	if n := d.heard.reasons("passkey_clone"); n != 0 {
		t.Errorf("%d times taken for a copy", n)
	}
}
