package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

const (
	testIdP      = "https://idp.company.example"
	testPlatform = "https://ci.example"
)

// federation is a provider that trusts an identity provider of a company and a
// platform that runs workloads. The client "app" may use assertions about people,
// and "deploy" is whom workloads act as.
type federation struct {
	*rig
	idp, platform *jose.Signer
	app           core.Client
}

func peopleOf(key *jose.Signer, issuer string, change ...func(*core.TrustedIssuer)) core.TrustedIssuer {
	i := core.TrustedIssuer{Issuer: issuer, Keys: jose.JWKS(key.JWK()), People: &core.TrustedPeople{
		Domains: []string{"company.example"}, JustInTime: true,
		Access: []core.Access{{Resource: testMCP, Scopes: []string{"tools", "read"}}, {Resource: testAPI, Scopes: []string{"read"}}},
	}}
	for _, f := range change {
		f(&i)
	}
	return i
}

func workloadsOf(key *jose.Signer, issuer string, rules ...core.TrustedWorkload) core.TrustedIssuer {
	return core.TrustedIssuer{Issuer: issuer, Keys: jose.JWKS(key.JWK()), Workloads: rules}
}

func deployRule(change ...func(*core.TrustedWorkload)) core.TrustedWorkload {
	w := core.TrustedWorkload{
		Client: "deploy", Claims: map[string]string{"repository": "acme/site", "ref": "refs/heads/main"},
		Access: []core.Access{{Resource: testAPI, Scopes: []string{"read", "write"}}},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

func usesAssertions(c *core.Client) { c.GrantTypes = []string{core.GrantJWTBearer} }

func newFederation(t testing.TB, change ...func(*Config)) *federation {
	return newFederationOn(t, memory.New(), change...)
}

func newFederationOn(t testing.TB, db core.Database, change ...func(*Config)) *federation {
	f := &federation{idp: newSigner(t, jose.ES256, "idp-1"), platform: newSigner(t, jose.EdDSA, "ci-1")}
	f.rig = newRigOn(t, db, append([]func(*Config){func(c *Config) {
		c.SignUp = true
		c.TrustedIssuers = []core.TrustedIssuer{peopleOf(f.idp, testIdP), workloadsOf(f.platform, testPlatform, deployRule())}
	}}, change...)...)
	f.app = f.client("app", usesAssertions)
	f.client("deploy", usesAssertions, public)
	return f
}

// says signs claims with what is changed; nil removes one.
func (f *federation) says(s *jose.Signer, typ string, claims map[string]any, change ...map[string]any) string {
	f.t.Helper()
	now := f.clock().Unix()
	all := map[string]any{"aud": testIssuer, "exp": now + 120, "iat": now, "jti": core.NewID(f.clock()).String()}
	maps.Copy(all, claims)
	for _, c := range change {
		maps.Copy(all, c)
	}
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(all)
	f.must(err)
	token, err := s.Sign(typ, payload)
	f.must(err)
	return token
}

func (f *federation) idJAG(change ...map[string]any) string {
	return f.says(f.idp, core.TypeIDJAG, map[string]any{
		"iss": testIdP, "sub": "ada", "client_id": "app", "resource": testMCP, "scope": "tools read write",
		"email": "ada@company.example", "email_verified": true, "name": "Ada",
	}, change...)
}

func (f *federation) job(change ...map[string]any) string {
	return f.says(f.platform, "JWT", map[string]any{
		"iss": testPlatform, "sub": "repo:acme/site:ref:refs/heads/main", "repository": "acme/site", "ref": "refs/heads/main",
	}, change...)
}

func byJWT(assertion string, pairs ...string) url.Values {
	return with(form("grant_type", core.GrantJWTBearer, "assertion", assertion), pairs...)
}

// present sends an assertion about a person as the client "app".
func (f *federation) present(assertion string, pairs ...string) answer {
	return f.post("/token", with(as(f.app), append([]string{"grant_type", core.GrantJWTBearer, "assertion", assertion}, pairs...)...))
}

func (f *federation) accounts() int {
	f.t.Helper()
	all, err := f.store.Store.Accounts(context.Background(), core.PageOf{Limit: 1000})
	f.must(err)
	return len(all)
}

func (f *federation) grants() []core.Grant {
	f.t.Helper()
	all, err := f.store.Store.Grants(context.Background(), core.GrantFilter{Client: "app"}, core.PageOf{Limit: 1000})
	f.must(err)
	return all
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func (f *federation) payload(token string) []byte {
	f.t.Helper()
	_, payload, err := jose.Peek(token)
	f.must(err)
	return payload
}
