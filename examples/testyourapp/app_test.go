package testyourapp

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// start runs the application beside a provider that knows it.
func start(t *testing.T) (*providertest.Provider, string) {
	t.Helper()
	var app *App
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { app.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)

	p := providertest.New(t)
	client := p.Client(clientreg.Seed{RedirectURIs: []string{server.URL + "/callback"}})
	var err error
	if app, err = New(t.Context(), p.Issuer(), client.ID, client.Secret, server.URL); err != nil {
		t.Fatal(err)
	}
	return p, server.URL
}

func TestSignIn(t *testing.T) {
	p, app := start(t)
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	landed := ada.Browser().SignIn(app + "/login") // pages, consent, and back
	if landed.Body != "Hello ada@example.com" {
		t.Errorf("%s says %q", landed.URL, landed.Body)
	}
}

func TestDenied(t *testing.T) {
	p, app := start(t)
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	if landed := ada.Browser().Deny(app + "/login"); landed.Status != http.StatusForbidden {
		t.Errorf("%s answers %d", landed.URL, landed.Status)
	}
}
