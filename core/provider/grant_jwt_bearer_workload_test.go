package provider

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

func (f *federation) work(assertion string, pairs ...string) answer {
	return f.post("/token", byJWT(assertion, pairs...))
}

func TestWF01_AWorkloadActsAsAClientByItsAssertionAlone(t *testing.T) {
	f := newFederation(t)
	a := f.ok(f.work(f.job()))
	if a.text("scope") != "read write" || a.json["refresh_token"] != nil {
		t.Errorf("answer: %s", a.body)
	}
	token, err := f.readAccessToken(t.Context(), a.text("access_token"), f.clock())
	if err != nil || token.client != "deploy" || token.resource != testAPI || !token.grant.IsZero() {
		t.Errorf("token: %+v %v", token, err)
	}
	f.store.Cost()
	f.ok(f.work(f.job(), "scope", "read", "resource", testAPI, "client_id", "deploy"))
	if cost := f.store.Cost(); cost != "0 reads, 1 writes" { // the client is cached; the mark
		t.Errorf("a workload's assertion cost %s", cost)
	}
	f.refuses(f.work(f.job(), "scope", "tools"), 400, core.InvalidScope)
	f.refuses(f.work(f.job(), "resource", testMCP), 400, core.InvalidTarget)
	f.refuses(f.work(f.job(), "resource", testIssuer), 400, core.InvalidTarget)
	f.refuses(f.work(f.job(), "client_id", "app"), 400, core.InvalidGrant)
	f.refuses(f.work(f.job(), "client_id", "deploy", "client_secret", "x"), 400, core.InvalidRequest)
	f.refuses(f.post("/token", byJWT(f.job()), "Authorization", "Basic ZGVwbG95Og=="), 400, core.InvalidRequest)
	f.refuses(f.work(""), 401, core.InvalidClient)
	if f.accounts() != 1 {
		t.Error("an account was made")
	}
}

func TestWF01_TheMutationsOfAWorkloadsAssertion(t *testing.T) {
	f := newFederation(t)
	f.store.Cost()
	now := f.clock().Unix()
	for name, change := range map[string]map[string]any{
		"iss": claim("iss", testPlatform+"/"), "no iss": claim("iss", nil), "no sub": claim("sub", nil), "no aud": claim("aud", nil),
		"aud elsewhere": claim("aud", "https://x.example"), "two": claim("aud", []string{testIssuer, "https://x.example"}), "no exp": claim("exp", nil),
		"expired": claim("exp", now-61), "no iat": claim("iat", nil), "no jti": claim("jti", nil), "too long": claim("exp", now+2*3600),
		"nbf ahead": claim("nbf", now+90), "cnf": claim("cnf", map[string]any{"jkt": "x"}),
		"another repository": claim("repository", "evil/site"), "case": claim("repository", "Acme/site"), "longer": claim("repository", "acme/site2"),
		"list": claim("repository", []string{"acme/site"}), "object": claim("repository", claim("x", "acme/site")), "null": claim("ref", []any{nil}), "missing": claim("ref", nil),
		"another branch": claim("ref", "refs/heads/mainline"), "tag": claim("ref", "refs/tags/main"),
	} {
		if a := f.work(f.job(change)); a.status != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	claims := map[string]any{"iss": testPlatform, "sub": "x", "repository": "acme/site", "ref": "refs/heads/main"}
	for name, token := range map[string]string{
		"typ ID-JAG": f.says(f.platform, core.TypeIDJAG, claims), "typ at+jwt": f.says(f.platform, "at+jwt", claims), "another's key": f.says(f.idp, "JWT", claims),
		"unknown kid": f.says(newSigner(t, jose.RS256, "ci-2"), "JWT", claims), "none": encode(`{"alg":"none"}`) + "." + encode(`{"iss":"`+testPlatform+`"}`) + ".e30",
		"garbage": "a.b.c", "word": "x",
	} {
		if a := f.work(token); a.status != 400 || a.text("error") != "invalid_grant" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if cost := f.store.Cost(); cost != "0 reads, 0 writes" {
		t.Errorf("refusals cost %s", cost)
	}
	f.ok(f.work(f.says(f.platform, "", claims)))
	f.ok(f.work(f.job(claim("aud", testIssuer+"/token"))))
	f.trusted[testPlatform][0].Audiences = []string{"https://github.com/acme"}
	f.ok(f.work(f.job(claim("aud", "https://github.com/acme"))))
}

func TestWF01_OnceOrUntilItExpires(t *testing.T) {
	f := newFederation(t)
	token := f.job()
	if got := atOnce(16, func() answer { return f.work(token) }); got["ok"] != 1 {
		t.Errorf("of 16 uses: %v", got)
	}
	f.refuses(f.work(token), 400, core.InvalidGrant)
	f.trusted[testPlatform][0].Workloads[0].Reusable = true
	file := f.job(claim("jti", nil), claim("exp", f.clock().Unix()+3607)) // as a service account's token is
	f.ok(f.work(file))
	f.pass(59 * time.Minute)
	f.ok(f.work(file))
	f.pass(3 * time.Minute)
	f.refuses(f.work(file), 400, core.InvalidGrant)
}

func TestSTA_WF01_TheClientOfARuleCounts(t *testing.T) {
	ctx := context.Background()
	f := newFederation(t)
	api := f.client("api")
	token := f.ok(f.work(f.job())).text("access_token")
	if !f.active(api, token) {
		t.Fatal("not good to begin with")
	}
	c, err := f.store.Store.Client(ctx, "deploy")
	f.must(err)
	c.Disabled, c.Epoch = true, 1
	f.must(f.store.Store.UpdateClient(ctx, c))
	if f.active(api, token) {
		t.Error("the token lives on")
	}
	f.pass(core.MaxClientStale)
	f.refuses(f.work(f.job()), 400, core.UnauthorizedClient)
	c.Disabled, c.Version, c.GrantTypes = false, 2, []string{core.GrantClientCredentials}
	f.must(f.store.Store.UpdateClient(ctx, c))
	f.pass(core.MaxClientStale)
	f.refuses(f.work(f.job()), 400, core.UnauthorizedClient)
	c.Lane, c.Version, c.GrantTypes = core.LaneDCR, 3, []string{core.GrantJWTBearer}
	f.must(f.store.Store.UpdateClient(ctx, c))
	f.pass(core.MaxClientStale)
	f.refuses(f.work(f.job()), 400, core.UnauthorizedClient)
	f.trusted[testPlatform][0].Workloads[0].Client = "nobody"
	f.refuses(f.work(f.job()), 400, core.UnauthorizedClient)
}

func TestLNK18_CA12_TheKeysOfAnIssuer(t *testing.T) {
	one, two := newSigner(t, jose.ES256, "1"), newSigner(t, jose.ES256, "2")
	same := newSigner(t, jose.ES256, "2")
	server := &keyServer{set: jose.JWKS(one.JWK()), down: true}
	f := newFederation(t, func(c *Config) {
		c.Tools.HTTP = &http.Client{Transport: server}
		c.TrustedIssuers[0].Keys, c.TrustedIssuers[0].KeysURI = nil, "https://idp.company.example/jwks"
	})
	use := func(s *jose.Signer) answer { return f.present(f.says(s, core.TypeIDJAG, jagClaims())) }
	check := func(what string, a answer, want, fetches int) {
		t.Helper()
		if a.status != want || server.fetches != fetches || want == 503 && a.text("error") != "temporarily_unavailable" {
			t.Errorf("%s: %d %s after %d fetches", what, a.status, a.body, server.fetches)
		}
	}
	check("no key could make it good", f.present(f.says(one, "at+jwt", jagClaims())), 400, 0)
	check("an outage is never invalid_grant", use(one), 503, 1)
	check("nor while it cools down", use(one), 503, 1)
	server.down = false
	f.pass(31 * time.Second)
	check("there", use(one), 200, 2)
	server.set = jose.JWKS(one.JWK(), two.JWK())
	check("rotated within the cooldown", use(two), 400, 2)
	f.pass(31 * time.Second)
	check("rotated", use(two), 200, 3)
	server.set = jose.JWKS(one.JWK(), same.JWK())
	f.pass(31 * time.Second)
	check("another key under the same kid", use(same), 200, 4)
	for range 5 {
		check("the old one", use(two), 400, 4)
	}
	server.down = true
	f.pass(11 * time.Minute)
	check("away, a key that is kept", use(same), 200, 5)
	check("away, a kid that is not there", use(newSigner(t, jose.ES256, "9")), 503, 5)
	f.pass(25 * time.Hour)
	check("away for a day", use(same), 503, 6)
	var wg sync.WaitGroup
	server.down = false
	f.pass(31 * time.Second)
	for range 8 {
		token := f.says(same, core.TypeIDJAG, jagClaims())
		wg.Go(func() {
			if a := f.present(token); a.status != 200 {
				t.Errorf("at once: %d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	if server.fetches != 7 {
		t.Errorf("single flight: %d fetches", server.fetches)
	}
}

// Each store call of the grant fails, before or after it takes effect: never an
// invalid_grant, nothing half done, and the same assertion works when the store
// does, unless its grant was created and nobody could say so.
func TestFaults_AnAssertionIsNotLostToAnOutage(t *testing.T) {
	for _, first := range []bool{true, false} {
		for _, after := range []bool{false, true} {
			for n := 1; n < 10; n++ {
				f := newFederation(t)
				if !first {
					f.ok(f.present(f.idJAG()))
				}
				f.ok(f.present(f.idJAG(claim("sub", "warm"), claim("email", nil)))) // the client is cached
				had := len(f.grants())
				token := f.idJAG()
				f.store.Arm(Fault{Nth: n, After: after})
				a := f.present(token)
				f.store.Arm(Fault{})
				if a.status == http.StatusOK {
					continue
				}
				if a.status != http.StatusServiceUnavailable {
					t.Errorf("first %v, call %d, after %v: %d %s", first, n, after, a.status, a.body)
				}
				if len(f.grants()) != had {
					t.Errorf("first %v, call %d, after %v: a grant is left", first, n, after)
				}
				f.ok(f.present(token))
			}
		}
	}
}

// remoteLane is a lane of clients that describe themselves elsewhere.
type remoteLane struct {
	core.KeptHere
	asked  *atomic.Int32
	client core.Client
	err    error
}

func (remoteLane) Lane() core.Lane                         { return core.LaneCIMD }
func (remoteLane) Start(core.Tools) error                  { return nil }
func (remoteLane) Owns(id string) bool                     { return len(id) > 8 && id[:8] == "https://" }
func (remoteLane) Apply(context.Context, core.Store) error { return nil }
func (remoteLane) Remote() bool                            { return true }
func (l remoteLane) Load(ctx context.Context, s core.Store, id string) (core.Client, error) {
	if c, err := s.Client(ctx, id); err == nil {
		return c, nil
	}
	l.asked.Add(1)
	return l.client, l.err
}

func (l remoteLane) Known(ctx context.Context, s core.Store, id string) (core.Client, bool, error) {
	c, err := s.Client(ctx, id)
	return c, err == nil, err
}

// localRows is every id that is no URL.
type localRows struct{ rowLane }

func (localRows) Owns(id string) bool { return len(id) < 8 || id[:8] != "https://" }

func TestEM02_CM19_AClientNobodyHasSeenIsFetchedOnlyWhenVouchedFor(t *testing.T) {
	const id = "https://agent.example/client"
	key := newSigner(t, jose.ES256, "")
	lane := remoteLane{asked: &atomic.Int32{}}
	lane.client = core.Client{ID: id, Lane: core.LaneCIMD, ClientMetadata: core.ClientMetadata{
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantJWTBearer}, Scopes: []string{"tools", "read", "write"}, Resources: []string{testMCP, testAPI},
	}}
	byAssertion(key)(&lane.client)
	f := newFederation(t, func(c *Config) {
		c.Lanes = []core.ClientLane{localRows{}, &lane}
		c.Scopes = []core.Scope{{Name: "tools", Vetted: true}}
	})
	ask := func(jag string) answer {
		return f.post("/token", byJWT(jag, "client_assertion_type", assertionType, "client_assertion", f.assertion(key, "", id, nil)))
	}
	f.refuses(ask(f.idJAG()), 401, core.InvalidClient) // for "app"
	f.refuses(ask(f.says(key, core.TypeIDJAG, jagClaims(), claim("client_id", id))), 401, core.InvalidClient)
	f.refuses(ask("x"), 401, core.InvalidClient)
	if lane.asked.Load() != 0 {
		t.Fatal("something was fetched for nobody")
	}
	jag := func() string { return f.idJAG(claim("client_id", id)) }
	lane.err = &core.ClientFault{Host: "agent.example", Reason: "unreachable", Cause: errors.New("away")}
	f.refuses(ask(jag()), 503, core.TemporarilyUnavailable)
	lane.err = nil
	if a := f.ok(ask(jag())); a.text("scope") != "read" { // BC-04: what is vetted is not for it
		t.Errorf("%s", a.body)
	}
	f.pass(core.MaxClientStale)
	f.ok(ask(jag()))
	admitted, err := f.Store.Events(t.Context(), core.EventFilter{Name: core.EventClientAdmitted}, core.PageOf{Limit: 10})
	if err != nil || len(admitted) != 1 || admitted[0].Client != id || lane.asked.Load() != 2 {
		t.Errorf("asked %d, admitted %v, %v", lane.asked.Load(), admitted, err)
	}
}
