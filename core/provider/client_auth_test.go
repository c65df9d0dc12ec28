package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func secretBasic(c *core.Client) { c.AuthMethod = core.AuthSecretBasic }

// credentialCase is a way to show who is calling, and what it comes to.
type credentialCase struct {
	name   string
	header string
	form   []string
	status int
	code   core.ErrorCode
}

func credentialCases() []credentialCase {
	good := basic("basic", testSecret)
	return []credentialCase{
		{"post", "", []string{"client_id", "post", "client_secret", testSecret}, 200, ""},
		{"basic", good, nil, 200, ""},
		{"lower-case scheme", "basic " + good[6:], nil, 200, ""},
		{"basic with client_id", good, []string{"client_id", "basic"}, 200, ""},
		{"basic, URL as id", basic("https://client.example/meta", testSecret), nil, 200, ""},
		{"CA09 other client_id", good, []string{"client_id", "post"}, 401, core.InvalidClient},
		{"CA02 basic and post", good, []string{"client_id", "basic", "client_secret", testSecret}, 400, core.InvalidRequest},
		{"CA02 assertion and post", "", []string{"client_id", "post", "client_secret", testSecret, "client_assertion", "x"}, 400, core.InvalidRequest},
		{"CA03 basic client posts", "", []string{"client_id", "basic", "client_secret", testSecret}, 401, core.InvalidClient},
		{"CA03 post client in basic", basic("post", testSecret), nil, 401, core.InvalidClient},
		{"CLA03 no colon", "Basic " + base64.StdEncoding.EncodeToString([]byte("basic")), nil, 401, core.InvalidClient},
		{"CLA03 stray character", good + "!", nil, 401, core.InvalidClient},
		{"CLA03 not encoded", "Basic " + base64.StdEncoding.EncodeToString([]byte("basic:"+testSecret)), nil, 401, core.InvalidClient},
		{"another scheme", "Bearer abc", []string{"client_id", "open"}, 401, core.InvalidClient},
		{"CLA04 only client_id", "", []string{"client_id", "post"}, 401, core.InvalidClient},
		{"CLA05 public with secret", "", []string{"client_id", "open", "client_secret", "x"}, 401, core.InvalidClient},
		{"CLA13 empty secret", "", []string{"client_id", "empty", "client_secret", ""}, 401, core.InvalidClient},
		{"CLA13 basic, empty secret", basic("empty", ""), nil, 401, core.InvalidClient},
		{"CA11 nobody", "", nil, 401, core.InvalidClient},
		{"unknown", "", []string{"client_id", "ghost", "client_secret", testSecret}, 401, core.InvalidClient},
		{"unknown public", "", []string{"client_id", "ghost"}, 401, core.InvalidClient},
		{"wrong secret", "", []string{"client_id", "post", "client_secret", "wrong"}, 401, core.InvalidClient},
		{"STA02 disabled", "", []string{"client_id", "off", "client_secret", testSecret}, 401, core.InvalidClient},
	}
}

func TestCA01_CA02_CA03_CLA01_CLA02_CLA03_CLA04_TheRegisteredMethodAlone(t *testing.T) {
	r := newRig(t)
	r.client("post")
	r.client("basic", secretBasic)
	r.client("https://client.example/meta", secretBasic)
	r.client("open", public, func(c *core.Client) { c.GrantTypes = []string{core.GrantRefreshToken} })
	r.client("empty", func(c *core.Client) { c.Secrets = []core.ClientSecret{{}} })
	r.client("off", func(c *core.Client) { c.Disabled = true })
	bodies := map[string]bool{}
	for _, tt := range credentialCases() {
		v := form("grant_type", "client_credentials")
		var header []string
		if tt.header != "" {
			header = []string{"Authorization", tt.header}
		}
		a := r.post("/token", with(v, tt.form...), header...)
		if a.status != tt.status || a.text("error") != string(tt.code) {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
		if a.status == http.StatusUnauthorized {
			bodies[a.body] = true
			if challenge := a.header.Get("WWW-Authenticate") != ""; challenge != (strings.HasPrefix(tt.header, "Basic")) {
				t.Errorf("TK05 %s: WWW-Authenticate %q", tt.name, a.header.Get("WWW-Authenticate"))
			}
		}
	}
	if len(bodies) != 1 {
		t.Errorf("CLA01: the refusals differ: %v", bodies)
	}
}

func TestCA04_CLA12_SecretsInRotation(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	token := r.ok(r.redeem(c, r.code(c, apiAccess))).text("refresh_token")
	now, err := r.store.Store.Client(t.Context(), "app")
	r.must(err)
	now.Secrets = append(now.Secrets, core.ClientSecret{Hash: sha256.Sum256([]byte("second"))})
	now.Secrets[0].Until = r.clock().Add(time.Hour)
	r.must(r.store.UpdateClient(t.Context(), now))
	r.pass(core.MaxClientStale)
	second := with(form("grant_type", "refresh_token", "refresh_token", token, "client_id", "app"), "client_secret", "second")
	r.ok(r.refresh(c, token))
	r.ok(r.post("/token", second))
	// The first is deleted; the cached client still has it, the grant's standing
	// shows that the client has changed.
	now.Secrets, now.Version = now.Secrets[1:], now.Version+1
	r.must(r.store.UpdateClient(t.Context(), now))
	r.refuses(r.refresh(c, token), 401, core.InvalidClient)
	r.ok(r.post("/token", second))
}

func TestTK13_GuessesAreCountedAndAGoodSecretStillWorks(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	wrong := form("grant_type", "client_credentials", "client_id", "app", "client_secret", "wrong")
	throttled := 0
	for range 100 {
		switch a := r.post("/token", wrong); a.status {
		case http.StatusUnauthorized:
		case http.StatusTooManyRequests:
			throttled++
			if a.header.Get("Retry-After") == "" || a.text("error") != "slow_down" {
				t.Errorf("%v %s", a.header, a.body)
			}
		default:
			t.Fatalf("status %d", a.status)
		}
	}
	if throttled != 50 {
		t.Errorf("%d of 100 guesses were throttled", throttled)
	}
	r.store.Cost()
	r.ok(r.post("/token", as(c, "grant_type", "client_credentials")))
	if cost := r.store.Cost(); cost != "0 reads, 0 writes" {
		t.Errorf("a good request cost %s", cost)
	}
}

func TestTK01_TK02_TK10_TK14_TheForm(t *testing.T) {
	r := newRig(t)
	c := r.client("app")
	good := as(c, "grant_type", "client_credentials")
	r.ok(r.post("/token", good))
	if a := r.do(http.MethodGet, "/token", nil); a.status != 405 || !strings.Contains(a.header.Get("Allow"), "POST") {
		t.Errorf("GET: %d %v", a.status, a.header)
	}
	r.refuses(r.post("/token?client_id=app", good), 400, core.InvalidRequest)
	r.refuses(r.post("/token?x=1", good), 400, core.InvalidRequest)
	r.refuses(r.post("/token", good, "Content-Type", "application/json"), 400, core.InvalidRequest)
	r.refuses(r.post("/token", with(as(c, "grant_type", "client_credentials"), "scope", "read", "scope", "read")), 400, core.InvalidRequest)
	r.refuses(r.post("/token", as(c)), 400, core.InvalidRequest)
	for _, missing := range []string{"password", "urn:ietf:params:oauth:grant-type:saml2-bearer", "CLIENT_CREDENTIALS"} {
		r.refuses(r.post("/token", as(c, "grant_type", missing)), 400, core.UnsupportedGrantType) // TK04, TK08
	}
	r.ok(r.post("/token", with(good, "foo", "1"), "X-Unknown", "1"))
	limited := r.client("limited", func(c *core.Client) { c.GrantTypes = []string{core.GrantRefreshToken} })
	r.refuses(r.post("/token", as(limited, "grant_type", "client_credentials")), 400, core.UnauthorizedClient) // TOK06
}
