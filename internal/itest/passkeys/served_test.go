package passkeys

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// served is a provider at localhost with passkeys, and the address at which a client
// begins.
func served(t *testing.T, o passkey.Options, more ...providertest.Option) (*providertest.Provider, string) {
	t.Helper()
	passkeys, err := passkey.New(o)
	if err != nil {
		t.Fatal(err)
	}
	more = append([]providertest.Option{providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer = strings.Replace(c.Issuer, "127.0.0.1", "localhost", 1)
		c.Authenticators = append(c.Authenticators, passkeys)
	})}, more...)
	p := providertest.New(t, more...)
	c := p.Client(clientreg.Seed{RedirectURIs: []string{"https://app.example/callback"}})
	return p, c.Authorize().URL
}

// The document of related origins stands where browsers look: at the root of the
// host, whatever the issuer's path (WN-21).
func TestWN21_documentAtTheRoot(t *testing.T) {
	for path, also := range map[string]string{"": "", "/tenant": "/tenant"} {
		p, _ := served(t, passkey.Options{Origins: []string{"https://login.example.org"}}, providertest.WithPath(path))
		host := strings.TrimSuffix(p.Issuer(), path)
		for _, address := range []string{host, host + also} {
			answer, err := p.HTTP().Get(address + "/.well-known/webauthn")
			if err != nil {
				t.Fatal(err)
			}
			var document struct{ Origins []string }
			err = json.NewDecoder(answer.Body).Decode(&document)
			_ = answer.Body.Close()
			if err != nil || answer.Header.Get("Content-Type") != "application/json" || len(document.Origins) != 2 || document.Origins[0] != host {
				t.Errorf("%s: %d %v %v", address, answer.StatusCode, document, err)
			}
		}
	}
	p, _ := served(t, passkey.Options{})
	answer, err := p.HTTP().Get(p.Issuer() + "/.well-known/webauthn")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("not configured, and %d", answer.StatusCode)
	}
}

// The step of a passkey as JSON is what the script of the first page asks for. The
// same goes to whoever typed what (WN-18, WN-20).
func TestWN18_stepAsJSON(t *testing.T) {
	p, start := served(t, passkey.Options{})
	b := p.Person(ada, words).Browser()
	landed := b.Open(start)
	step := strings.Replace(landed.URL.String(), "/signin", "/passkey", 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, step, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	answer, err := b.HTTP().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Page      string
		Challenge struct {
			Challenge, RPID, UserVerification string
			AllowCredentials                  []any
		}
		Form core.Form
	}
	if err := json.Unmarshal(body, &page); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if page.Page != "passkey" || len(page.Challenge.Challenge) != 43 || page.Challenge.RPID != "localhost" || len(page.Challenge.AllowCredentials) != 0 ||
		page.Form.Action == "" || len(page.Form.Hidden) == 0 || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", body, answer.Header)
	}
}

// A provider that is closed to new accounts offers none, and makes none.
func TestNoSignUp(t *testing.T) {
	closed := providertest.WithConfig(func(c *keywright.Config) { c.NoSignUp = true })
	p, start := served(t, passkey.Options{SignUp: true}, closed)
	b := p.Stranger(ada, words).Browser()
	landed := b.Open(start)
	if landed.Page() != "signin" || landed.Says("Create an account") {
		t.Fatalf("%s", landed.Body)
	}
	if at := b.Open(strings.Replace(landed.URL.String(), "/signin", "/passkey-signup", 1)); at.Page() != "signin" {
		t.Errorf("led to %q", at.Page())
	}
}

// With nothing but passkeys, creating an account begins with one.
func TestPasskeysAlone(t *testing.T) {
	alone := providertest.WithConfig(func(c *keywright.Config) {
		c.Authenticators, c.InsecureUnverifiedEmail = c.Authenticators[1:], true
	})
	p, start := served(t, passkey.Options{SignUp: true}, alone)
	b := p.Stranger(ada, words).Browser()
	if landed := b.Open(start); landed.Page() != "signin" {
		t.Fatalf("%s", landed.Body)
	}
	if landed := b.Follow("signup"); landed.Page() != "passkey_signup" {
		t.Fatalf("%q", landed.Page())
	}
	landed := b.Submit("signup-form", map[string]string{"name": "Ada", "email": ada})
	if landed.Page() != "passkey_new" || !strings.Contains(landed.Body, ada) {
		t.Errorf("%q", landed.Page())
	}
	if landed := b.Submit("change", nil, "back=1"); landed.Page() != "passkey_signup" || landed.Field("signup-form", "email") != ada {
		t.Errorf("%q", landed.Page())
	}
	if landed := b.Open(start + "&prompt=create"); landed.Page() != "passkey_signup" {
		t.Errorf("prompt=create: %q", landed.Page())
	}
}
