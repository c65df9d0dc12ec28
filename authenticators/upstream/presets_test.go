package upstream

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

func appleKey(t *testing.T) (AppleKey, jose.KeySet) {
	t.Helper()
	key, err := jose.Generate("ES256")
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	set, err := jose.NewKeySet(jose.Key{ID: "KEY7890123", Public: key.Public()})
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return AppleKey{Team: "TEAM123456", Key: "KEY7890123", PrivateKey: string(text)}, set
}

// Every preset is a configuration that can be used as it is, by New and as a connection.
func TestPresets(t *testing.T) {
	key, _ := appleKey(t)
	presets := []Provider{
		Google("c", "s"), Microsoft("c", "s", "t-1"), Microsoft("c", "s", "t-1", "t-2"), Microsoft("c", "s", "t-1", microsoftPersonal),
		Apple("c", key), GitHub("c", "s"), GitLab("c", "s"), Okta("example.okta.com", "c", "s"), Auth0("example.eu.auth0.com", "c", "s"),
		Slack("c", "s"), Discord("c", "s"), LinkedIn("c", "s"), Facebook("c", "s"), X("c", "s"), Twitch("c", "s"),
	}
	names := map[string]bool{}
	for _, p := range presets {
		if _, err := New(p); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		settings, secrets, err := MakeSettings(p)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		again, err := ParseSettings(settings, secrets)
		if err != nil {
			t.Errorf("%s: %v\n%s", p.Name, err, settings)
		}
		if strings.Contains(string(settings), key.PrivateKey[40:60]) || strings.Contains(string(settings), `"s"`) {
			t.Errorf("%s: a secret among the settings: %s", p.Name, settings)
		}
		if fmt.Sprintf("%#v", again.Claims) != fmt.Sprintf("%#v", p.Claims) || again.Endpoints != p.Endpoints || again.ClientSecret != p.ClientSecret {
			t.Errorf("%s does not come back as it was", p.Name)
		}
		if len(p.Domains) > 0 || p.KeepTokens || p.InsecureStaleSignIn || p.InsecureAssumeEmailVerified || len(p.TrustAMR) > 0 {
			t.Errorf("%s trusts more than it is told to", p.Name)
		}
		names[p.Name] = true
	}
	if len(names) < 10 {
		t.Errorf("%d presets", len(names))
	}
}

// github makes the liar speak like GitHub.
func github(t *testing.T) *world {
	l := newLiar(t)
	p := GitHub(clientID, clientSecret)
	p.Endpoints = Endpoints{Authorization: l.URL + "/authorize", Token: l.URL + "/token", UserInfo: l.URL + "/userinfo", Emails: l.URL + "/emails"}
	p.Issuer, p.InsecureAllowLoopback, p.Domains = l.URL, true, []string{"example.com"}
	a, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, l, a)
	w.answer = func(m map[string]any) {
		delete(m, "id_token")
		m["token_type"] = "bearer"
		m["scope"] = "read:user,user:email"
	}
	w.info = map[string]any{"id": 583231, "login": "mara", "name": nil, "email": "public@evil.example", "avatar_url": "https://avatars.example/1"}
	w.emails = []map[string]any{{"email": "old@example.com", "verified": true, "primary": false}, {"email": "mara@example.com", "verified": true, "primary": true}}
	return w
}

func TestRP09_GitHub(t *testing.T) {
	w := github(t)
	to := w.away()
	if q := to.Query(); q.Get("code_challenge_method") != "S256" || q.Has("nonce") || q.Get("scope") != "read:user user:email" {
		t.Errorf("%v", q)
	}
	who := w.identity()
	if who.Subject != "583231" || who.Profile.PreferredUsername != "mara" || who.Profile.Email != "mara@example.com" || !who.EmailTrusted || who.Profile.Picture == "" {
		t.Errorf("%+v", who)
	}
	if w.bearers[0] != "Bearer at-1" || w.liar.tokens.Get("client_secret") != clientSecret {
		t.Errorf("asked with %v, %v", w.bearers, w.liar.tokens)
	}
	key := who.Key
	w.info["login"], w.info["id"] = "renamed", 583231 // RP-07
	if w.identity().Key != key {
		t.Error("another login is another person")
	}
	for name, emails := range map[string]any{
		"not verified": []map[string]any{{"email": "mara@example.com", "verified": false, "primary": true}},
		"not primary":  []map[string]any{{"email": "mara@example.com", "verified": true}},
		"none":         []any{},
	} {
		w.emails = emails
		if p := w.identity().Profile; p.Email != "" || p.EmailVerified {
			t.Errorf("%s: %q", name, p.Email)
		}
	}
	for _, id := range []any{nil, "", 1.5, -1, true, strings.Repeat("9", 300)} {
		w.info["id"] = id
		reply, err := w.signIn()
		w.wantProblem(reply, err, problemBroken)
	}
	w.info["id"] = 583231
	w.emails = "<script>"
	reply, err := w.signIn()
	w.wantProblem(reply, err, problemBroken)
}

// A provider that cannot say when somebody signed in is not asked where that matters, unless it is allowed to.
func TestFresh_withoutIDTokens(t *testing.T) {
	w := github(t)
	w.turn.Account.ID = core.NewID(w.at)
	reply, err := w.begin(w.a.start, nil)
	w.wantProblem(reply, err, problemStale)
	w.a.provider.InsecureStaleSignIn = true
	if to := w.away(); to.Query().Has("prompt") || to.Query().Has("max_age") {
		t.Errorf("%v", to.Query())
	}
	w.identity()
}

// Apple posts the answer, wants a fresh JWT for a secret, says "true" for true, and sends the name once, by the browser.
func TestApple(t *testing.T) {
	key, set := appleKey(t)
	l := newLiar(t)
	p := Apple(clientID, key)
	p.Issuer, p.InsecureAllowLoopback = l.URL, true
	a, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, l, a)
	w.id = func(c map[string]any) { c["email_verified"] = "true"; delete(c, "name") }
	to := w.away()
	if q := to.Query(); q.Get("response_mode") != "form_post" || q.Get("scope") != "openid email name" {
		t.Errorf("%v", q)
	}
	values := w.authorize(to)
	values.Set("user", `{"name":{"firstName":"Mara","lastName":"Lindqvist"},"email":"eve@evil.example"}`)
	reply, err := w.back(values)
	who, ok := reply.(core.Identified)
	if err != nil || !ok {
		t.Fatalf("%+v, %v\n%s", reply, err, w.log.text())
	}
	if got := who.Identity.Profile; got.Name != "Mara Lindqvist" || got.GivenName != "Mara" || got.Email != "mara@example.com" || !got.EmailVerified {
		t.Errorf("%+v", got)
	}
	checkAppleSecret(t, w.liar.tokens, set, w.at.Unix())
	first := w.liar.tokens.Get("client_secret")
	for _, user := range []string{"", "nonsense", `{"name":17}`, strings.Repeat("a", 3000)} {
		values = w.authorize(w.away())
		values.Set("user", user)
		if reply, err = w.back(values); err != nil {
			t.Fatal(err)
		} else if who, ok := reply.(core.Identified); !ok || who.Identity.Profile.Name != "" {
			t.Errorf("%q: %+v", user, reply)
		}
	}
	if w.liar.tokens.Get("client_secret") == first {
		t.Error("the secret does not rotate")
	}
}

func checkAppleSecret(t *testing.T, form url.Values, set jose.KeySet, at int64) {
	t.Helper()
	payload, header, err := jose.Verify(form.Get("client_secret"), set, []jose.Algorithm{"ES256"})
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Iss, Sub, Aud string
		Iat, Exp      int64
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	if header.KeyID != "KEY7890123" || c.Iss != "TEAM123456" || c.Sub != clientID || c.Aud != appleIssuer || c.Iat != at || c.Exp != at+300 {
		t.Errorf("%+v %+v", header, c)
	}
	if form.Get("client_id") != clientID {
		t.Errorf("client_id %q", form.Get("client_id"))
	}
}

// An address where the provider documents true as text, or nothing: Microsoft's is verified by xms_edov alone.
func TestMicrosoft_addressesAreVerifiedByDomainOwnerAlone(t *testing.T) {
	w := newWorld(t, func(p *Provider) { p.Claims = Microsoft("c", "s", "t").Claims })
	if p := w.identity().Profile; p.EmailVerified { // email_verified is true there
		t.Error("nOAuth")
	}
	claim("xms_edov", true)(w)
	if p := w.identity().Profile; !p.EmailVerified {
		t.Error("xms_edov is not believed")
	}
}
