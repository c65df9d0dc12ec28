package account

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// In a browser a person connects an app, sees it, ends it, and the app's refresh
// fails; it has to ask again (CN-09, CON08).
func TestCN09_BrowserConnectsSeesAndDisconnects(t *testing.T) {
	d := sit(t)
	d.Goto(d.app.URL + "/login")
	d.withPassword()
	d.allow()
	sessions := d.app.Sessions()
	if len(sessions) != 1 {
		t.Fatalf("%d sessions at the app", len(sessions))
	}
	if err := d.app.Refresh(t.Context(), sessions[0]); err != nil {
		t.Fatalf("before: %v", err)
	}
	d.Advance(50 * time.Hour) // long past any recent sign-in: none is asked for

	d.Goto(d.Issuer() + "/account")
	d.WaitFor("#page-account #apps")
	d.at("account", "apps-account")
	d.Click("#apps")
	d.at("apps", "apps")
	for _, words := range []string{"Notes", "Last used 2 days ago.", "Can act while you are away"} {
		if text := d.Text("#apps-form"); !strings.Contains(text, words) {
			t.Errorf("%q is not in %q", words, text)
		}
	}
	d.Click("#apps-form .below details:last-of-type summary")
	d.press("end-grant:")
	d.at("account_act", "apps-end-grant")
	d.Click("#keep")
	d.WaitFor("#page-apps h1")
	if err := d.app.Refresh(t.Context(), sessions[0]); err != nil {
		t.Fatalf("kept: %v", err)
	}
	d.press("disconnect:")
	d.at("account_act", "apps-disconnect")
	d.Click("#do")
	d.at("apps", "apps-disconnected")
	d.WaitFor("#none")
	if err := d.app.Refresh(t.Context(), sessions[0]); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("the app refreshes: %v", err)
	}
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-consent #allow")
}

// A program with a long-lived token says so when it asks, whatever scopes it asks
// for; people who agreed before it was given that policy are asked again.
func TestTokenPolicy_ConsentSaysUntilDisconnected(t *testing.T) {
	const lasts = "Until you disconnect it in your account."
	w := newWorld(t)
	seed := clientreg.Seed{ID: "cli", Name: "Harbour CLI", Scope: "openid profile", GrantTypes: []string{core.GrantAuthorizationCode}}
	cli := w.Client(seed)
	b := w.ada.Browser()
	b.SignInAndRemember(cli.Authorize().URL)
	if got := b.Open(cli.Authorize().URL); got.Answer("code") == "" {
		t.Fatalf("not remembered: %s", got.Page())
	}
	seed.TokenPolicy = "long_lived"
	cli = w.Client(seed)
	w.Advance(core.MaxClientStale)
	r := cli.Authorize()
	got := b.Open(r.URL)
	if w.want(got, "consent"); !got.Says(lasts) {
		t.Error("the page does not say how long it lasts")
	}
	tokens := cli.Redeem(r, b.SignIn(r.URL))
	if tokens.Refresh != "" || w.UserInfo(tokens.Access).Status != http.StatusOK {
		t.Fatalf("tokens %+v", tokens)
	}
	w.Advance(20 * 24 * time.Hour)
	list := b.Open(w.Issuer() + "/account/apps")
	if list.Page() != "apps" {
		list = b.SignIn(w.Issuer() + "/account/apps")
	}
	w.want(list, "apps")
	if !list.Says("Can act while you are away, until you disconnect it.") || w.UserInfo(tokens.Access).Status != http.StatusOK {
		t.Errorf("after 20 days: %s", list.Body)
	}
	b.Submit("apps-form", nil, list.Button("apps-form", "Disconnect"))
	w.want(b.Submit("act", nil), "apps")
	if w.UserInfo(tokens.Access).Status != http.StatusUnauthorized {
		t.Error("the token works after disconnecting")
	}
	again := b.Open(cli.AuthorizeWith(url.Values{"prompt": {"none"}}).URL)
	if again.Answer("error") != "consent_required" {
		t.Errorf("in silence: %s %q", again.Page(), again.Answer("error"))
	}
}

// nobody gets mail.
type nobody struct{}

func (nobody) Send(context.Context, string, core.Mail) error { return nil }

// A provider does not start where a long-lived token would be one that nobody can
// end, and says what to change.
func TestTokenPolicy_AJWTIsRefusedAtTheStart(t *testing.T) {
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = keywright.New(t.Context(), keywright.Config{
		Issuer: "http://localhost:9000", Database: memory.New(), Secrets: []keywright.Secret{keywright.Secret(strings.Repeat("s", 32))},
		Authenticators: []core.Authenticator{passwords}, Logger: slog.New(slog.DiscardHandler), Pages: pages, Mailer: nobody{},
		Resources: []core.Resource{{URI: "https://api.example", Scopes: []string{"read"}, Format: core.JWT}},
		Clients: []core.ClientLane{clientreg.Seeded(clientreg.Seed{
			ID: "cli", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/cb"}, Scope: "read", Resources: []string{"https://api.example"}, TokenPolicy: "long_lived",
		})},
	})
	if err == nil || !strings.Contains(err.Error(), `client "cli": token_policy is long_lived, but access tokens for "https://api.example" are JWTs`) {
		t.Errorf("started: %v", err)
	}
}
