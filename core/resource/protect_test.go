package resource

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// PR-05, PR-06, PR-08, PR-11, PRM01: how the token is sent.
func TestPR05_PR08_PR11_authorizationHeader(t *testing.T) {
	a := newAuthority(t)
	s, good := a.guard(), a.token(nil)
	for name, c := range map[string]struct {
		target  string
		headers []string
		status  int
		code    string
	}{
		"good":                      {api, []string{"Authorization", "Bearer " + good}, 200, ""},
		"PR-08 case of the scheme":  {api, []string{"Authorization", "bEaReR " + good}, 200, ""},
		"two blanks":                {api, []string{"Authorization", "Bearer  " + good}, 200, ""},
		"PR-06 slash at the end":    {api + "/", []string{"Authorization", "Bearer " + good}, 200, ""},
		"PR-05 none":                {api, nil, 401, ""},
		"PR-08 in the query":        {api + "?access_token=" + good, nil, 401, ""},
		"another scheme":            {api, []string{"Authorization", "Basic YTpi"}, 401, ""},
		"scheme without anything":   {api, []string{"Authorization", "Negotiate"}, 401, ""},
		"PR-11 Bearer alone":        {api, []string{"Authorization", "Bearer"}, 400, "invalid_request"},
		"PR-11 Bearer and blank":    {api, []string{"Authorization", "Bearer "}, 400, "invalid_request"},
		"PR-11 empty":               {api, []string{"Authorization", ""}, 400, "invalid_request"},
		"PR-11 two words":           {api, []string{"Authorization", "Bearer a b"}, 400, "invalid_request"},
		"PR-11 quotes":              {api, []string{"Authorization", `Bearer "a"`}, 400, "invalid_request"},
		"PR-11 comma":               {api, []string{"Authorization", "Bearer a,Bearer b"}, 400, "invalid_request"},
		"PR-11 tab":                 {api, []string{"Authorization", "Bearer\t" + good}, 400, "invalid_request"},
		"JWT12 long":                {api, []string{"Authorization", "Bearer " + strings.Repeat("a", 9000)}, 400, "invalid_request"},
		"PRM01 two headers":         {api, []string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, 400, "invalid_request"},
		"PR-08 header and query":    {api + "?access_token=x", []string{"Authorization", "Bearer " + good}, 400, "invalid_request"},
		"PR-08 query, escaped":      {api + "?a=%zz&access%5Ftoken=x&access_token=y", []string{"Authorization", "Bearer " + good}, 400, "invalid_request"},
		"a parameter that is like":  {api + "?my_access_token=x", []string{"Authorization", "Bearer " + good}, 200, ""},
		"PR-05 garbage":             {api, []string{"Authorization", "Bearer garbage"}, 401, "invalid_token"},
		"PR-05 no proof, by scheme": {api, []string{"Authorization", "DPoP " + good}, 401, "invalid_token"},
	} {
		w := call(s, Need{Scopes: []string{"read"}}, request("GET", c.target, c.headers...))
		challenge := w.Header().Get("WWW-Authenticate")
		if w.Code != c.status || parameter(challenge, "error") != c.code {
			t.Errorf("%s: %d %s", name, w.Code, challenge)
		}
		if c.status == 200 {
			if challenge != "" || w.Body.String() != "ada" { // PR-12: without the token
				t.Errorf("%s: %s %q", name, challenge, w.Body)
			}
			continue
		}
		if got := parameter(challenge, "resource_metadata"); got != "https://api.example/.well-known/oauth-protected-resource/public/todo" {
			t.Errorf("%s: resource_metadata %q", name, got)
		}
		if got := parameter(challenge, "scope"); got != "read" {
			t.Errorf("%s: scope %q", name, got)
		}
		if w.Header().Get("Cache-Control") != "no-store" || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %v %s", name, w.Header(), w.Body)
		}
	}
}

// PR-07, AT-02, AT-04, A15: whose token, for what, until when, of which kind.
func TestPR07_AT04_tokens(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	now := a.clock.now().Unix()
	signer := a.keys[0]
	claims := func(name string, value any) string { return a.token(map[string]any{name: value}) }
	other := newSigner(t, jose.ES256)
	for name, token := range map[string]string{
		"good":                       a.token(nil),
		"good: aud in a list":        claims("aud", []string{"https://other.example", api}),
		"good: exp within skew":      claims("exp", now-20),
		"good: iat within skew":      claims("iat", now+20),
		"good: no jti":               claims("jti", nil),
		"good: application/at+jwt":   signed(t, signer, "application/at+jwt", a.claims(nil)),
		"PRM02 aud of another":       claims("aud", "https://other.example"),
		"PRM02 aud prefix":           claims("aud", "https://api.example/public"),
		"PRM02 aud suffix":           claims("aud", api+"s"),
		"PRM02 aud slash":            claims("aud", api+"/"),
		"PRM02 aud case":             claims("aud", "https://API.example/public/todo"),
		"JWT07 aud missing":          claims("aud", nil),
		"JWT07 aud empty":            claims("aud", []string{}),
		"JWT07 aud not strings":      claims("aud", []any{api, 1}),
		"JWT08 iss slash":            claims("iss", a.server.URL+"/"),
		"JWT08 iss another":          claims("iss", "https://id.example"),
		"JWT08 iss missing":          claims("iss", nil),
		"PRM09 exp missing":          claims("exp", nil),
		"PRM09 exp passed":           claims("exp", now-31),
		"JWT09 exp a string":         claims("exp", "1900000000"),
		"JWT09 nbf ahead":            claims("nbf", now+31),
		"JWT09 iat ahead":            claims("iat", now+31),
		"AT-01 iat missing":          claims("iat", nil),
		"AT-01 sub missing":          claims("sub", nil),
		"AT-01 client_id missing":    claims("client_id", nil),
		"AT-01 sub a number":         claims("sub", 7),
		"AT-01 amr a string":         claims("amr", "pwd"),
		"PRM03 ID token":             signed(t, signer, "JWT", a.claims(nil)),
		"PRM03 no typ":               signed(t, signer, "", a.claims(nil)),
		"PRM03 logout token":         signed(t, signer, "logout+jwt", a.claims(nil)),
		"JWT03 key of nobody":        signed(t, other, "at+jwt", a.claims(nil)),
		"cnf that is not known":      claims("cnf", map[string]string{"kid": "x"}),
		"cnf that is empty":          claims("cnf", map[string]string{}),
		"cnf that is no object":      claims("cnf", "x"),
		"MT-02 certificate unproven": claims("cnf", map[string]string{"x5t#S256": "x"}),
	} {
		w := call(s, Need{}, bearer(token))
		challenge := w.Header().Get("WWW-Authenticate")
		want, code := 401, "invalid_token"
		if strings.HasPrefix(name, "good") {
			want, code = 200, ""
		}
		if w.Code != want || parameter(challenge, "error") != code {
			t.Errorf("%s: %d %s", name, w.Code, challenge)
		}
	}
}

// What a handler sees of a token.
func TestAT01_whatATokenSays(t *testing.T) {
	a := newAuthority(t)
	got, err := a.guard().Check(bearer(a.token(map[string]any{"team": "blue"})), Need{})
	if err != nil {
		t.Fatal(err)
	}
	now := a.clock.now()
	if got.Issuer != a.server.URL || got.Subject != "ada" || got.ClientID != "app" || got.ID != "j1" || got.ACR != "1fa" || !slices.Equal(got.AMR, []string{"pwd"}) ||
		!slices.Equal(got.Scopes, []string{"read", "write"}) || !slices.Equal(got.Audience, []string{api}) ||
		!got.Expires.Equal(now.Add(10*time.Minute)) || !got.IssuedAt.Equal(now) || !got.AuthTime.Equal(now.Add(-100*time.Second)) {
		t.Errorf("%+v", got)
	}
	var tagged struct {
		Team string `json:"team"`
	}
	if err := got.Claims(&tagged); err != nil || tagged.Team != "blue" {
		t.Errorf("claims: %+v %v", tagged, err)
	}
	if text := got.LogValue().String(); !strings.Contains(text, "ada") || strings.Contains(text, "blue") {
		t.Errorf("the log says %s", text)
	}
}

// PR-09, PR-10, PRM04: scopes are whole words, above them stands what includes them, and one challenge names all.
func TestPR09_PR10_scopes(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	for _, c := range []struct {
		has, needs, ask string
	}{
		{"read", "read", ""}, {"read write", "read write", ""}, {"", "", ""},
		{"reader", "read", "read reader"}, {"read:all", "read", "read read:all"}, {"READ", "read", "read READ"},
		{"", "read", "read"}, {"read offline_access", "write", "write read"}, {"profile", "read write", "read write profile"},
		{"admin", "read write edit", ""}, {"write", "read edit", ""}, {"edit", "write", ""}, {"write", "admin", "admin write"},
		{"read  write", "read", "read"}, // malformed: none counts
	} {
		var need Need
		if c.needs != "" {
			need.Scopes = strings.Split(c.needs, " ")
		}
		w := call(s, need, bearer(a.token(map[string]any{"scope": c.has})))
		challenge := w.Header().Get("WWW-Authenticate")
		if c.ask == "" {
			if w.Code != 200 {
				t.Errorf("%q has not %q: %s", c.has, c.needs, challenge)
			}
			continue
		}
		if w.Code != 403 || parameter(challenge, "error") != "insufficient_scope" || parameter(challenge, "scope") != c.ask || parameter(challenge, "resource_metadata") == "" {
			t.Errorf("%q for %q: %d %s", c.has, c.needs, w.Code, challenge)
		}
	}
}

// ST-01, PR-13: how strongly, and how recently.
func TestST01_PR13_stepUp(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	signedIn := func(acr any, ago time.Duration) map[string]any {
		return map[string]any{"acr": acr, "auth_time": a.clock.now().Add(-ago).Unix()}
	}
	for name, c := range map[string]struct {
		claims map[string]any
		need   Need
		code   string
		acr    string
		age    string
	}{
		"strong enough":        {signedIn("2fa", 0), Need{ACR: []string{"phr", "2fa"}}, "", "", ""},
		"too weak":             {signedIn("1fa", 0), Need{ACR: []string{"phr", "2fa"}}, "insufficient_user_authentication", "phr 2fa", ""},
		"no acr":               {signedIn(nil, 0), Need{ACR: []string{"2fa"}}, "insufficient_user_authentication", "2fa", ""},
		"recent":               {signedIn("1fa", time.Minute), Need{MaxAge: time.Minute}, "", "", ""},
		"too long ago":         {signedIn("1fa", 2*time.Minute), Need{MaxAge: time.Minute}, "insufficient_user_authentication", "", "60"},
		"nobody signed in":     {map[string]any{"auth_time": nil}, Need{MaxAge: time.Hour}, "insufficient_user_authentication", "", "3600"},
		"both":                 {signedIn("1fa", time.Hour), Need{MaxAge: time.Minute, ACR: []string{"2fa"}}, "insufficient_user_authentication", "2fa", "60"},
		"PR-13 scope first":    {signedIn("1fa", 0), Need{Scopes: []string{"admin"}, ACR: []string{"2fa"}}, "insufficient_scope", "", ""},
		"PRM08 hostile values": {signedIn("1fa", 0), Need{ACR: []string{"2fa\"\r\nX-Evil: 1\\"}}, "insufficient_user_authentication", "2faX-Evil: 1", ""},
	} {
		w := call(s, c.need, bearer(a.token(c.claims)))
		challenge := w.Header().Get("WWW-Authenticate")
		if parameter(challenge, "error") != c.code || parameter(challenge, "acr_values") != c.acr || parameter(challenge, "max_age") != c.age {
			t.Errorf("%s: %d %s", name, w.Code, challenge)
		}
		if want := map[string]int{"": 200, "insufficient_scope": 403, "insufficient_user_authentication": 401}[c.code]; w.Code != want {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// A handler that learns late what it needs asks Require.
func TestPR09_requireInsideOfTheHandler(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	h := s.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Require(w, r, Need{Scopes: []string{r.URL.Query().Get("needs")}}) {
			_, _ = w.Write([]byte("done"))
		}
	}), "read")
	for needs, want := range map[string]int{"write": 200, "admin": 403} {
		w := serve(h, request("POST", api+"?needs="+needs, "Authorization", "Bearer "+a.token(nil)))
		if w.Code != want || (want == 200) != (w.Body.String() == "done") || want == 403 && parameter(w.Header().Get("WWW-Authenticate"), "scope") != needs+" read write" {
			t.Errorf("%s: %d %s %s", needs, w.Code, w.Body, w.Header())
		}
	}
	w := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Require(w, r, Need{}) {
			t.Error("nothing was checked, and it is enough")
		}
	}), request("GET", api))
	if w.Code != 401 {
		t.Errorf("outside of Protect: %d", w.Code)
	}
}

// PR-06, PRM11: browsers.
func TestPR06_PRM11_browsers(t *testing.T) {
	a := newAuthority(t)
	token := a.token(nil)
	preflight := func(origin string) *http.Request {
		return request("OPTIONS", api, "Origin", origin, "Access-Control-Request-Method", "POST", "Authorization", "Bearer "+token)
	}
	for name, c := range map[string]struct {
		origins []string
		origin  string
		allowed string
	}{
		"none":    {nil, "https://app.example", ""},
		"all":     {[]string{"*"}, "https://app.example", "*"},
		"one":     {[]string{"https://app.example"}, "https://app.example", "https://app.example"},
		"another": {[]string{"https://app.example"}, "https://evil.example", ""},
	} {
		s := a.guard(func(o *Options) { o.Origins = c.origins })
		w := call(s, Need{}, preflight(c.origin))
		if w.Code != 204 || w.Body.Len() != 0 || w.Header().Get("Access-Control-Allow-Origin") != c.allowed {
			t.Errorf("%s: preflight %d %v %q", name, w.Code, w.Header(), w.Body)
		}
		if got := w.Header().Get("Access-Control-Allow-Headers"); strings.Contains(got, "Authorization") != (c.allowed != "") {
			t.Errorf("%s: headers %q", name, got)
		}
		for _, r := range []*http.Request{request("GET", api, "Origin", c.origin), request("GET", api, "Origin", c.origin, "Authorization", "Bearer "+token)} {
			w := call(s, Need{}, r)
			if w.Header().Get("Access-Control-Allow-Origin") != c.allowed || w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: %d %v", name, w.Code, w.Header())
			}
			if strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "WWW-Authenticate") != (c.allowed != "") {
				t.Errorf("%s: exposes %v", name, w.Header())
			}
		}
	}
}

func TestThreat_PRM11_resourceOnThisMachine(t *testing.T) {
	a := newAuthority(t)
	const local = "http://localhost:3000/mcp"
	s := a.guard(func(o *Options) { o.Resource, o.Origins = local, []string{"https://inspector.example"} })
	token := a.token(map[string]any{"aud": local})
	for name, c := range map[string]struct {
		host, origin string
		want         int
	}{
		"itself": {"localhost:3000", "", 200}, "by address": {"127.0.0.1:3000", "http://localhost:6274", 200}, "IPv6": {"[::1]:3000", "", 200}, "no port": {"[::1]", "", 200},
		"listed": {"localhost:3000", "https://inspector.example", 200}, "page of elsewhere": {"localhost:3000", "https://evil.example", 403},
		"null": {"localhost:3000", "null", 403}, "rebound": {"evil.example:3000", "", 403}, "like it": {"localhost.evil.example", "", 403},
	} {
		r := request("GET", local, "Authorization", "Bearer "+token)
		if r.Host = c.host; c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if w := call(s, Need{}, r); w.Code != c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// Every refusal has its own kind, so that callers of Check can tell.
func TestErrorsAreTold(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	for want, r := range map[error]*http.Request{
		ErrNoToken: request("GET", api), ErrInvalidRequest: request("GET", api, "Authorization", "Bearer"), ErrInvalidToken: bearer("a.b.c"),
	} {
		_, err := s.Check(r, Need{})
		var e *Error
		if !errors.Is(err, want) || !errors.As(err, &e) || e.Description == "" || strings.Contains(err.Error(), "a.b.c") {
			t.Errorf("%v: %v", want, err)
		}
	}
}
