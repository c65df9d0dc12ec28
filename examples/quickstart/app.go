package main

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

//go:embed pages/*.html pages/style.css
var files embed.FS

// app is a demo application: an ordinary relying party of the provider.
type app struct {
	issuer, origin string
	oauth          oauth2.Config
	pages          *template.Template

	mu       sync.Mutex
	provider *oidc.Provider      // found at first use, when it serves
	started  map[string]attempt  // by state
	sessions map[string]*session // by cookie
}

// attempt is a sign-in on its way.
type attempt struct{ nonce, verifier string }

// session is somebody signed in.
type session struct {
	tokens  *oauth2.Token
	idToken string
	Claims  map[string]any
	Info    map[string]any // userinfo
	Renewed int
}

const cookie = "fieldnotes"

func newApp(issuer, origin, id, secret string) http.Handler {
	a := &app{
		issuer: issuer, origin: origin, started: map[string]attempt{}, sessions: map[string]*session{},
		pages: template.Must(template.ParseFS(files, "pages/*.html")),
		oauth: oauth2.Config{
			ClientID: id, ClientSecret: secret, RedirectURL: origin + "/callback",
			Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /sign-in", a.signIn)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("POST /refresh", a.refresh)
	mux.HandleFunc("POST /sign-out", a.signOut)
	mux.Handle("GET /pages/style.css", http.FileServerFS(files))
	return http.NewCrossOriginProtection().Handler(mux)
}

// discover reads the provider's metadata once.
func (a *app) discover(ctx context.Context) (*oidc.Provider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.provider != nil {
		return a.provider, nil
	}
	found, err := oidc.NewProvider(context.WithoutCancel(ctx), a.issuer)
	if err != nil {
		return nil, err
	}
	a.provider, a.oauth.Endpoint = found, found.Endpoint()
	a.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInHeader // said, not guessed: a guess would send a code twice
	return found, nil
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	a.show(w, http.StatusOK, "home.html", a.session(r))
}

func (a *app) signIn(w http.ResponseWriter, r *http.Request) {
	if _, err := a.discover(r.Context()); err != nil {
		a.fail(w, "The provider does not answer.", err)
		return
	}
	state, try := rand.Text(), attempt{rand.Text(), oauth2.GenerateVerifier()}
	a.mu.Lock()
	a.started[state] = try
	a.mu.Unlock()
	to := a.oauth.AuthCodeURL(state, oidc.Nonce(try.nonce), oauth2.S256ChallengeOption(try.verifier))
	http.SetCookie(w, &http.Cookie{Name: cookie + "_state", Value: state, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 3600})
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// callback receives the code. The state must be one that this browser began.
func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a.mu.Lock()
	try, known := a.started[q.Get("state")]
	delete(a.started, q.Get("state"))
	a.mu.Unlock()
	if !known || q.Get("iss") != a.issuer {
		a.fail(w, "This answer belongs to no sign-in of yours. Start again.", nil)
		return
	}
	if code := q.Get("error"); code != "" {
		a.fail(w, "The provider answered “"+code+"”. You can try again.", nil)
		return
	}
	s, err := a.redeem(r.Context(), q.Get("code"), try)
	if err != nil {
		a.fail(w, "The sign-in did not work.", err)
		return
	}
	key := rand.Text()
	a.mu.Lock()
	a.sessions[key] = s
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: key, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem trades the code for tokens and reads who it is.
func (a *app) redeem(ctx context.Context, code string, try attempt) (*session, error) {
	provider, err := a.discover(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := a.oauth.Exchange(ctx, code, oauth2.VerifierOption(try.verifier))
	if err != nil {
		return nil, err
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: a.oauth.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if id.Nonce != try.nonce {
		return nil, http.ErrNoCookie
	}
	s := &session{tokens: tokens, idToken: raw}
	if err := id.Claims(&s.Claims); err != nil {
		return nil, err
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, err
	}
	return s, info.Claims(&s.Info)
}

// refresh asks for new tokens, although the old ones still work.
func (a *app) refresh(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	old := *s.tokens
	old.Expiry = time.Unix(1, 0)
	tokens, err := a.oauth.TokenSource(r.Context(), &old).Token()
	if err != nil {
		a.fail(w, "The tokens could not be refreshed.", err)
		return
	}
	a.mu.Lock()
	s.tokens, s.Renewed = tokens, s.Renewed+1
	a.mu.Unlock()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// signOut forgets the session here and sends the browser to sign out there.
func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: "/", MaxAge: -1})
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	to := a.issuer + "/end-session?" + url.Values{
		"id_token_hint": {s.idToken}, "post_logout_redirect_uri": {a.origin + "/"},
	}.Encode()
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (a *app) session(r *http.Request) *session {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[c.Value]
}

// Expires is when the access token ends, for the page.
func (s *session) Expires() string { return s.tokens.Expiry.Format("15:04:05") }

// Account is where the provider shows people what it keeps of them.
func (s *session) Account() string {
	issuer, _ := s.Claims["iss"].(string)
	return issuer + "/account"
}

// Facts is the ID token's claims as text.
func (s *session) Facts() string {
	b, err := json.MarshalIndent(s.Claims, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

func (a *app) show(w http.ResponseWriter, status int, page string, with any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = a.pages.ExecuteTemplate(w, page, with) // the reader may have left
}

func (a *app) fail(w http.ResponseWriter, what string, cause error) {
	detail := ""
	if cause != nil {
		detail = cause.Error()
	}
	a.show(w, http.StatusBadGateway, "failed.html", map[string]string{"What": what, "Detail": detail})
}
