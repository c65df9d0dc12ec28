package attacks_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// TestThreat_CON03_CON10_ClaimsAskedByNameAreAskedOfThePerson: the claims
// parameter gives what the scopes do not, so it is shown and agreed to alike.
func TestThreat_CON03_CON10_ClaimsAskedByNameAreAskedOfThePerson(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{Scope: "openid profile email"})
	ada := p.Person("ada@example.com", secret)
	b := ada.Browser()
	info := func(q providertest.Request, landed providertest.Landing) string {
		t.Helper()
		return string(p.UserInfo(app.Redeem(q, landed).Access).Body)
	}
	plain := app.Authorize("openid")
	if got := info(plain, b.SignInAndRemember(plain.URL)); strings.Contains(got, "ada@") {
		t.Errorf("openid alone: %s", got)
	}
	more := url.Values{"claims": {`{"userinfo":{"email":{"essential":true}}}`}}
	silent := app.AuthorizeWith(url.Values{"claims": more["claims"], "prompt": {"none"}}, "openid")
	if landed := b.Open(silent.URL); landed.Answer("error") != "consent_required" {
		t.Errorf("what was never agreed to is given silently: %s", info(silent, landed))
	}
	asked := app.AuthorizeWith(more, "openid")
	if b.Open(asked.URL); b.Landed().Page() != "consent" || !b.Landed().Says("email") {
		t.Fatalf("the page does not say that the address is asked for: %s %d %v\n%s", b.Landed().Page(), b.Landed().Status, b.Landed().URL, b.Landed().Body)
	}
	landed := b.Submit("consent", map[string]string{"remember": "1"}, "decision=allow")
	if got := info(asked, landed); !strings.Contains(got, "ada@example.com") {
		t.Errorf("agreed, and not given: %s", got)
	}
	if landed := b.Open(silent.URL); landed.Answer("code") == "" {
		t.Errorf("agreed and remembered, and asked again: %v", landed.URL)
	}
}

// TestThreat_CON04_AnotherResourceIsAskedOfThePerson: even one that is asked
// without a scope, since a token for it says who is there.
func TestThreat_CON04_AnotherResourceIsAskedOfThePerson(t *testing.T) {
	const api = "https://api.example"
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: api, Name: "Ledger", Scopes: []string{"ledger"}}}
	}))
	app := p.Client(clientreg.Seed{Scope: "openid ledger", Resources: []string{api}})
	b := p.Person("ada@example.com", secret).Browser()
	if b.SignInAndRemember(app.Authorize("openid").URL).Answer("code") == "" {
		t.Fatal("no code")
	}
	silent := url.Values{"prompt": {"none"}, "resource": {api}}
	if landed := b.Open(app.AuthorizeWith(silent, "openid").URL); landed.Answer("error") != "consent_required" {
		t.Errorf("a resource that was never agreed to: %v", landed.URL)
	}
	if b.Open(app.AuthorizeWith(url.Values{"resource": {api}}, "openid").URL); b.Landed().Page() != "consent" || !b.Landed().Says("Ledger") {
		t.Fatalf("not asked: %v", b.Landed().URL)
	}
	b.Submit("consent", map[string]string{"remember": "1"}, "decision=allow")
	if landed := b.Open(app.AuthorizeWith(silent, "openid").URL); landed.Answer("code") == "" {
		t.Errorf("agreed and remembered, and asked again: %v", landed.URL)
	}
}

// TestThreat_CON03_RememberingLittleRemembersNoMore: what was agreed to for once
// stays for once, whatever is remembered later.
func TestThreat_CON03_RememberingLittleRemembersNoMore(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	b := p.Person("ada@example.com", secret).Browser()
	silently := func(scopes ...string) bool {
		p.Advance(time.Second)
		return b.Open(app.AuthorizeWith(url.Values{"prompt": {"none"}}, scopes...).URL).Answer("code") != ""
	}
	b.SignIn(app.Authorize("openid", "email").URL) // for once
	if silently("openid", "email") {
		t.Error("for once, and again")
	}
	b.SignInAndRemember(app.Authorize("openid").URL)
	if silently("openid", "email") {
		t.Error("the address is given as if that had been remembered")
	}
	b.SignInAndRemember(app.Authorize("openid", "email").URL)
	if !silently("openid", "email") || !silently("openid") {
		t.Error("not remembered")
	}
	b.SignInAndRemember(app.Authorize("openid", "profile").URL)
	if !silently("openid", "email", "profile") {
		t.Error("two things that are remembered are not remembered together")
	}
}
