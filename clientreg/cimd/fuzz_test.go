package cimd

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/redirecturi"
)

// Whatever a site publishes: no panic, and what is accepted is as narrow as a
// client that nobody vouches for must be.
func FuzzDocument(f *testing.F) {
	const id = "https://app.example/c"
	for _, seed := range []string{
		`{"client_id":"https://app.example/c","client_name":"A","redirect_uris":["https://app.example/cb"]}`,
		`{"client_id":"https://app.example/c","client_name":"A","redirect_uris":["http://127.0.0.1/"],"grant_types":["authorization_code","refresh_token"],"scope":"a b"}`,
		`{"client_id":"https://app.example/c","client_name":"A","redirect_uris":["cursor://x/cb"],"token_endpoint_auth_method":"private_key_jwt","jwks_uri":"https://app.example/k"}`,
		`{"client_id":"https://app.example/c","client_name":"A","redirect_uris":[null],"jwks":{"keys":[{"kty":"oct","k":"A"}]}}`,
		`{"CLIENT_ID":"https://app.example/c"}`, `[]`, `{"client_id":`, "\xff", `{"a":` + strings.Repeat("[", 40),
	} {
		f.Add([]byte(seed))
	}
	l := &Lane{scopes: []string{"a", "openid"}, algorithms: []string{"RS256"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, failed := l.parse(address{id: id, host: "app.example"}, body)
		if failed != nil {
			if failed.reason == "" || strings.ContainsAny(failed.reason, " \"<") {
				t.Errorf("reason %q", failed.reason)
			}
			return
		}
		whole := core.Client{ID: id, Lane: core.LaneCIMD, ClientMetadata: c}
		if c.FirstParty || c.Challenge || c.InsecureNoPKCE || len(c.Secrets) > 0 || len(c.Serves) > 0 || c.Name == "" || len(c.RedirectURIs) == 0 {
			t.Errorf("%+v", c)
		}
		if c.AuthMethod != core.AuthNone && (c.AuthMethod != core.AuthPrivateKeyJWT || len(c.Keys) == 0 && c.KeysURI == "") {
			t.Errorf("method %q", c.AuthMethod)
		}
		for _, uri := range slices.Concat(c.RedirectURIs, c.LogoutURIs) {
			if redirecturi.CheckRegistration(uri, redirecturi.Agents()) != nil {
				t.Errorf("redirect URI %q", uri)
			}
		}
		for _, g := range c.GrantTypes {
			if g != core.GrantAuthorizationCode && g != core.GrantRefreshToken {
				t.Errorf("grant type %q", g)
			}
		}
		if _, err := whole.MarshalPayload(); err != nil || whole.Digest().IsZero() {
			t.Errorf("cannot be stored: %v", err)
		}
	})
}

// What is taken for a client_id is asked for byte for byte, at a public name.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://app.example/c", "https://app.example:8443/a/b.json", "https://a@b.example/c", "https://app.example/%2e%2e/c", "https://127.0.0.1/c", "https://[::1]/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		a, failed := parseAddress(id, &Options{})
		if failed != nil {
			return
		}
		u, err := url.Parse(id)
		if err != nil || u.String() != id || u.Scheme != "https" || u.User != nil || u.Path == "" || u.Path == "/" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q is accepted", id)
		}
		if a.host != u.Hostname() || !strings.Contains(a.host, ".") || strings.ContainsAny(a.host, ":%[]@ ") || len(id) > core.MaxClientID {
			t.Errorf("%q has host %q", id, a.host)
		}
		for _, segment := range strings.Split(u.Path, "/") {
			if segment == "." || segment == ".." {
				t.Errorf("%q has a dot segment", id)
			}
		}
	})
}
