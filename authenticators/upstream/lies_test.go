package upstream

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// claim sets one claim of the ID token; nil leaves it out.
func claim(name string, value any) func(*world) {
	return func(w *world) { w.id = func(c map[string]any) { c[name] = value } }
}

func endpoint(path string, h http.HandlerFunc) func(*world) {
	return func(w *world) { w.instead[path] = h }
}

var idTokenLies = map[string]func(*world){
	"RP-02 no nonce":            claim("nonce", nil),
	"RP-02 empty nonce":         claim("nonce", ""),
	"RP-02 another nonce":       claim("nonce", "of the attempt before"),
	"another issuer":            claim("iss", "https://accounts.example.org"),
	"issuer with a slash":       func(w *world) { w.id = func(c map[string]any) { c["iss"] = w.URL + "/" } },
	"no issuer":                 claim("iss", nil),
	"another audience":          claim("aud", "somebody-else"),
	"no audience":               claim("aud", nil),
	"several audiences, no azp": claim("aud", []string{clientID, "somebody-else"}),
	"azp of another":            claim("azp", "somebody-else"),
	"audiences with azp of other": func(w *world) {
		w.id = func(c map[string]any) { c["aud"], c["azp"] = []string{clientID, "else"}, "else" }
	},
	"no subject":           claim("sub", nil),
	"long subject":         claim("sub", strings.Repeat("a", 256)),
	"subject is a number":  claim("sub", 17),
	"subject no text":      claim("sub", "mara\ufffd"),
	"no exp":               claim("exp", nil),
	"expired":              func(w *world) { claim("exp", w.at.Add(-2*time.Minute).Unix())(w) },
	"no iat":               claim("iat", nil),
	"iat ahead":            func(w *world) { claim("iat", w.at.Add(2*time.Minute).Unix())(w) },
	"iat before the try":   func(w *world) { claim("iat", w.at.Add(-2*time.Minute).Unix())(w) },
	"not yet valid":        func(w *world) { claim("nbf", w.at.Add(2*time.Minute).Unix())(w) },
	"at_hash of another":   claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
	"signed in the future": func(w *world) { claim("auth_time", w.at.Add(time.Hour).Unix())(w) },
	"alg none":             func(w *world) { w.mint = unsigned },
	"HS256 with the public key": func(w *world) {
		w.mint = func(c map[string]any) string { return byMAC(c, w.signer.JWK()) }
	},
	"HS256 with the secret": func(w *world) {
		w.mint = func(c map[string]any) string { return byMAC(c, []byte(clientSecret)) }
	},
	"brings its own key": func(w *world) { w.mint = func(c map[string]any) string { return withJWK(w.t, c) } },
	"an algorithm that is not pinned": func(w *world) {
		es := newSigner(w.t, "ES256", "second")
		w.keys = func() []byte { return jose.JWKS(w.signer.JWK(), es.JWK()) }
		w.mint = func(c map[string]any) string { return sign(w.t, es, c) }
	},
	"an old key": func(w *world) {
		old := w.signer
		w.signer = newSigner(w.t, "RS256", "second")
		w.mint = func(c map[string]any) string { return sign(w.t, old, c) }
	},
	"a key of the same name": func(w *world) {
		forged := newSigner(w.t, "RS256", "first")
		w.mint = func(c map[string]any) string { return sign(w.t, forged, c) }
	},
	"a claim twice": func(w *world) {
		w.mint = func(c map[string]any) string {
			token, _ := w.signer.Sign("JWT", []byte(`{"sub":"mara-1","sub":"eve"}`))
			return token
		}
	},
	"not a token": func(w *world) { w.mint = func(map[string]any) string { return "nonsense" } },
	"cut in half": func(w *world) { w.mint = func(c map[string]any) string { return sign(w.t, w.signer, c)[:90] } },
	"RP-08 LNK07 userinfo of another": func(w *world) {
		claim("email", nil)(w)
		w.info["sub"] = "eve"
	},
	"RP-08 userinfo of nobody": func(w *world) {
		claim("email", nil)(w)
		delete(w.info, "sub")
	},
	"RP-08 userinfo by number": func(w *world) {
		claim("email", nil)(w)
		w.info["sub"] = 1
	},
}

// Every lie that a provider can tell in an ID token: nobody is signed in by any.
func TestRP04_Threat_LNK06_liesInIDTokens(t *testing.T) {
	for name, lie := range idTokenLies {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			lie(w)
			reply, err := w.signIn()
			w.wantProblem(reply, err, problemLie)
			if len(w.events) != 1 || w.events[0].Name != core.EventSignInRefused {
				t.Errorf("events %+v", w.events)
			}
		})
	}
}

// A provider that answers nonsense, or nothing, costs a page and not a session; the page says what to do.
func TestThreat_UPS01_UPS02_brokenProviders(t *testing.T) {
	page := "<html><script>alert(1)</script></html>"
	huge := `{"issuer":"` + strings.Repeat("a", 80<<10) + `"}`
	for name, c := range map[string]struct {
		lie     func(*world)
		problem string
		early   bool // before the browser is sent away
	}{
		"discovery down":                   {endpoint("/.well-known/openid-configuration", status(500)), problemAway, true},
		"discovery busy":                   {endpoint("/.well-known/openid-configuration", status(429)), problemAway, true},
		"discovery missing":                {endpoint("/.well-known/openid-configuration", status(404)), problemBroken, true},
		"discovery empty":                  {endpoint("/.well-known/openid-configuration", status(204)), problemBroken, true},
		"discovery is a page":              {endpoint("/.well-known/openid-configuration", says("text/html", page)), problemBroken, true},
		"discovery is a page of JSON type": {endpoint("/.well-known/openid-configuration", says("application/json", page)), problemBroken, true},
		"discovery huge":                   {endpoint("/.well-known/openid-configuration", says("application/json", huge)), problemBroken, true},
		"discovery redirects": {endpoint("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}), problemBroken, true},
		"RP-06 MIX04 discovery of another issuer": {func(w *world) {
			w.metadata = func(m map[string]any) { m["issuer"] = "https://accounts.example.org" }
		}, problemLie, true},
		"RP-06 endpoint without TLS": {func(w *world) {
			w.metadata = func(m map[string]any) { m["token_endpoint"] = "http://id.example.org/token" }
		}, problemBroken, true},
		"RP-06 endpoint of a file": {func(w *world) {
			w.metadata = func(m map[string]any) { m["jwks_uri"] = "file:///etc/passwd" }
		}, problemBroken, true},
		"no algorithm in common": {func(w *world) {
			w.metadata = func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"HS256"} }
		}, problemBroken, true},
		"token endpoint down":       {endpoint("/token", status(503)), problemAway, false},
		"token endpoint is a page":  {endpoint("/token", says("text/html", page)), problemBroken, false},
		"token endpoint resets":     {endpoint("/token", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), problemAway, false},
		"token endpoint huge":       {endpoint("/token", says("application/json", huge)), problemBroken, false},
		"no ID token":               {func(w *world) { w.answer = func(m map[string]any) { delete(m, "id_token") } }, problemBroken, false},
		"no access token":           {func(w *world) { w.answer = func(m map[string]any) { delete(m, "access_token") } }, problemBroken, false},
		"a token bound to a key":    {func(w *world) { w.answer = func(m map[string]any) { m["token_type"] = "DPoP" } }, problemBroken, false},
		"keys down":                 {endpoint("/keys", status(500)), problemAway, false},
		"keys empty":                {func(w *world) { w.keys = func() []byte { return []byte(`{"keys":[]}`) } }, problemBroken, false},
		"keys with a secret":        {func(w *world) { w.keys = func() []byte { return []byte(`{"keys":[{"kty":"oct","k":"AAAA"}]}`) } }, problemBroken, false},
		"LNK16 userinfo huge":       {func(w *world) { claim("email", nil)(w); w.info["groups"] = strings.Repeat("g", 1<<20) }, problemBroken, false},
		"userinfo is a page":        {func(w *world) { claim("email", nil)(w); endpoint("/userinfo", says("text/html", page))(w) }, problemBroken, false},
		"userinfo is a signed text": {func(w *world) { claim("email", nil)(w); endpoint("/userinfo", says("application/jwt", "a.b.c"))(w) }, problemBroken, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.lie(w)
			var reply core.Reply
			var err error
			if c.early {
				reply, err = w.begin(w.a.start, nil)
			} else {
				reply, err = w.signIn()
			}
			w.wantProblem(reply, err, c.problem)
			again := reply.(core.Show).Page.Links["again"]
			if again != string(w.a.start) || reply.(core.Show).Page.Links["signin"] == "" {
				t.Errorf("links %v", reply.(core.Show).Page.Links)
			}
		})
	}
}

// What a browser may bring to the callback: nothing of it makes a request to anybody unless it is the answer.
func TestThreat_CSR02_LNK17_MIX02_callbacks(t *testing.T) {
	for name, c := range map[string]struct {
		bring   func(w *world, good url.Values) url.Values
		problem string
		page    *core.PageError
	}{
		"no state":               {func(_ *world, v url.Values) url.Values { v.Del("state"); return v }, "", core.PageOld},
		"two states":             {func(_ *world, v url.Values) url.Values { v.Add("state", "b"); return v }, "", core.PageOld},
		"RP-01 another state":    {func(_ *world, v url.Values) url.Values { v.Set("state", "another"); return v }, "", core.PageOld},
		"RP-01 of an older try":  {func(w *world, v url.Values) url.Values { w.away(); return v }, "", core.PageOld},
		"no code":                {func(_ *world, v url.Values) url.Values { v.Del("code"); return v }, problemBroken, nil},
		"two codes":              {func(_ *world, v url.Values) url.Values { v.Add("code", "b"); return v }, problemBroken, nil},
		"a long code":            {func(_ *world, v url.Values) url.Values { v.Set("code", strings.Repeat("c", 9<<10)); return v }, problemBroken, nil},
		"RP-03 iss of another":   {func(_ *world, v url.Values) url.Values { v.Set("iss", "https://evil.example"); return v }, problemLie, nil},
		"RP-03 iss with a slash": {func(w *world, v url.Values) url.Values { v.Set("iss", w.URL+"/"); return v }, problemLie, nil},
		"RP-03 iss empty":        {func(_ *world, v url.Values) url.Values { v.Set("iss", ""); return v }, problemLie, nil},
		"RP-03 two iss":          {func(w *world, v url.Values) url.Values { v["iss"] = []string{w.URL, w.URL}; return v }, problemLie, nil},
		"denied":                 {fails("access_denied"), problemDenied, nil},
		"code and error":         {func(_ *world, v url.Values) url.Values { v.Set("error", "access_denied"); return v }, problemDenied, nil},
		"empty error":            {fails(""), problemOther, nil},
		"away":                   {fails("temporarily_unavailable"), problemAway, nil},
		"login needed":           {fails("login_required"), problemStale, nil},
		"RP-18 a script":         {fails("<script>alert(1)</script>"), problemOther, nil},
		"configuration":          {fails("unauthorized_client"), problemOther, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			reply, err := w.back(c.bring(w, w.authorize(w.away())))
			if c.page != nil {
				w.wantPage(err, c.page)
			} else {
				w.wantProblem(reply, err, c.problem)
			}
			if n := w.times("/token"); n != 0 {
				t.Errorf("%d token requests", n)
			}
		})
	}
}

// fails is an answer with an error and a description that is a script.
func fails(code string) func(*world, url.Values) url.Values {
	return func(_ *world, v url.Values) url.Values {
		v.Del("code")
		v.Set("error", code)
		v.Set("error_description", "<script>alert(2)</script>")
		v.Set("error_uri", "https://evil.example/") // ORD07
		return v
	}
}

// RFC 9207: iss is demanded from a provider that announces it, and taken if it is right.
func TestRP03_announcedIss(t *testing.T) {
	w := newWorld(t)
	w.metadata = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true }
	values := w.authorize(w.away())
	reply, err := w.back(values)
	w.wantProblem(reply, err, problemLie)
	values = w.authorize(w.away())
	values.Set("iss", w.URL)
	if reply, err = w.back(values); err != nil {
		t.Fatal(err)
	}
	if _, ok := reply.(core.Identified); !ok {
		t.Errorf("reply %+v", reply)
	}
}
