package oidcsuite_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

const (
	personEmail    = "mara@example.com"
	personPassword = "seven calm herons by the pier"
)

// server is one running provider that modules are played against.
type server struct {
	issuer    string
	http      *http.Client // no cookies, no redirects
	idp       *keywright.Provider
	store     core.Store
	clock     *clock
	passwords *password.Authenticator
	// bare browsers send none of the headers by which browsers of today say
	// where a request comes from.
	bare bool
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// setting is how a server is composed.
type setting struct {
	db    core.Database
	plain bool   // http instead of https
	path  string // of the issuer
	bare  bool
	seeds []clientreg.Seed
	more  func(*keywright.Config)
}

// serve composes a provider as a company would and serves it on loopback.
func serve(t *testing.T, s setting) *server {
	t.Helper()
	if s.db == nil {
		s.db = memory.New()
	}
	passwords, err := password.New(password.Options{
		SignUp: true, Cost: password.Cost{Memory: 8, Passes: 1, Threads: 1}, InsecureCost: true,
	})
	must(t, err)
	pages, err := ui.New(ui.Options{})
	must(t, err)
	v := &server{clock: &clock{at: time.Now().UTC().Truncate(time.Second)}, passwords: passwords, bare: s.bare}
	var handler http.Handler
	listening := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	scheme := "https://"
	if s.plain {
		scheme = "http://"
	}
	v.issuer = scheme + listening.Listener.Addr().String() + s.path
	config := keywright.Config{
		Issuer: v.issuer, Database: s.db, Secrets: []keywright.Secret{[]byte("a secret of tests, worth nothing")},
		Clients: []core.ClientLane{clientreg.Seeded(s.seeds...)}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: nowhere{}, Logger: slog.New(slog.DiscardHandler), Now: v.clock.now,
	}
	if s.more != nil {
		s.more(&config)
	}
	idp, err := keywright.New(t.Context(), config)
	must(t, err)
	v.store, handler = idp.Store(), idp.Handler()
	if s.plain {
		listening.Start()
	} else {
		listening.StartTLS()
	}
	v.http = &http.Client{
		Transport:     listening.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(listening.Close)
	v.idp = idp
	v.person(t)
	return v
}

// nowhere is where letters go: no module reads any.
type nowhere struct{}

func (nowhere) Send(context.Context, string, core.Mail) error { return nil }

// person makes the one account, with a value for every claim.
func (v *server) person(t *testing.T) {
	t.Helper()
	now := v.clock.now()
	change, err := v.passwords.Account(t.Context(), "Mara Lind", personEmail, personPassword, now)
	must(t, err)
	p := &change.Account.Profile
	p.GivenName, p.MiddleName, p.FamilyName, p.Nickname = "Mara", "Iris", "Lind", "Mari"
	p.PreferredUsername, p.Gender, p.Birthdate = "mara", "female", "1987-04-02"
	p.Zoneinfo, p.Locale, p.UpdatedAt = "Europe/Lisbon", "pt-PT", now
	p.ProfilePage, p.Picture, p.Website = "https://mara.example/me", "https://mara.example/me.png", "https://mara.example/"
	p.Phone, p.PhoneVerified = "+351 21 000 0000", true
	p.Address = &core.Address{Street: "Cais 4", Locality: "Lisboa", Country: "PT"}
	p.Claims = map[string]json.RawMessage{}
	must(t, v.store.CreateAccount(t.Context(), change))
}

// add registers one more client, as an operator does while the provider runs.
func (v *server) add(t *testing.T, seed clientreg.Seed) error {
	t.Helper()
	lane := clientreg.Seeded(seed)
	if err := lane.Start(core.Tools{Now: v.clock.now}); err != nil {
		return err
	}
	return lane.Apply(t.Context(), v.store)
}

// origin is the issuer without its path.
func (v *server) origin() string {
	scheme, rest, _ := strings.Cut(v.issuer, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

func (v *server) path() string { return strings.TrimPrefix(v.issuer, v.origin()) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
