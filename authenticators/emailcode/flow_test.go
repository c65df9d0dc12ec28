package emailcode_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	mara   = "mara@example.com"
	secret = "lantern orbit velvet cascade"
)

// flow is a provider that offers a letter beside the password, an application, and
// a person with an account at a browser.
type flow struct {
	*providertest.Provider
	t       *testing.T
	app     *providertest.Client
	person  *providertest.Person
	browser *providertest.Browser
}

func newFlow(t *testing.T, o emailcode.Options) *flow {
	t.Helper()
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Authenticators = append(c.Authenticators, emailcode.New(o))
	}))
	f := &flow{Provider: p, t: t, app: p.Client(clientreg.Seed{FirstParty: true}), person: p.Person(mara, secret)}
	f.browser = f.person.Browser()
	return f
}

// ask begins at the application and asks for a letter.
func (f *flow) ask(b *providertest.Browser, address string) providertest.Landing {
	f.t.Helper()
	b.Open(f.app.Authorize("openid").URL)
	b.Submit("ways", nil, "way="+emailcode.Method)
	at := b.Landed()
	if at.Page() == emailcode.PageAddress {
		at = b.Submit("emailcode", map[string]string{"email": address})
	}
	f.want(at, core.PageCode)
	return at
}

func (f *flow) want(at providertest.Landing, page string) {
	f.t.Helper()
	if at.Page() != page {
		f.t.Fatalf("at %q (%d), want %q: %s", at.Page(), at.Status, page, at.Heading())
	}
}

// wantIn says that the browser came back to the application with a code.
func (f *flow) wantIn(at providertest.Landing) {
	f.t.Helper()
	if at.Page() != "" || at.Answer("code") == "" {
		f.t.Fatalf("not signed in: at %q (%d) %s", at.Page(), at.Status, at.Heading())
	}
}

func TestMF03_TheTypedCodeSignsIn(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, "Mara@Example.com")
	f.wantIn(f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}))
}

func TestMF04_TheLinkSignsInByItsButton(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	f.want(f.browser.Open(f.LastLink(mara)), emailcode.PageLink)
	f.wantIn(f.browser.Submit("emailcode-link", nil))
}

func TestThreat_MAG01_MAG10_ScannersUseNothingUp(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	link := f.LastLink(mara)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		r, err := http.NewRequestWithContext(t.Context(), method, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Purpose", "prefetch")
		if answer := f.Do(r); answer.Status >= 500 || strings.Contains(strings.Join(answer.Header["Set-Cookie"], " "), "session") {
			t.Errorf("%s: %d, cookies %q", method, answer.Status, answer.Header["Set-Cookie"])
		}
	}
	f.want(f.browser.Open(link), emailcode.PageLink)
	f.wantIn(f.browser.Submit("emailcode-link", nil))
}

func TestThreat_MAG02_AnotherBrowserIsToldToTypeTheCode(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	other := f.person.Browser()
	at := other.Open(f.LastLink(mara))
	f.want(at, emailcode.PageLink)
	if !at.Says("Go back to where you began") || at.FormAction("emailcode-link") != "" {
		t.Errorf("the other browser is offered more: %s", at.Heading())
	}
	f.wantIn(f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}))

	// The other one may begin a sign-in of its own, for anybody.
	f.Person("zoe@example.com", secret)
	f.want(other.Follow("signin"), core.PageSignIn)
	f.want(other.Submit("ways", nil, "way="+emailcode.Method), emailcode.PageAddress)
	f.want(other.Submit("emailcode", map[string]string{"email": "zoe@example.com"}), core.PageCode)
	f.want(other.Submit("code-form", map[string]string{"code": f.LastCode("zoe@example.com")}), core.PageFinished)
}

func TestThreat_MAG02_WhereAllowedTheBrowserThatConfirmsIsSignedIn(t *testing.T) {
	f := newFlow(t, emailcode.Options{OtherBrowser: true})
	f.ask(f.browser, mara)
	link, other := f.LastLink(mara), f.person.Browser()
	f.want(other.Open(link), emailcode.PageLink)
	f.want(other.Submit("emailcode-link", nil), emailcode.PageLink) // without its own button
	f.want(other.Submit("emailcode-link", nil, "here=1"), core.PageFinished)
	f.want(other.Open(link), core.PageFault) // MAG04: used
	if at := f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}); at.Page() != core.PageCode {
		t.Errorf("the code of a letter whose link was used leads to %q", at.Page())
	}
}

func TestThreat_MAG04_OneLetterSignsInOnce(t *testing.T) {
	f := newFlow(t, emailcode.Options{OtherBrowser: true})
	f.ask(f.browser, mara)
	older := f.LastLink(mara)
	f.Advance(2 * time.Minute)
	f.ForgetMail()
	f.browser.Submit("again-form", nil, "again=1")
	newer := f.LastLink(mara)
	f.want(f.person.Browser().Open(older), core.PageFault) // replaced
	f.wantIn(f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}))
	f.want(f.person.Browser().Open(newer), core.PageFault) // the code was typed instead
}

func TestThreat_MAG04_LettersEnd(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	code, link := f.LastCode(mara), f.LastLink(mara)
	f.Advance(10 * time.Minute)
	f.want(f.browser.Submit("code-form", map[string]string{"code": code}), core.PageCode)
	f.want(f.browser.Open(link), core.PageFault)
}

func TestThreat_MAG03_ManyPostsOfOneLinkAreOneSignIn(t *testing.T) {
	f := newFlow(t, emailcode.Options{OtherBrowser: true})
	f.ask(f.browser, mara)
	link := f.LastLink(mara)
	var browsers []*providertest.Browser
	for range 8 {
		b := f.person.Browser()
		f.want(b.Open(link), emailcode.PageLink)
		browsers = append(browsers, b)
	}
	var all sync.WaitGroup
	in := make([]bool, len(browsers))
	for n, b := range browsers {
		all.Go(func() { in[n] = b.Submit("emailcode-link", nil, "here=1").Page() == core.PageFinished })
	}
	all.Wait()
	count := 0
	for _, ok := range in {
		if ok {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d browsers were signed in, want one", count)
	}
}

// A code of another interaction is no code here, and of five wrong ones the letter
// is dead.
func TestThreat_MAG09_ACodeIsGoodInItsInteractionForFiveTries(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	code := f.LastCode(mara)
	other := f.person.Browser()
	f.ForgetMail()
	f.ask(other, mara)
	right := f.LastCode(mara)
	if right == code {
		return // one in a million: this run shows nothing
	}
	for range 5 {
		f.want(other.Submit("code-form", map[string]string{"code": code}), core.PageCode)
	}
	if at := other.Submit("code-form", map[string]string{"code": right}); at.Page() != core.PageCode || at.Status != http.StatusTooManyRequests {
		t.Errorf("after five tries: %q %d", at.Page(), at.Status)
	}
	f.wantIn(f.browser.Submit("code-form", map[string]string{"code": code}))
}

func TestENU02_AnAddressWithoutAccountLooksTheSame(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	nobody := f.Stranger("nobody@example.com", secret)
	b := nobody.Browser()
	known, unknown := f.ask(f.browser, mara), f.ask(b, nobody.Email)
	if a, b := strings.ReplaceAll(known.Body, mara, "x"), strings.ReplaceAll(unknown.Body, nobody.Email, "x"); len(a) != len(b) {
		t.Errorf("the pages differ: %d and %d bytes", len(a), len(b))
	}
	f.want(b.Submit("code-form", map[string]string{"code": "000000"}), core.PageCode)
	last := f.Person("zoe@example.com", secret) // letters go out in order: hers says that theirs is there
	f.ask(last.Browser(), last.Email)
	f.LastCode(last.Email)
	if l := f.Letters(nobody.Email)[0]; l.Subject != "No account for this address" || strings.Contains(l.Text, "/email-link/") {
		t.Errorf("%q: %s", l.Subject, l.Text)
	}
}

func TestSignUp_AProvenAddressBecomesAnAccount(t *testing.T) {
	for _, by := range []string{"code", "link"} {
		f := newFlow(t, emailcode.Options{SignUp: true})
		nina := f.Stranger("Nina@example.com", secret)
		b := nina.Browser()
		f.ask(b, nina.Email)
		if by == "code" {
			f.wantIn(b.Submit("code-form", map[string]string{"code": f.LastCode(nina.Email)}))
		} else {
			b.Open(f.LastLink(nina.Email))
			f.wantIn(b.Submit("emailcode-link", nil))
		}
		account, err := f.Store().AccountByIdentifier(t.Context(), core.Identifier{Kind: core.IdentifierEmail, Value: "nina@example.com"})
		if err != nil || !account.EmailVerified || account.Email != nina.Email {
			t.Errorf("by %s: %+v, %v", by, account, err)
		}
	}
}

// Somebody made an account for an address that is not theirs and waits (LNK04).
func TestRP12_WhoProvesTheAddressGetsTheAccountWithoutWhatWasSetUpBefore(t *testing.T) {
	for _, by := range []string{"code", "link"} {
		f := newFlow(t, emailcode.Options{})
		thief := f.person.Browser()
		f.wantIn(thief.SignIn(f.app.Authorize("openid").URL))
		account := f.person.Account()
		account.EmailVerified = false
		account.Change = core.NewID(f.Now())
		if err := f.Store().UpdateAccount(t.Context(), core.AccountChange{Account: account}); err != nil {
			t.Fatal(err)
		}
		f.ask(f.browser, mara)
		if by == "code" {
			f.wantIn(f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}))
		} else {
			f.browser.Open(f.LastLink(mara))
			f.wantIn(f.browser.Submit("emailcode-link", nil))
		}
		now := f.person.Account()
		left, err := f.Store().Credentials(t.Context(), now.ID)
		if err != nil || len(left) > 0 || !now.EmailVerified || now.SignInEpoch == account.SignInEpoch || now.GrantsEpoch == account.GrantsEpoch {
			t.Errorf("by %s: %+v with %d credentials, %v", by, now, len(left), err)
		}
		f.want(thief.Open(f.app.Authorize("openid").URL), core.PageSignIn)
	}
}

func TestSTA01_ADisabledAccountIsNotSignedIn(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.ask(f.browser, mara)
	account := f.person.Account()
	account.Disabled, account.Change = true, core.NewID(f.Now())
	if err := f.Store().UpdateAccount(t.Context(), core.AccountChange{Account: account}); err != nil {
		t.Fatal(err)
	}
	if at := f.browser.Submit("code-form", map[string]string{"code": f.LastCode(mara)}); at.Status != http.StatusForbidden {
		t.Errorf("%q %d", at.Page(), at.Status)
	}
	f.browser.Open(f.LastLink(mara))
	if at := f.browser.Submit("emailcode-link", nil); at.Status != http.StatusForbidden {
		t.Errorf("by link: %q %d", at.Page(), at.Status)
	}
}

func TestThreat_MAG06_AFloodedAddressStillServesItsOwner(t *testing.T) {
	f := newFlow(t, emailcode.Options{})
	f.wantIn(f.browser.SignIn(f.app.Authorize("openid").URL)) // the owner's browser is known from here on
	refused := 0
	for range 7 {
		b := f.person.Browser()
		b.Open(f.app.Authorize("openid").URL)
		b.Submit("ways", nil, "way="+emailcode.Method)
		if b.Submit("emailcode", map[string]string{"email": mara}).Status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d of 7 strangers were refused, want 2", refused)
	}
	f.browser.Open(f.app.AuthorizeWith(map[string][]string{"prompt": {"select_account"}}, "openid").URL)
	f.browser.Follow("another")
	f.browser.Submit("ways", nil, "way="+emailcode.Method)
	f.want(f.browser.Submit("emailcode", map[string]string{"email": mara}), core.PageCode)
}
