package resource

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// bound is a token for the key of the proof.
func (a *authority) bound(p proof) string {
	return a.token(map[string]any{"cnf": map[string]string{"jkt": p.thumbprint()}})
}

func withProof(token string, proofs ...string) *http.Request {
	r := request("GET", api+"?page=2", "Authorization", "DPoP "+token)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	return r
}

// DP-01, DP-02, DP-06, DPO01 to DPO05.
func TestDP01_DP02_DP06_proofs(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	p, other := newProof(t), newProof(t)
	token := a.bound(p)
	now := a.clock.now().Unix()
	with := func(name string, value any) string {
		return p.sign(nil, p.good(a, token, map[string]any{name: value, "jti": name}))
	}
	good := func(jti string) map[string]any { return p.good(a, token, map[string]any{"jti": jti}) }
	private := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "d": "AAAA"}
	for name, r := range map[string]*http.Request{
		"good":                      withProof(token, p.sign(nil, good("a"))),
		"good: htu without query":   withProof(token, with("htu", api)),
		"good: htu with query":      withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "q", "htu": api + "?x=y#z"}))),
		"good: htu spelled apart":   withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "s", "htu": "HTTPS://API.example:443/public/%74odo"}))),
		"good: 10 s old":            withProof(token, with("iat", now-10)),
		"good: 10 s young":          withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "y", "iat": now + 10}))),
		"DP-06 none":                withProof(token),
		"DP-01 two":                 withProof(token, p.sign(nil, good("b")), p.sign(nil, good("c"))),
		"DP-01 typ":                 withProof(token, p.sign(map[string]any{"typ": "JWT"}, good("d"))),
		"DP-01 HS256":               withProof(token, p.sign(map[string]any{"alg": "HS256"}, good("e"))),
		"DP-01 none alg":            withProof(token, p.sign(map[string]any{"alg": "none"}, good("f"))),
		"DPO05 private key":         withProof(token, p.sign(map[string]any{"jwk": private}, good("g"))),
		"DPO05 symmetric key":       withProof(token, p.sign(map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, good("h"))),
		"DPO05 no key":              withProof(token, p.sign(map[string]any{"jwk": nil}, good("i"))),
		"DP-01 key of another":      withProof(token, p.sign(map[string]any{"jwk": other.jwk()}, good("j"))),
		"DP-06 made with other key": withProof(token, other.sign(nil, good("k"))),
		"DPO02 method":              withProof(token, with("htm", "POST")),
		"DPO02 method in lower":     withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "l", "htm": "get"}))),
		"DPO02 path":                withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "m", "htu": api + "/x"}))),
		"DPO02 host":                withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "n", "htu": "https://evil.example/public/todo"}))),
		"DPO02 port":                withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "o", "htu": "https://api.example:8443/public/todo"}))),
		"DPO02 encoded slash":       withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "p", "htu": "https://api.example/public%2Ftodo"}))),
		"DPO03 5 min old":           withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "r", "iat": now - 300}))),
		"DPO03 5 min young":         withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "t", "iat": now + 300}))),
		"DP-02 no iat":              withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "u", "iat": 0}))),
		"DP-06 ath of another":      withProof(token, with("ath", "x")),
		"DP-02 no jti":              withProof(token, p.sign(nil, good(""))),
		"DP-02 long jti":            withProof(token, p.sign(nil, good(strings.Repeat("x", 257)))),
		"garbage":                   withProof(token, "garbage"),
	} {
		w := call(s, Need{}, r)
		challenge := w.Header().Get("WWW-Authenticate")
		if strings.HasPrefix(name, "good") {
			if w.Code != 200 || w.Body.String() != "ada" {
				t.Errorf("%s: %d %s %s", name, w.Code, w.Body, challenge)
			}
		} else if w.Code != 401 || !strings.HasPrefix(challenge, "DPoP algs=") || parameter(challenge, "error") != "invalid_dpop_proof" {
			t.Errorf("%s: %d %s", name, w.Code, challenge)
		}
	}
}

// DP-06, DPO01: no way down, and none up.
func TestDP06_DPO01_downgrade(t *testing.T) {
	a := newAuthority(t)
	p := newProof(t)
	s, strict := a.guard(), a.guard(func(o *Options) { o.RequireDPoP = true })
	free, token := a.token(nil), a.bound(p)
	for name, c := range map[string]struct {
		s *Resource
		r *http.Request
	}{
		"bound as Bearer":         {s, bearer(token)},
		"bound as Bearer, proven": {s, request("GET", api, "Authorization", "Bearer "+token, "DPoP", p.sign(nil, p.good(a, token, nil)))},
		"unbound as DPoP":         {s, withProof(free, p.sign(nil, p.good(a, free, nil)))},
		"unbound where required":  {strict, bearer(free)},
	} {
		w := call(c.s, Need{}, c.r)
		challenge := w.Header().Get("WWW-Authenticate")
		if w.Code != 401 || !strings.HasPrefix(challenge, "DPoP ") || parameter(challenge, "error") != "invalid_token" {
			t.Errorf("%s: %d %s", name, w.Code, challenge)
		}
	}
	if w := call(strict, Need{}, withProof(token, p.sign(nil, p.good(a, token, nil)))); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Header().Get("WWW-Authenticate"))
	}
	if w := call(strict, Need{}, request("GET", api)); w.Code != 401 || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "DPoP ") {
		t.Errorf("nothing: %v", w.Header())
	}
}

// DPO02: a proof is good once, for as long as it lives.
func TestDPO02_replay(t *testing.T) {
	a := newAuthority(t)
	s, p, q := a.guard(), newProof(t), newProof(t)
	token := a.bound(p)
	ahead := a.clock.now().Unix() + 59
	first := p.sign(nil, p.good(a, token, map[string]any{"iat": ahead}))
	if w := call(s, Need{}, withProof(token, first)); w.Code != 200 {
		t.Fatal(w.Code, w.Header())
	}
	for range 12 { // two minutes: it lives to the end
		if w := call(s, Need{}, withProof(token, first)); w.Code != 401 {
			t.Errorf("at %v: %d", a.clock.now(), w.Code)
		}
		a.clock.advance(10 * time.Second)
	}
	other := a.bound(q) // the same jti of another key is another proof
	for _, again := range []struct {
		p     proof
		token string
	}{{p, a.bound(p)}, {q, other}} {
		if w := call(s, Need{}, withProof(again.token, again.p.sign(nil, again.p.good(a, again.token, map[string]any{"jti": "p2"})))); w.Code != 200 {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
}

func TestProofsAreBounded(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	r := newReplays(100)
	for i := range 100 {
		if fresh, err := r.once([32]byte{byte(i), 1}, at, at.Add(time.Minute)); !fresh || err != nil {
			t.Fatal(fresh, err)
		}
	}
	if fresh, err := r.once([32]byte{255}, at, at.Add(time.Minute)); fresh || err == nil {
		t.Error("there is no room, and it was taken")
	}
	if fresh, err := r.once([32]byte{5, 1}, at, at.Add(time.Minute)); fresh || err != nil {
		t.Error("a full memory forgot", err)
	}
	at = at.Add(10 * time.Minute)
	if fresh, err := r.once([32]byte{255}, at, at.Add(time.Minute)); !fresh || err != nil {
		t.Error("later there is room", err)
	}
	if n := len(r.old) + len(r.young); n != 1 {
		t.Errorf("%d are kept", n)
	}
}

func TestOnceOfTheOperator(t *testing.T) {
	a := newAuthority(t)
	p := newProof(t)
	var failing error
	seen := map[[32]byte]bool{}
	s := a.guard(func(o *Options) {
		o.Once = func(_ context.Context, key [32]byte, until time.Time) (bool, error) {
			fresh := !seen[key] && until.After(a.clock.now())
			seen[key] = true
			return fresh, failing
		}
	})
	token := a.bound(p)
	proven := p.sign(nil, p.good(a, token, nil))
	for _, want := range []int{200, 401} {
		if w := call(s, Need{}, withProof(token, proven)); w.Code != want {
			t.Errorf("%d, want %d", w.Code, want)
		}
	}
	failing = errors.New("the store is away")
	if w := call(s, Need{}, withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": "x"})))); w.Code != 503 {
		t.Errorf("away: %d", w.Code)
	}
}

// DP-03: with a nonce of the resource.
func TestDP03_nonce(t *testing.T) {
	a := newAuthority(t)
	p := newProof(t)
	s := a.guard(func(o *Options) { o.DPoPNonceKey = []byte(strings.Repeat("k", 32)) })
	token := a.bound(p)
	ask := func(jti, nonce string) (int, string, string) {
		w := call(s, Need{}, withProof(token, p.sign(nil, p.good(a, token, map[string]any{"jti": jti, "nonce": nonce}))))
		return w.Code, w.Header().Get("DPoP-Nonce"), parameter(w.Header().Get("WWW-Authenticate"), "error")
	}
	code, nonce, problem := ask("a", "")
	if code != 401 || nonce == "" || problem != "use_dpop_nonce" {
		t.Fatal(code, nonce, problem)
	}
	if code, next, _ := ask("a", nonce); code != 200 || next != "" { // the proof without a nonce was not counted as used
		t.Error(code, next)
	}
	a.clock.advance(nonceLife)
	code, next, _ := ask("b", nonce)
	if code != 200 || next == "" || next == nonce {
		t.Error("the one before is taken and replaced", code, next)
	}
	a.clock.advance(nonceLife)
	if code, _, problem := ask("c", nonce); code != 401 || problem != "use_dpop_nonce" {
		t.Error("an old one", code, problem)
	}
}

// MT-02: tokens bound to a client certificate.
func TestMT02_certificates(t *testing.T) {
	a := newAuthority(t)
	mine, theirs := &x509.Certificate{Raw: []byte("mine")}, &x509.Certificate{Raw: []byte("theirs")}
	sum := sha256.Sum256(mine.Raw)
	token := a.token(map[string]any{"cnf": map[string]string{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}})
	over := func(c *x509.Certificate) *http.Request {
		r := bearer(token)
		r.TLS = &tls.ConnectionState{}
		if c != nil {
			r.TLS.PeerCertificates = []*x509.Certificate{c}
		}
		return r
	}
	s := a.guard()
	proxied := a.guard(func(o *Options) { o.ClientCertificate = func(*http.Request) *x509.Certificate { return mine } })
	for name, c := range map[string]struct {
		s    *Resource
		r    *http.Request
		want int
	}{
		"mine": {s, over(mine), 200}, "theirs": {s, over(theirs), 401}, "none": {s, over(nil), 401},
		"by a proxy": {proxied, over(theirs), 200}, // the connection is the proxy's
	} {
		if w := call(c.s, Need{}, c.r); w.Code != c.want {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}
