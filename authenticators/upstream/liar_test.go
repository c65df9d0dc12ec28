package upstream

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/keywright/keywright/internal/jose"
)

const (
	clientID     = "keywright"
	clientSecret = "a secret of tests, worth nothing"
)

// liar is an OpenID provider that is honest until a test makes it lie. What its members change is what it says next.
type liar struct {
	*httptest.Server
	t  *testing.T
	at time.Time

	mu      sync.Mutex
	asked   map[string]int        // requests by path
	codes   map[string]url.Values // authorization requests by the code they gave
	signer  *jose.Signer
	tokens  url.Values // of the last token request
	basic   [2]string
	bearers []string

	metadata func(map[string]any)
	id       func(map[string]any) // claims of the ID token
	mint     func(claims map[string]any) string
	answer   func(map[string]any) // the token response
	info     map[string]any       // userinfo
	emails   any
	instead  map[string]http.HandlerFunc // of a whole endpoint
	keys     func() []byte
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	l := &liar{
		t: t, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), asked: map[string]int{}, codes: map[string]url.Values{},
		instead: map[string]http.HandlerFunc{},
	}
	if l.signer, _ = firstSigner(); l.signer == nil {
		t.Fatal("no key")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", l.serveMetadata)
	mux.HandleFunc("/keys", l.serveKeys)
	mux.HandleFunc("/token", l.serveToken)
	mux.HandleFunc("/userinfo", l.serveInfo)
	mux.HandleFunc("/emails", func(w http.ResponseWriter, _ *http.Request) { l.json(w, l.emails) })
	mux.HandleFunc("/revoke", l.serveRevoke)
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.asked[r.URL.Path]++
		other := l.instead[r.URL.Path]
		l.mu.Unlock()
		if other != nil {
			other(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(l.Server.Close)
	l.info = map[string]any{"sub": "mara-1", "name": "Mara Lindqvist", "email": "mara@example.com", "email_verified": true}
	return l
}

// firstSigner is the key that every liar begins with: making one takes longer than most tests.
var firstSigner = sync.OnceValues(func() (*jose.Signer, error) {
	key, err := jose.Generate("RS256")
	if err != nil {
		return nil, err
	}
	return jose.NewSigner("RS256", "first", key)
})

func newSigner(t *testing.T, alg jose.Algorithm, kid string) *jose.Signer {
	t.Helper()
	key, err := jose.Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(alg, kid, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *liar) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		l.t.Error(err)
	}
}

func (l *liar) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{
		"issuer": l.URL, "authorization_endpoint": l.URL + "/authorize", "token_endpoint": l.URL + "/token",
		"userinfo_endpoint": l.URL + "/userinfo", "jwks_uri": l.URL + "/keys", "revocation_endpoint": l.URL + "/revoke",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256"},
	}
	if l.metadata != nil {
		l.metadata(m)
	}
	l.json(w, m)
}

func (l *liar) serveKeys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	if l.keys != nil {
		_, _ = w.Write(l.keys())
		return
	}
	_, _ = w.Write(jose.JWKS(l.signer.JWK()))
}

// authorize is what a person does there: the answer as the browser brings it back.
func (l *liar) authorize(to *url.URL) url.Values {
	l.mu.Lock()
	defer l.mu.Unlock()
	code := rand.Text()
	l.codes[code] = to.Query()
	return url.Values{"code": {code}, "state": {to.Query().Get("state")}}
}

func (l *liar) serveToken(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		l.t.Error(err)
	}
	l.mu.Lock()
	asked, ok := l.codes[r.PostForm.Get("code")]
	delete(l.codes, r.PostForm.Get("code"))
	l.tokens = r.PostForm
	l.basic[0], l.basic[1], _ = r.BasicAuth()
	l.mu.Unlock()
	challenge := oauth2.S256ChallengeFromVerifier(r.PostForm.Get("code_verifier"))
	if !ok || challenge != asked.Get("code_challenge") || r.PostForm.Get("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		l.json(w, map[string]any{"error": "invalid_grant", "error_description": "<script>alert(1)</script>"})
		return
	}
	claims := map[string]any{
		"iss": l.URL, "sub": "mara-1", "aud": clientID, "exp": l.at.Add(5 * time.Minute).Unix(), "iat": l.at.Unix(),
		"email": "mara@example.com", "email_verified": true, "name": "Mara Lindqvist",
	}
	if asked.Has("nonce") {
		claims["nonce"] = asked.Get("nonce")
	}
	if l.id != nil {
		l.id(claims)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	answer := map[string]any{"access_token": "at-1", "token_type": "Bearer", "expires_in": 300, "refresh_token": "rt-1", "id_token": l.signed(claims)}
	if l.answer != nil {
		l.answer(answer)
	}
	l.json(w, answer)
}

func (l *liar) signed(claims map[string]any) string {
	if l.mint != nil {
		return l.mint(claims)
	}
	return sign(l.t, l.signer, claims)
}

func sign(t *testing.T, s *jose.Signer, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
	}
	token, err := s.Sign("JWT", payload)
	if err != nil {
		t.Error(err)
	}
	return token
}

func (l *liar) serveInfo(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.bearers = append(l.bearers, r.Header.Get("Authorization"))
	l.mu.Unlock()
	l.json(w, l.info)
}

func (l *liar) serveRevoke(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		l.t.Error(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = r.PostForm
	l.basic[0], l.basic[1], _ = r.BasicAuth()
	w.WriteHeader(http.StatusOK)
}

func (l *liar) times(path string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked[path]
}

// unsigned is a JWT with alg none.
func unsigned(claims map[string]any) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
	payload, _ := json.Marshal(claims)
	return head + "." + base64.RawURLEncoding.EncodeToString(payload) + ".AA"
}

// byMAC is a JWT signed with HS256 under a key that everybody knows.
func byMAC(claims map[string]any, key []byte) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"first"}`))
	payload, _ := json.Marshal(claims)
	input := head + "." + base64.RawURLEncoding.EncodeToString(payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// withJWK is a JWT whose header brings the key that it is signed with.
func withJWK(t *testing.T, claims map[string]any) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Error(err)
	}
	jwk, err := jose.PublicJWK("RS256", "first", key.Public())
	if err != nil {
		t.Error(err)
	}
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","kid":"first","jwk":` + string(jwk) + `}`))
	payload, _ := json.Marshal(claims)
	input := head + "." + base64.RawURLEncoding.EncodeToString(payload)
	sum := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Error(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}
