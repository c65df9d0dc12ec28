package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const word = "seven slow trains to Turin"

// start gives a provider that lets devices ask, and somebody to ask.
func start(t *testing.T) (*providertest.Provider, *providertest.Browser) {
	t.Helper()
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.DeviceGrant = true }))
	p.Client(clientreg.Seed{
		ID: "cli", Name: "Command line", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/callback"},
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantDeviceCode}, Scope: "openid profile email",
	})
	return p, p.Person("ada@example.com", word).Browser()
}

// addressIn is the address in "Open … and type …".
func addressIn(said string) string { return strings.Fields(said)[1] }

func TestInBrowser(t *testing.T) {
	p, b := start(t)
	app := App{Issuer: p.Issuer(), ClientID: "cli", HTTP: p.HTTP()}
	signedIn := make(chan string, 1)
	app.Say = func(said string) { go func() { signedIn <- b.SignIn(addressIn(said)).Body }() }
	who, err := app.InBrowser(t.Context())
	if err != nil || who.Email != "ada@example.com" {
		t.Fatalf("%+v %v", who, err)
	}
	if body := <-signedIn; !strings.HasPrefix(body, "Done.") {
		t.Errorf("the browser shows %q", body)
	}
}

func TestByDevice(t *testing.T) {
	for _, c := range []struct {
		name, ends string
		answer     func(*providertest.Browser)
	}{
		{"allowed", "", func(b *providertest.Browser) { b.Continue() }},
		{"denied", "access_denied", func(b *providertest.Browser) {
			b.Submit("signin", map[string]string{"identifier": "ada@example.com"})
			b.Submit("password-form", map[string]string{"password": word})
			b.Submit("confirm", nil, "decision=deny")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, b := start(t)
			app := App{Issuer: p.Issuer(), ClientID: "cli", HTTP: p.HTTP()}
			app.HTTP.Transport = eager{app.HTTP.Transport}
			app.Say = func(said string) {
				words := strings.Fields(said)
				b.Open(words[1])
				b.Submit("device", map[string]string{"user_code": words[len(words)-1]})
				c.answer(b)
			}
			who, err := app.ByDevice(t.Context())
			if c.ends == "" && (err != nil || who.Email != "ada@example.com") || c.ends != "" && (err == nil || !strings.Contains(err.Error(), c.ends)) {
				t.Errorf("%+v %v", who, err)
			}
		})
	}
}

func TestEndsWhenInterrupted(t *testing.T) {
	p, _ := start(t)
	ctx, stop := context.WithCancel(t.Context())
	app := App{Issuer: p.Issuer(), ClientID: "cli", HTTP: p.HTTP(), Say: func(string) { stop() }}
	if _, err := app.ByDevice(ctx); err == nil {
		t.Error("the device grant goes on")
	}
}

// eager has the library poll after one second instead of five: the person in
// these tests answers at once.
type eager struct{ http.RoundTripper }

func (e eager) RoundTrip(r *http.Request) (*http.Response, error) {
	next := e.RoundTripper
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/device_authorization") {
		return answer, err
	}
	var said map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return nil, err
	}
	said["interval"] = 1
	changed, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	answer.Body, answer.ContentLength = io.NopCloser(strings.NewReader(string(changed))), int64(len(changed))
	return answer, nil
}
