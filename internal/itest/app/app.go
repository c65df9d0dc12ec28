// Package app is a relying party made of the libraries that people use for it,
// coreos/go-oidc and x/oauth2, for tests that need one on the other side.
package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// App is a running relying party. Browsers start at its URL.
type App struct {
	URL string

	t        testing.TB
	issuer   string
	now      func() time.Time
	mu       sync.Mutex
	oauth    oauth2.Config
	provider *oidc.Provider
	started  map[string]attempt
	sessions map[string]*Session
}

type attempt struct{ nonce, verifier string }

// Session is somebody who is signed in at the app.
type Session struct {
	Tokens  *oauth2.Token
	ID      string // the ID token as it came
	Claims  map[string]any
	Info    map[string]any
	Renewed int
}

// Start starts the app on a loopback port; it is not registered yet.
func Start(t testing.TB) *App {
	t.Helper()
	a := &App{t: t, started: map[string]attempt{}, sessions: map[string]*Session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("/callback", a.callback) // POST for form_post
	mux.HandleFunc("POST /refresh", a.refresh)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Use says at which provider the app is registered, and how; now is the clock
// that ID tokens are judged by.
func (a *App) Use(issuer, id, secret string, now func() time.Time) {
	a.t.Helper()
	provider, err := oidc.NewProvider(a.t.Context(), issuer)
	if err != nil {
		a.t.Fatalf("discovery: %v", err)
	}
	a.issuer, a.provider, a.now = issuer, provider, now
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if secret == "" {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	a.oauth = oauth2.Config{
		ClientID: id, ClientSecret: secret, Endpoint: endpoint, RedirectURL: a.URL + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
}

// Sessions lists who is signed in.
func (a *App) Sessions() []*Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []*Session
	for _, s := range a.sessions {
		all = append(all, s)
	}
	return all
}

var home = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>Notes</title><link rel="icon" href="data:,"><body id="app-{{if .}}in{{else}}out{{end}}">
{{if .}}<h1 id="who">{{.Info.email}}</h1><p id="sub">{{.Claims.sub}}</p><p id="renewed">{{.Renewed}}</p>
<form id="renew" method="post" action="/refresh"><button id="refresh">Refresh</button></form>
<form id="leave" method="post" action="/logout"><button id="logout">Sign out</button></form>
{{else}}<h1>Notes</h1><p><a id="login" href="/login">Sign in</a></p>{{end}}</body></html>`))

func (a *App) home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = home.Execute(w, a.session(r)) // the reader may have left
}

func (a *App) login(w http.ResponseWriter, r *http.Request) {
	state, try := rand.Text(), attempt{rand.Text(), oauth2.GenerateVerifier()}
	a.mu.Lock()
	a.started[state] = try
	a.mu.Unlock()
	options := []oauth2.AuthCodeOption{oidc.Nonce(try.nonce), oauth2.S256ChallengeOption(try.verifier)}
	for name, values := range r.URL.Query() { // a test may add prompt, login_hint …
		options = append(options, oauth2.SetAuthURLParam(name, values[0]))
	}
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, options...), http.StatusSeeOther)
}

func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, err.Error())
		return
	}
	q := r.Form
	a.mu.Lock()
	try, known := a.started[q.Get("state")]
	delete(a.started, q.Get("state"))
	a.mu.Unlock()
	if !known || q.Get("iss") != a.issuer {
		fail(w, "not started here")
		return
	}
	if q.Get("error") != "" {
		fail(w, q.Get("error"))
		return
	}
	s, err := a.redeem(r.Context(), q.Get("code"), try)
	if err != nil {
		fail(w, err.Error())
		return
	}
	key := rand.Text()
	a.mu.Lock()
	a.sessions[key] = s
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "app", Value: key, Path: "/", HttpOnly: true})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *App) redeem(ctx context.Context, code string, try attempt) (*Session, error) {
	tokens, err := a.oauth.Exchange(ctx, code, oauth2.VerifierOption(try.verifier))
	if err != nil {
		return nil, err
	}
	s := &Session{Tokens: tokens}
	s.ID, _ = tokens.Extra("id_token").(string)
	id, err := a.Verify(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	if id.Nonce != try.nonce {
		return nil, errors.New("the nonce is another's")
	}
	if err := id.VerifyAccessToken(tokens.AccessToken); err != nil && id.AccessTokenHash != "" {
		return nil, err
	}
	if err := id.Claims(&s.Claims); err != nil {
		return nil, err
	}
	info, err := a.provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, fmt.Errorf("userinfo: %w", err)
	}
	return s, info.Claims(&s.Info)
}

// Verify checks an ID token as the library does, by the app's clock.
func (a *App) Verify(ctx context.Context, raw string) (*oidc.IDToken, error) {
	return a.provider.Verifier(&oidc.Config{ClientID: a.oauth.ClientID, Now: a.now}).Verify(ctx, raw)
}

// Refresh trades the session's refresh token for new tokens.
func (a *App) Refresh(ctx context.Context, s *Session) error {
	old := *s.Tokens
	old.Expiry = time.Unix(1, 0)
	tokens, err := a.oauth.TokenSource(ctx, &old).Token()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Tokens, s.Renewed = tokens, s.Renewed+1
	return nil
}

func (a *App) refresh(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	if s == nil {
		fail(w, "nobody is signed in")
		return
	}
	if err := a.Refresh(r.Context(), s); err != nil {
		fail(w, err.Error())
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *App) logout(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	http.SetCookie(w, &http.Cookie{Name: "app", Path: "/", MaxAge: -1})
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := a.provider.Claims(&metadata); err != nil {
		fail(w, err.Error())
		return
	}
	http.Redirect(w, r, metadata.EndSession+"?"+url.Values{
		"id_token_hint": {s.ID}, "post_logout_redirect_uri": {a.URL + "/"}, "client_id": {a.oauth.ClientID},
	}.Encode(), http.StatusSeeOther)
}

func (a *App) session(r *http.Request) *Session {
	c, err := r.Cookie("app")
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[c.Value]
}

func fail(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	text, err := json.Marshal(why)
	if err != nil {
		text = []byte("unknown")
	}
	fmt.Fprintf(w, `<!doctype html><title>Failed</title><link rel="icon" href="data:,"><body id="app-failed"><p id="why">%s</p></body>`, template.HTMLEscapeString(string(text)))
}
