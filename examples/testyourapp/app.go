// Package testyourapp is an application with a sign-in, and its test against a
// whole provider: see app_test.go.
package testyourapp

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// App greets who has signed in.
type App struct {
	oauth    oauth2.Config
	provider *oidc.Provider
}

// New finds the provider and serves below address.
func New(ctx context.Context, issuer, id, secret, address string) (*App, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	return &App{
		oauth: oauth2.Config{
			ClientID: id, ClientSecret: secret, Endpoint: provider.Endpoint(),
			RedirectURL: address + "/callback", Scopes: []string{oidc.ScopeOpenID, "email"},
		},
		provider: provider,
	}, nil
}

// ServeHTTP answers /login and /callback.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/callback" {
		a.callback(w, r)
		return
	}
	state, verifier := rand.Text(), oauth2.GenerateVerifier()
	http.SetCookie(w, &http.Cookie{Name: "state", Value: state, HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "verifier", Value: verifier, HttpOnly: true})
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
}

func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	state, missing := r.Cookie("state")
	verifier, gone := r.Cookie("verifier")
	if missing != nil || gone != nil || state.Value != r.FormValue("state") {
		http.Error(w, "start again", http.StatusBadRequest)
		return
	}
	if refused := r.FormValue("error"); refused != "" {
		http.Error(w, "not signed in: "+refused, http.StatusForbidden)
		return
	}
	tokens, err := a.oauth.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(verifier.Value))
	if err != nil {
		http.Error(w, "no tokens", http.StatusBadGateway)
		return
	}
	// The address is in userinfo: an ID token that comes with an access token
	// has no claims of scopes (OpenID Connect Core section 5.4).
	who, err := a.provider.UserInfo(r.Context(), oauth2.StaticTokenSource(tokens))
	if err != nil {
		http.Error(w, "no answer to who it is", http.StatusBadGateway)
		return
	}
	_, _ = w.Write([]byte("Hello " + who.Email))
}
