package providertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// MyApp is an application of yours: it sends people to the provider and greets
// whoever comes back.
type MyApp struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	pkce     string
}

func (a *MyApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/login" {
		a.pkce = oauth2.GenerateVerifier() // one visitor at a time will do here
		http.Redirect(w, r, a.oauth.AuthCodeURL("state", oauth2.S256ChallengeOption(a.pkce)), http.StatusSeeOther)
		return
	}
	tokens, err := a.oauth.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(a.pkce))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := a.verifier.Verify(r.Context(), raw)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintf(w, "Hello %s", id.Subject)
}

// signInAtMyApp tests the application above with the provider beside it.
func signInAtMyApp(t *testing.T) {
	app := &MyApp{}
	server := httptest.NewServer(app)
	defer server.Close()

	idp := providertest.New(t)
	client := idp.Client(clientreg.Seed{ID: "my-app", Name: "My app", RedirectURIs: []string{server.URL + "/callback"}})
	found, err := oidc.NewProvider(t.Context(), idp.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	endpoint := found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	app.verifier = found.Verifier(&oidc.Config{ClientID: client.ID, Now: idp.Now})
	app.oauth = oauth2.Config{
		ClientID: client.ID, ClientSecret: client.Secret, RedirectURL: client.RedirectURI,
		Endpoint: endpoint, Scopes: []string{oidc.ScopeOpenID},
	}

	// A person fills in the pages, agrees, and is back at the application.
	ada := idp.Person("ada@example.com", "three quiet otters at noon")
	account := ada.Account()
	landed := ada.Browser().SignIn(server.URL + "/login")
	if landed.Body != "Hello "+account.Subject() {
		t.Errorf("the application says %q at %v", landed.Body, landed.URL)
	}

	// Somebody who does not agree comes back with an error instead.
	if landed := ada.Browser().Deny(server.URL + "/login"); landed.Status != http.StatusBadGateway {
		t.Errorf("denied, but the application says %q", landed.Body)
	}
}

func Example() {
	// In a test of yours: func TestSignIn(t *testing.T) { signInAtMyApp(t) }
	_ = signInAtMyApp
}
