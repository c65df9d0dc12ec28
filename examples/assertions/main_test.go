package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// signer is a party that the provider trusts, with a key of this test.
type signer struct {
	t   *testing.T
	key *ecdsa.PrivateKey
	p   *providertest.Provider
}

func (s *signer) jwks() json.RawMessage {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	b, err := json.Marshal(set)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *signer) sign(typ string, claims map[string]any) string {
	now := s.p.Now()
	all := map[string]any{"aud": s.p.Issuer(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "jti": rand.Text()}
	maps.Copy(all, claims)
	o := (&jose.SignerOptions{}).WithHeader("kid", "k")
	if typ != "" {
		o.WithType(jose.ContentType(typ))
	}
	with, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, o)
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := jwt.Signed(with).Claims(all).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func start(t *testing.T) (*signer, provider) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{t: t, key: key}
	s.p = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Resources, c.TrustedIssuers = resources(), trusted()
		for i := range c.TrustedIssuers { // this test signs for all of them
			c.TrustedIssuers[i].KeysURI, c.TrustedIssuers[i].Keys = "", s.jwks()
		}
	}))
	s.p.Client(clientreg.Seed{
		ID: "deployer", AuthMethod: "none", GrantTypes: []string{core.GrantJWTBearer}, Scope: "deploy:start", Resources: []string{deployments},
	})
	return s, provider{http: s.p.HTTP(), endpoint: s.p.Issuer() + "/token"}
}

// payload is what an access token says; the API would verify it.
func payload(t *testing.T, access string) string {
	t.Helper()
	token, err := jwt.ParseSigned(access, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAWorkflowOfOneBranchDeploys(t *testing.T) {
	s, p := start(t)
	job := func(ref string) string {
		return s.sign("JWT", map[string]any{
			"iss": actions().Issuer, "sub": "repo:acme/site:environment:production", "repository_id": "512345", "ref": ref, "environment": "production",
		})
	}
	access, err := p.workload(t.Context(), job("refs/heads/main"), deployments)
	if err != nil {
		t.Fatal(err)
	}
	if said := payload(t, access); !strings.Contains(said, `"sub":"deployer"`) || !strings.Contains(said, `"aud":"`+deployments) {
		t.Errorf("token: %s", said)
	}
	if _, err = p.workload(t.Context(), job("refs/heads/pull"), deployments); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("another branch: %v", err)
	}
}

func TestAServiceAccountUsesItsTokenAgain(t *testing.T) {
	s, p := start(t)
	token := s.sign("", map[string]any{"iss": cluster().Issuer, "sub": "system:serviceaccount:delivery:deployer", "jti": nil})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ASSERTION_FILE", file)
	t.Setenv("ISSUER", s.p.Issuer())
	for range 2 {
		if _, err := p.workload(t.Context(), token, deployments); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAnAgentReadsForAPersonOfTheCompany(t *testing.T) {
	s, p := start(t)
	agent := s.p.Client(clientreg.Seed{
		ID: "agent", GrantTypes: []string{core.GrantJWTBearer}, Scope: "notes:read notes:write", Resources: []string{notes},
	})
	idJAG := s.sign(core.TypeIDJAG, map[string]any{
		"iss": company().Issuer, "sub": "00u1", "client_id": "agent", "resource": notes, "scope": "notes:read notes:write",
		"email": "ada@acme.example", "email_verified": true,
	})
	access, err := p.agent(t.Context(), idJAG, "agent", agent.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if said := payload(t, access); !strings.Contains(said, `"scope":"notes:read"`) || !strings.Contains(said, `"sub":"usr_`) {
		t.Errorf("token: %s", said)
	}
	if _, err = p.agent(t.Context(), idJAG, "agent", agent.Secret); err == nil || !strings.Contains(err.Error(), "used before") {
		t.Errorf("a second time: %v", err)
	}
}
