package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	generator "github.com/pquerna/otp/totp"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/totp"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/core/resource"
)

// world is the API beside a provider that knows it.
type world struct {
	t   *testing.T
	p   *providertest.Provider
	app *providertest.Client
	api string
}

func start(t *testing.T) world {
	t.Helper()
	var api *API
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { api.Handler().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	notes := server.URL + "/notes"
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: notes, Name: "Notes", Scopes: []string{scopeRead, scopeWrite}, Format: core.JWT}}
		c.Authenticators = append(c.Authenticators, totp.New())
	}))
	app := p.Client(clientreg.Seed{ID: "app", Resources: []string{notes}, Scope: "openid " + scopeRead + " " + scopeWrite})
	var err error
	api, err = New(resource.Options{
		Resource: notes, Issuers: []resource.Issuer{{URL: p.Issuer()}}, Now: p.Now, InsecureAllowLoopback: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return world{t, p, app, notes}
}

// call asks the API, with a token or without one.
func (w world) call(method, token, body string) (status int, challenge, said string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.api, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Body.Close()
	text, _ := io.ReadAll(got.Body)
	return got.StatusCode, got.Header.Get("WWW-Authenticate"), strings.TrimSpace(string(text))
}

// ask is what a client puts into the authorization request.
func (w world) ask(more url.Values, scopes ...string) providertest.Request {
	query := url.Values{"resource": {w.api}}
	for name, values := range more {
		query[name] = values
	}
	return w.app.AuthorizeWith(query, scopes...)
}

func TestFrom401ToStepUp(t *testing.T) {
	w := start(t)
	ada := w.p.Person("ada@example.com", "seven slow trains to Turin")
	browser := ada.Browser()

	status, challenge, _ := w.call("GET", "", "")
	if status != http.StatusUnauthorized || !strings.Contains(challenge, "resource_metadata=") || !strings.Contains(challenge, `scope="notes:read"`) {
		t.Fatalf("without a token: %d %s", status, challenge)
	}
	request := w.ask(nil, "openid", scopeRead)
	reading := w.app.Redeem(request, browser.SignIn(request.URL)).Access
	if status, _, said := w.call("GET", reading, ""); status != http.StatusOK || said != "null" {
		t.Errorf("read: %d %s", status, said)
	}
	status, challenge, _ = w.call("POST", reading, `"buy milk"`)
	if status != http.StatusForbidden || !strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, scopeWrite+" ") {
		t.Fatalf("write: %d %s", status, challenge)
	}

	request = w.ask(nil, "openid", scopeRead, scopeWrite)
	writing := w.app.Redeem(request, browser.SignIn(request.URL)).Access
	if status, challenge, _ := w.call("POST", writing, `"buy milk"`); status != http.StatusCreated {
		t.Errorf("write: %d %s", status, challenge)
	}
	if _, _, said := w.call("GET", writing, ""); said != `["buy milk"]` {
		t.Errorf("read: %s", said)
	}
	status, challenge, _ = w.call("DELETE", writing, "")
	acr := regexp.MustCompile(`acr_values="([^"]+)"`).FindStringSubmatch(challenge)
	if status != http.StatusUnauthorized || !strings.Contains(challenge, `error="insufficient_user_authentication"`) || acr == nil {
		t.Fatalf("delete: %d %s", status, challenge)
	}

	// She sets up an app for codes, elsewhere; then the client asks for what the challenge names.
	code := w.setUpCodes(ada)
	w.p.Advance(time.Minute) // each code is good once
	request = w.ask(url.Values{"acr_values": {acr[1]}}, "openid", scopeRead, scopeWrite)
	if at := browser.Open(request.URL); at.Page() != totp.PageTOTP {
		t.Fatalf("at %q %d: %s", at.Page(), at.Status, at.Heading())
	}
	browser.Submit("totp-form", map[string]string{"code": code()})
	strong := w.app.Redeem(request, browser.Continue()).Access
	if status, challenge, _ := w.call("DELETE", strong, ""); status != http.StatusNoContent {
		t.Errorf("delete: %d %s", status, challenge)
	}
	if status, _, _ := w.call("PUT", strong, ""); status != http.StatusNotFound {
		t.Errorf("a method that is not offered: %d", status)
	}
}

// setUpCodes has the person set up an app for codes, at an application that lets nobody in without; it gives what the app shows.
func (w world) setUpCodes(who *providertest.Person) func() string {
	w.t.Helper()
	strict := w.p.Client(clientreg.Seed{RequireACR: []string{core.ACRTwoFactors}})
	b := who.Browser()
	at := b.SignIn(strict.Authorize("openid").URL)
	if at.Page() == core.PageEnrol {
		at = b.Follow("way-totp")
	}
	key := regexp.MustCompile(`[?&;]secret=([A-Z2-7]+)`).FindStringSubmatch(at.Body)
	if key == nil {
		w.t.Fatalf("at %q %d, which links to no app: %s", at.Page(), at.Status, at.Heading())
	}
	code := func() string {
		c, err := generator.GenerateCode(key[1], w.p.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	b.Submit("totp-new", map[string]string{"code": code()})
	return code
}
