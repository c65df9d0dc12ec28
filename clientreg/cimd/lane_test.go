package cimd_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// alone is a lane without a provider, over an empty store, with a clock.
type alone struct {
	*site
	*cimd.Lane
	store core.Store
	now   atomic.Int64
}

func newAlone(t testing.TB, o cimd.Options) *alone {
	a := &alone{site: newSite(t), Lane: cimd.New(o)}
	a.now.Store(noon.UnixNano())
	db, tenant := memory.New(), core.NewID(noon)
	if err := db.CreateTenant(t.Context(), core.Tenant{ID: tenant, Name: "test"}); err != nil {
		t.Fatal(err)
	}
	a.store = db.Tenant(tenant)
	err := lane{a.Lane, a.client()}.Start(core.Tools{
		Issuer: "https://id.example", Now: func() time.Time { return time.Unix(0, a.now.Load()).UTC() }, Observer: deaf{},
		Offers: core.Offers{Algorithms: []string{"RS256"}, Scopes: []string{"openid", "email", "read"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.answers(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(good("https://" + r.Host + r.URL.Path)))
	})
	return a
}

func (a *alone) pass(d time.Duration) { a.now.Add(int64(d)) }

func (a *alone) load(t testing.TB, id string) (core.Client, error) {
	return a.Load(t.Context(), a.store, id)
}

type deaf struct{}

func (deaf) Observe(context.Context, core.Event) {}

// CM-18, DCR16: who meets shares one fetch.
func TestCM18_ThreatDCR16_oneFetchForAll(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if _, err := a.load(t, a.url("/c")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if a.asked.Load() != 1 {
		t.Errorf("asked %d times", a.asked.Load())
	}
}

// CM-36: how long each answer is used.
func TestCM36_freshness(t *testing.T) {
	for _, c := range []struct {
		header, value string
		want          time.Duration
	}{
		{"X-None", "", time.Hour},
		{"Cache-Control", "max-age=0", 5 * time.Minute}, {"Cache-Control", "no-store", 5 * time.Minute}, {"Cache-Control", "public, no-cache", 5 * time.Minute},
		{"Cache-Control", "max-age=600", 10 * time.Minute}, {"Cache-Control", `Max-Age="600"`, 10 * time.Minute}, {"Cache-Control", "max-age=99999999", 24 * time.Hour},
		{"Cache-Control", "max-age=-1", 5 * time.Minute}, {"Cache-Control", "max-age=99999999999999999999", 5 * time.Minute},
		{"Expires", "0", 5 * time.Minute}, {"Expires", "Thu, 01 Jan 1970 00:00:00 GMT", 5 * time.Minute}, {"Expires", time.Now().Add(365 * 24 * time.Hour).UTC().Format(http.TimeFormat), 24 * time.Hour},
	} {
		a := newAlone(t, cimd.Options{})
		a.serves(http.StatusOK, "application/client-metadata+json", good(a.url("/c")), c.header, c.value)
		for _, step := range []struct {
			pass time.Duration
			want int32
		}{{0, 1}, {c.want - time.Second, 1}, {time.Second, 2}} {
			a.pass(step.pass)
			if _, err := a.load(t, a.url("/c")); err != nil || a.asked.Load() != step.want {
				t.Errorf("%s %q after %v: asked %d times, %v", c.header, c.value, step.pass, a.asked.Load(), err)
			}
		}
	}
}

// CM-36: a document that is the same is not sent again.
func TestCM36_entityTags(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	a.answers(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v1"`)
		if w.Header().Set("Content-Type", "application/json"); r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if len(r.Cookies()) > 0 || r.Header.Get("Authorization") != "" || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("sent %v", r.Header) // SSR16
		}
		_, _ = w.Write([]byte(good(a.url("/c"))))
	})
	for range 3 {
		if c, err := a.load(t, a.url("/c")); err != nil || c.Name != "Fieldnotes" {
			t.Fatal(err)
		}
		a.pass(time.Hour)
	}
	if a.asked.Load() != 3 {
		t.Errorf("asked %d times", a.asked.Load())
	}
}

// SSR18: one host, and the whole internet, are asked so many times a minute.
func TestThreat_SSR18_oneHostIsNotFlooded(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	refused := 0
	for i := range 1000 {
		_, err := a.load(t, a.url(fmt.Sprintf("/c%d", i)))
		var throttled *core.Throttled
		if errors.As(err, &throttled) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if a.asked.Load() != 30 || refused != 970 {
		t.Errorf("asked %d times, refused %d", a.asked.Load(), refused)
	}
	a.pass(time.Minute)
	if _, err := a.load(t, a.url("/c999")); err != nil {
		t.Error(err)
	}
}

// A URL that fails again and again is left alone for a while, though nobody is
// told of a failure for long.
func TestCM36_holdAfterRepeatedFailures(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	a.serves(http.StatusNotFound, "text/plain", "")
	for range 100 {
		var fault *core.ClientFault
		if _, err := a.load(t, a.url("/c")); !errors.As(err, &fault) || fault.Reason != "status" {
			t.Fatal(err)
		}
		a.pass(time.Second)
	}
	if n := a.asked.Load(); n < 4 || n > 12 {
		t.Errorf("asked %d times in 100 s", n)
	}
}

// DCR14: memory is bounded by what may be kept.
func TestThreat_DCR14_theCacheIsBounded(t *testing.T) {
	a := newAlone(t, cimd.Options{MaxCached: 10, PerHost: 1000, All: 1000})
	for i := range 100 {
		if _, err := a.load(t, a.url(fmt.Sprintf("/c%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{99, 95, 90} {
		if _, err := a.load(t, a.url(fmt.Sprintf("/c%d", i))); err != nil || a.asked.Load() != 100 {
			t.Errorf("c%d: asked %d times, %v", i, a.asked.Load(), err)
		}
	}
	if _, err := a.load(t, a.url("/c0")); err != nil || a.asked.Load() != 101 {
		t.Errorf("c0 was kept: %v", err)
	}
}

// CM-40: the operator's lists and hook come before any fetch.
func TestCM40_trust(t *testing.T) {
	no := func(context.Context, string) error { return errors.New("no") }
	for name, c := range map[string]struct {
		options cimd.Options
		good    bool
	}{
		"open":           {cimd.Options{}, true},
		"allowed host":   {cimd.Options{AllowHosts: []string{"app.example.com"}}, true},
		"allowed domain": {cimd.Options{AllowHosts: []string{".example.com"}}, true},
		"its apex alone": {cimd.Options{AllowHosts: []string{"example.com"}}, false},
		"another":        {cimd.Options{AllowHosts: []string{"other.example"}}, false},
		"ends alike":     {cimd.Options{AllowHosts: []string{".ple.com"}}, false},
		"denied":         {cimd.Options{DenyHosts: []string{"app.example.com"}}, false},
		"denied domain":  {cimd.Options{AllowHosts: []string{"app.example.com"}, DenyHosts: []string{".example.com"}}, false},
		"hook":           {cimd.Options{Decide: no}, false},
	} {
		a := newAlone(t, c.options)
		_, err := a.load(t, a.url("/c"))
		var fault *core.ClientFault
		if (err == nil) != c.good || !c.good && (!errors.As(err, &fault) || fault.Reason != "not_allowed" || a.asked.Load() != 0) {
			t.Errorf("%s: %v, asked %d times", name, err, a.asked.Load())
		}
	}
	a := newAlone(t, cimd.Options{})
	exact := newAlone(t, cimd.Options{AllowHosts: []string{a.url("/c")}})
	exact.site = a.site
	if err := (lane{exact.Lane, a.client()}).Start(core.Tools{Issuer: "https://id.example", Now: time.Now, Observer: deaf{}, Offers: core.Offers{Algorithms: []string{"RS256"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := exact.load(t, a.url("/c")); err != nil {
		t.Error(err)
	}
	if _, err := exact.load(t, a.url("/d")); !errors.Is(err, core.ErrNotFound) {
		t.Error(err)
	}
}

// CM-24, CM-26, CM-27: what a client says of itself that is not for it to say has
// no effect; what it says is cut to what such clients may have.
func TestCM24_CM26_whatADocumentMayNotSay(t *testing.T) {
	a := newAlone(t, cimd.Options{})
	a.serves(http.StatusOK, "application/json", good(a.url("/c"), "first_party", "true", "lane", `"seeded"`, "insecure_no_pkce", "true", "serves", `["https://api.example"]`,
		"lifetimes", `{"access_token": 1}`, "rotation", `"off"`, "scope", `"openid admin read"`, "require_acr", `["x"]`, "authorization_challenge", "true",
		"grant_types", `["authorization_code","client_credentials","implicit","urn:ietf:params:oauth:grant-type:device_code"]`, "software_statement", `"x.y.z"`))
	c, err := a.load(t, a.url("/c"))
	if err != nil {
		t.Fatal(err)
	}
	if c.FirstParty || c.Lane != core.LaneCIMD || c.InsecureNoPKCE || c.Challenge || len(c.Serves)+len(c.Secrets)+len(c.RequireACR) > 0 || c.Lifetimes != (core.Lifetimes{}) {
		t.Errorf("%+v", c)
	}
	if !c.Public() || !c.Rotates() || strings.Join(c.GrantTypes, " ") != core.GrantAuthorizationCode || strings.Join(c.Scopes, " ") != "openid read" {
		t.Errorf("%v %v %v", c.Rotates(), c.GrantTypes, c.Scopes)
	}
}

// CM-13: development over http on this machine, and only there.
func TestCM13_insecureLoopback(t *testing.T) {
	l := cimd.New(cimd.Options{InsecureLoopback: true})
	if err := l.Start(core.Tools{Issuer: "https://id.example"}); err == nil {
		t.Error("started for a public issuer")
	}
	var id string
	documents := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(good(id)))
	}))
	defer documents.Close()
	id = documents.URL + "/client.json"
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Clients = append(c.Clients, l) }))
	c := p.Client(clientreg.Seed{AuthMethod: "none"})
	c.ID, c.RedirectURI = id, "https://app.example.com/callback"
	request := c.Authorize("openid", "offline_access")
	tokens := c.Redeem(request, p.Person("anna@example.com", "three quiet otters at noon").Browser().SignIn(request.URL))
	if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// What is wrong with the options is said at start, all at once.
func TestOptions(t *testing.T) {
	err := cimd.New(cimd.Options{
		AllowHosts: []string{"App.example", "https://app.example/x", ".example"}, DenyHosts: []string{"*.example"}, MaxBytes: 1 << 20,
		MinFresh: time.Hour, Fresh: time.Minute, Stale: 1000 * time.Hour, PerHost: -1,
	}).Start(core.Tools{Issuer: "https://id.example"})
	if err == nil {
		t.Fatal("started")
	}
	for _, want := range []string{`"App.example"`, `"*.example"`, "MaxBytes", "MinFresh", "Stale", "PerHost"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing of %s in %v", want, err)
		}
	}
}
