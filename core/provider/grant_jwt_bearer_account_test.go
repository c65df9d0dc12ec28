package provider

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/subject"
)

// holder stores an account that an address finds.
func (f *federation) holder(email string, verified bool, kinds ...string) core.Account {
	f.t.Helper()
	a := core.Account{ID: core.NewID(f.clock()), Profile: core.Profile{Email: email, EmailVerified: verified}}
	change := core.AccountChange{Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: email}}}
	for _, k := range kinds {
		change.PutCredentials = append(change.PutCredentials, core.Credential{CredentialKey: core.CredentialKey{Kind: k, Handle: a.ID.String()}, Account: a.ID})
	}
	f.must(f.store.Store.CreateAccount(context.Background(), change))
	a.Version = 1
	return a
}

// subjectOf is whom the token is for.
func (f *federation) subjectOf(a answer) core.ID {
	f.t.Helper()
	said := f.ok(f.introspectAs(f.app, f.ok(a).text("access_token")))
	id, err := core.ParseID(strings.TrimPrefix(said.text("sub"), accountSubject))
	f.must(err)
	return id
}

func TestJG02_EM06_OneSubjectOfTwoIssuersOrTenantsIsTwoPeople(t *testing.T) {
	second := newSigner(t, jose.ES256, "second")
	f := newFederation(t, func(c *Config) {
		c.TrustedIssuers = append(c.TrustedIssuers, peopleOf(second, "https://idp.other.example"),
			peopleOf(second, testIdP+"/many", func(i *core.TrustedIssuer) { i.Tenant = "t1" }),
			peopleOf(second, testIdP+"/many", func(i *core.TrustedIssuer) { i.Tenant = "t2" }))
	})
	seen := map[core.ID]string{}
	for _, who := range []struct {
		name   string
		signer *jose.Signer
		change map[string]any
	}{
		{"first", f.idp, map[string]any{}}, {"second issuer", second, claim("iss", "https://idp.other.example")},
		{"tenant 1", second, map[string]any{"iss": testIdP + "/many", "tenant": "t1"}},
		{"tenant 2", second, map[string]any{"iss": testIdP + "/many", "tenant": "t2"}},
		{"another sub", f.idp, claim("sub", "Ada")},
	} {
		say := func() string {
			return f.says(who.signer, core.TypeIDJAG, jagClaims(), map[string]any{"email": nil, "email_verified": nil}, who.change)
		}
		id := f.subjectOf(f.present(say()))
		if was, twice := seen[id]; twice {
			t.Errorf("%s is %s", who.name, was)
		}
		seen[id] = who.name
		if again := f.subjectOf(f.present(say())); again != id {
			t.Errorf("%s is somebody else the second time", who.name)
		}
	}
	for _, change := range []map[string]any{claim("iss", testIdP+"/many"), {"iss": testIdP + "/many", "tenant": "t3"}, {"iss": testIdP + "/many", "tenant": "T1"}} {
		f.refuses(f.present(f.says(second, core.TypeIDJAG, jagClaims(), change)), 400, core.InvalidGrant)
	}
}

// RP-14: an address links to an account only where both sides have proven it, the
// issuer is the authority for it, and nothing stronger is passed over.
func TestThreat_LNK01_LNK02_LNK03_LNK05_AnAddressIsAHintOnly(t *testing.T) {
	for _, tt := range []struct {
		name     string
		email    string
		verified bool
		kinds    []string
		change   map[string]any
		links    bool
	}{
		{"the rule", "ada@company.example", true, nil, nil, true},
		{"LNK03 not proven here", "ada@company.example", false, nil, nil, false},
		{"LNK01 flag absent", "ada@company.example", true, nil, claim("email_verified", nil), false},
		{"LNK01 not verified there", "ada@company.example", true, nil, claim("email_verified", false), false},
		{"LNK05 text", "ada@company.example", true, nil, claim("email_verified", "true"), false},
		{"LNK05 number", "ada@company.example", true, nil, claim("email_verified", 1), false},
		{"another domain", "ada@elsewhere.example", true, nil, claim("email", "ada@elsewhere.example"), false},
		{"LNK14 subdomain", "ada@company.example.evil", true, nil, claim("email", "ada@company.example.evil"), false},
		{"a second factor", "ada@company.example", true, []string{"totp"}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFederation(t, func(c *Config) { c.Authenticators = []core.Authenticator{secondOnly{}} })
			held := f.holder(tt.email, tt.verified, tt.kinds...)
			change := map[string]any{}
			if tt.change != nil {
				change = tt.change
			}
			a := f.present(f.idJAG(change))
			if !tt.links {
				f.refuses(a, 400, core.InvalidGrant)
				if len(f.grants()) > 0 || f.accounts() != 2 {
					t.Error("something was written")
				}
				return
			}
			if f.subjectOf(a) != held.ID {
				t.Error("not linked to the holder")
			}
			f.pass(time.Second) // LNK02: the link counts, whatever the address is now
			if f.subjectOf(f.present(f.idJAG(claim("email", "other@elsewhere.example")))) != held.ID {
				t.Error("the link is not kept")
			}
		})
	}
}

// secondOnly is an authenticator whose credentials count as a second factor.
type secondOnly struct{ core.Authenticator }

func (secondOnly) Method() string             { return "totp" }
func (secondOnly) Label() string              { return "" }
func (secondOnly) Steps() []core.Step         { return []core.Step{"totp"} }
func (secondOnly) Endpoints() []core.Endpoint { return nil }
func (secondOnly) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSecond: "totp"}
}

func TestEM06_AudSubIsPreferredAndNeverBelievedAlone(t *testing.T) {
	f := newFederation(t)
	inside, outside := f.holder("ada@company.example", true), f.holder("eve@elsewhere.example", true)
	f.refuses(f.present(f.idJAG(claim("aud_sub", outside.Subject()))), 400, core.InvalidGrant)
	if got := f.subjectOf(f.present(f.idJAG(map[string]any{"aud_sub": inside.Subject(), "email": nil}))); got != inside.ID {
		t.Error("not the account named")
	}
	f.refuses(f.present(f.idJAG(claim("aud_sub", outside.Subject()))), 400, core.InvalidGrant) // known as another
	f.pass(time.Second)
	if got := f.subjectOf(f.present(f.idJAG(claim("aud_sub", inside.Subject())))); got != inside.ID {
		t.Error("not the account named, when known")
	}
}

func TestEM06_AccountsAreMadeByPolicyAlone(t *testing.T) {
	closed := func(t *testing.T, why string, change ...func(*Config)) {
		t.Helper()
		f := newFederation(t, change...)
		if a := f.present(f.idJAG()); a.text("error") != "invalid_grant" || f.accounts() != 1 || len(f.grants()) > 0 {
			t.Errorf("%s: %d %s, %d accounts", why, a.status, a.body, f.accounts())
		}
	}
	closed(t, "sign-up is closed", func(c *Config) { c.SignUp = false })
	closed(t, "not just in time", func(c *Config) { c.TrustedIssuers[0].People.JustInTime = false })
	closed(t, "terms to agree to", func(c *Config) { c.Terms = core.Terms{Version: "1"} })
	closed(t, "address to prove", func(c *Config) { c.RequireVerifiedEmail, c.TrustedIssuers[0].People.Domains = true, nil })
	closed(t, "the hook refuses", func(c *Config) {
		c.Hooks.Identity = func(context.Context, core.IdentityQuestion) (core.IdentityAnswer, error) {
			return core.IdentityAnswer{Act: core.IdentityRefuse}, nil
		}
	})
	var asked core.IdentityQuestion
	f := newFederation(t)
	f.Hooks.Identity = func(_ context.Context, q core.IdentityQuestion) (core.IdentityAnswer, error) {
		asked = q
		return core.IdentityAnswer{Act: core.IdentityLink, Account: f.account.ID}, nil
	}
	if f.subjectOf(f.present(f.idJAG())) != f.account.ID || asked.Client != "app" || asked.Identity.Subject != "ada" || asked.Identity.Issuer != testIdP {
		t.Errorf("the hook was asked %+v", asked)
	}
	trusting := newFederation(t, func(c *Config) { c.TrustedIssuers[0].People.InsecureAssumeEmailVerified = true })
	trusting.ok(trusting.present(trusting.idJAG(claim("email_verified", nil))))
}

func TestEM06_RP15_RP19_AConnectionVouchesWhileItStands(t *testing.T) {
	ctx := context.Background()
	f := newFederation(t)
	o := core.Organization{ID: core.NewID(f.clock()), Name: "company", OrganizationTerms: core.OrganizationTerms{RequireConnection: true}}
	c := core.Connection{ID: core.NewID(f.clock()), Organization: o.ID, Kind: kindUpstream, ConnectionTerms: core.ConnectionTerms{JustInTime: true, Roles: []string{"member"}}}
	f.must(f.store.Store.CreateOrganization(ctx, core.OrganizationChange{Organization: o, PutDomains: []string{"company.example"}}))
	f.must(f.store.Store.CreateConnection(ctx, c))

	f.refuses(f.present(f.idJAG()), 400, core.InvalidGrant) // the organization wants its own connection, which this issuer is not
	f.trusted[testIdP][0].People.Connection, f.trusted[testIdP][0].People.Domains = c.ID, nil
	f.pass(core.MaxClientStale)
	f.refuses(f.present(f.idJAG()), 400, core.InvalidGrant) // nobody signs in by it: there is no such authenticator
	o.Version, o.RequireConnection = 1, false
	f.must(f.store.Store.UpdateOrganization(ctx, core.OrganizationChange{Organization: o}))
	f.pass(core.MaxClientStale)

	id := f.subjectOf(f.present(f.idJAG()))
	link, err := f.store.Store.Credential(ctx, core.CredentialKey{Kind: kindUpstream, Handle: subject.Of(c.ID.String(), testIdP, "ada")})
	if err != nil || link.Account != id || link.Connection != c.ID {
		t.Errorf("the link is not the one of a sign-in: %+v %v", link, err)
	}
	members, err := f.store.Store.Memberships(ctx, id, core.MemberOfOrganization, core.PageOf{Limit: 9})
	if err != nil || len(members) != 1 || members[0].Of != o.ID || members[0].Roles[0] != "member" {
		t.Errorf("members: %+v %v", members, err)
	}
	c.Version, c.Disabled = 1, true
	f.must(f.store.Store.UpdateConnection(ctx, c))
	f.refuses(f.present(f.idJAG()), 400, core.InvalidGrant)
}

func TestJG01_D6_PlainAssertionsOnlyWhereTheyAreTaken(t *testing.T) {
	f := newFederation(t)
	plain := func(change ...map[string]any) string {
		return f.says(f.idp, "JWT", map[string]any{"iss": testIdP, "sub": "ada"}, change...)
	}
	f.refuses(f.present(plain()), 400, core.InvalidGrant)
	people := f.trusted[testIdP][0].People
	people.Plain = true
	a := f.ok(f.present(plain(), "scope", "read"))
	if a.text("scope") != "read" {
		t.Errorf("scope: %s", a.body)
	}
	f.ok(f.present(plain(claim("aud", testIssuer+"/token")), "resource", testAPI))
	f.ok(f.present(f.says(f.idp, "", map[string]any{"iss": testIdP, "sub": "ada"})))
	for name, change := range map[string]map[string]any{
		"another client": claim("client_id", "deploy"), "no jti": claim("jti", nil), "two audiences": claim("aud", []string{testIssuer, testIssuer + "/token"}),
		"aud elsewhere": claim("aud", "https://elsewhere.example"),
	} {
		if a := f.present(plain(change)); a.text("error") != "invalid_grant" {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	f.refuses(f.present(plain(claim("resource", "https://foreign.example"))), 400, core.InvalidTarget)
	f.refuses(f.present(plain(claim("scope", "tools")), "scope", "read"), 400, core.InvalidScope)
	f.ok(f.present(f.idJAG()))
	people.TrustAMR = []string{"mfa"}
	said := f.introspectAs(f.app, f.ok(f.present(plain(claim("amr", []string{"pwd", "mfa"})))).text("access_token"))
	if !strings.Contains(said.body, `"amr":["fed","mfa"]`) {
		t.Errorf("amr: %s", said.body)
	}
}

func TestEM06_PeopleWhoSignInByTheSameIssuerAreKnownAtOnce(t *testing.T) {
	f := newFederation(t)
	f.trusted[testIdP][0].People.Method = "upstream:company"
	a := f.account
	a.Version, a.EmailVerified = 1, true
	f.must(f.store.Store.UpdateAccount(context.Background(), core.AccountChange{Account: a, PutCredentials: []core.Credential{{
		CredentialKey: core.CredentialKey{Kind: "upstream:company", Handle: subject.Of("", testIdP, "ada")}, Account: a.ID,
	}}}))
	if f.subjectOf(f.present(f.idJAG(claim("email", nil)))) != a.ID {
		t.Error("somebody else")
	}
}

// What is told to the owner of an account that is linked, and what is stored of it.
func TestEM06_ALinkIsToldAndRecorded(t *testing.T) {
	f := newFederation(t)
	f.holder("ada@company.example", true)
	token := f.idJAG()
	f.ok(f.present(token))
	all, err := f.store.Store.Events(context.Background(), core.EventFilter{Name: core.EventIdentityLinked}, core.PageOf{Limit: 9})
	if err != nil || len(all) != 1 || all[0].More["issuer"] != testIdP || all[0].Client != "app" {
		t.Fatalf("events: %+v %v", all, err)
	}
}

// The whole way on a database with SQL: made just in time, used once, ended with
// the account.
func TestEM04_EM06_AssertionsOnSQL(t *testing.T) {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "keywright.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	f := newFederationOn(t, db)
	jag, job := f.idJAG(), f.job()
	token := f.ok(f.present(jag)).text("access_token")
	f.refuses(f.present(jag), 400, core.InvalidGrant)
	f.ok(f.work(job))
	f.refuses(f.work(job), 400, core.InvalidGrant)
	if !f.active(f.app, token) {
		t.Fatal("not good to begin with")
	}
	a, err := f.store.Store.Account(ctx, f.grantOf("app").Account)
	f.must(err)
	a.GrantsEpoch++
	f.must(f.store.Store.UpdateAccount(ctx, core.AccountChange{Account: a}))
	if f.active(f.app, token) {
		t.Error("the token lives on")
	}
}

// EM-04: neither the log nor an event has an assertion, whatever becomes of it.
func TestEM04_AssertionsAreNeverLogged(t *testing.T) {
	var log lockedBuffer
	f := newFederation(t, func(c *Config) {
		c.Tools.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	good, bad, job := f.idJAG(), f.idJAG(claim("aud", "https://x.example")), f.job()
	f.ok(f.present(good))
	f.present(good)
	f.present(bad)
	f.present(good + "x")
	f.work(job)
	f.work(job)
	f.store.Arm(Fault{Nth: 1, Times: ForGood})
	f.present(f.idJAG())
	f.store.Arm(Fault{})
	said := log.String()
	for _, e := range f.seen {
		said += e.LogValue().String() + e.More["issuer"] + e.Reason
	}
	if !strings.Contains(said, "invalid_grant") {
		t.Fatal("nothing was logged at all")
	}
	for _, token := range []string{good, bad, job} {
		for _, part := range strings.Split(token, ".") {
			if strings.Contains(said, part) {
				t.Errorf("the log has %.20s…", part)
			}
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// Whatever a trusted issuer signs, and whatever is in its header, gets one clear
// answer.
func FuzzAssertion(f *testing.F) {
	f.Add(core.TypeIDJAG, `{"iss":"`+testIdP+`","sub":"a","aud":"`+testIssuer+`","exp":1772366460,"iat":1772366400,"jti":"1","client_id":"app","resource":"`+testMCP+`"}`)
	f.Add("JWT", `{"iss":"`+testPlatform+`","sub":"a","aud":["`+testIssuer+`"],"exp":1e9,"iat":1,"jti":null,"repository":"acme/site","ref":{}}`)
	f.Add("", `{"iss":"`+testIdP+`","tenant":[],"aud":[null],"cnf":null,"resource":[""],"scope":" "}`)
	fed := newFederation(f)
	f.Fuzz(func(t *testing.T, typ, payload string) {
		for _, s := range []*jose.Signer{fed.idp, fed.platform} {
			token, err := s.Sign(typ, []byte(payload))
			if err != nil {
				return
			}
			for _, a := range []answer{fed.present(token), fed.work(token)} {
				if a.status >= 500 || a.status != 200 && a.text("error") == "" {
					t.Fatalf("%d %s", a.status, a.body)
				}
			}
		}
	})
}
