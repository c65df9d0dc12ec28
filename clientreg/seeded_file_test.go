package clientreg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

const yamlSeed = `
clients:
  - client_id: web
    client_name: "Web \U0001F511"
    redirect_uris: [https://app.example/cb]
    secret: 0123456789abcdef0123456789abcdef
    secrets:
      - {secret_sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, secret_until: 2026-04-01T00:00:00Z}
    grant_types: [authorization_code, refresh_token]
    scope: openid profile
    default_max_age: 3600
    lifetimes: {access_token: 5m}
    jwks: {keys: [{kty: OKP, crv: Ed25519, x: abc}]}
`

const jsonSeed = `{
	"clients": [{
		"client_id": "web", "client_name": "Web \ud83d\udd11", "redirect_uris": ["https:\/\/app.example/cb"],
		"secret": "0123456789abcdef0123456789abcdef",
		"secrets": [{"secret_sha256": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "secret_until": "2026-04-01T00:00:00Z"}],
		"grant_types": ["authorization_code", "refresh_token"], "scope": "openid profile",
		"default_max_age": 3600, "lifetimes": {"access_token": "5m"},
		"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "abc"}]}
	}]
}`

func writeSeed(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clients")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSeededFile_yamlAndJSONSayTheSame(t *testing.T) {
	var read []core.Client
	for _, text := range []string{yamlSeed, jsonSeed} {
		lane, err := SeededFile(writeSeed(t, text))
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, lane.(*SeededLane).clients...)
	}
	if len(read) != 2 || !same(read[0].ClientMetadata, read[1].ClientMetadata) {
		t.Fatalf("they differ: %+v", read)
	}
	c := read[0]
	if c.Name != "Web 🔑" || len(c.Secrets) != 2 || c.Secrets[1].Until.IsZero() || c.DefaultMaxAge != time.Hour ||
		c.Lifetimes.AccessToken != 5*time.Minute || !c.MayUse(core.GrantRefreshToken) || len(c.Keys) == 0 {
		t.Errorf("%+v", c.ClientMetadata)
	}
}

func TestSeededFile_refusals(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown member":      {"clients: [{client_id: a, colour: red}]", "colour"},
		"unknown at the top":  {"customers: []", "customers"},
		"two documents":       {"clients: []\n---\nclients: []", "more than one"},
		"not YAML":            {"clients: [", "line"},
		"not JSON":            {`{"clients": [}`, "character"},
		"a problem of a seed": {"clients: [{client_id: a}]", "redirect_uris"},
		"a list":              {"- client_id: a", "a list where this belongs"},
		"wrong type":          {"clients: [{client_id: a, default_max_age: soon}]", "line 1"},
	} {
		if _, err := SeededFile(writeSeed(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := SeededFile(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("no file, no error")
	}
	if lane, err := SeededFile(writeSeed(t, "")); err != nil || len(lane.(*SeededLane).clients) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

func TestSeededFile_errorsRepeatNoSecret(t *testing.T) {
	for _, text := range []string{
		"clients: [{client_id: a, secrets: canary}]",
		"clients: [{client_id: a, secret: *canary}]",
		"clients: [{client_id: a, secret: {canary: canary}}]",
		"clients: [{client_id: a, secret_until: canary}]",
		"clients: canary",
	} {
		_, err := SeededFile(writeSeed(t, text))
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseSeeds(f *testing.F) {
	for _, s := range []string{yamlSeed, jsonSeed, "", "{", "clients:\n- {jwks: {1: 2}}", "a: &a [*a]", "\xef\xbb\xbf{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		seeds, err := parseSeeds(b)
		if err != nil {
			return
		}
		for i := range seeds { // what a fuzzer must not do: read files and the environment
			seeds[i].File, seeds[i].Env = "", ""
			for j := range seeds[i].Secrets {
				seeds[i].Secrets[j].File, seeds[i].Secrets[j].Env = "", ""
			}
		}
		clients, err := checkSeeds(seeds, t.TempDir())
		if err != nil {
			return
		}
		for _, c := range clients {
			if !owns(c.ID) || c.AuthMethod == "" || len(c.GrantTypes) == 0 {
				t.Fatalf("accepted %+v", c)
			}
			if _, err := c.MarshalPayload(); err != nil && len(b) < core.MaxPayload {
				t.Fatal(err)
			}
		}
	})
}
