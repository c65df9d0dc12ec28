//go:build unix

package torture

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// Setting is what a replica's process is told.
type Setting struct {
	Store  string   // "sqlite", "postgres", "mysql" or "galera"
	DSN    string   // for sqlite a file
	Nodes  []string `json:",omitempty"` // DSNs of the nodes of a cluster, DSN among them; empty for one server
	Issuer string
	Clock  Clock
	// Broken names a fault that the replica's store has on purpose; empty is none. See Faulty.
	Broken string
}

// The lifetimes that matter here, on the provider's clock. Keys are known to every replica long before they sign.
const (
	overlap    = time.Minute
	codeLife   = 10 * time.Minute
	accessLife = time.Hour
	document   = time.Second
	prePublish = 95 * time.Second
	signingKey = time.Hour
	// firstKeys is how far into the run the keys that are there at its start retire.
	firstKeys = 2 * time.Minute
)

const (
	apiURI  = "https://api.example"
	nextURI = "https://next.example" // what the API calls for people, with tokens that it gets in exchange
)

// open opens the database that the setting names.
func (s Setting) open(ctx context.Context) (core.Database, error) {
	switch s.Store {
	case "sqlite":
		return sqlite.Open(ctx, s.DSN)
	case "postgres":
		return postgres.Open(ctx, s.DSN)
	case "mysql", galera:
		return mysql.Open(ctx, s.DSN)
	}
	return nil, unknown(s.Store)
}

func unknown(store string) error {
	return fmt.Errorf("torture: no store is called %q: choose sqlite, postgres, mysql or galera", store)
}

// of is the setting of the n-th replica, which has the n-th node of a cluster to itself.
func (s Setting) of(n int) Setting {
	if len(s.Nodes) > 0 {
		s.DSN = s.Nodes[n%len(s.Nodes)]
	}
	s.Nodes = nil
	return s
}

// compose makes the provider that every replica runs.
func (s Setting) compose(ctx context.Context, db core.Database, log *slog.Logger, now func() time.Time, mail core.Mailer) (*keywright.Provider, error) {
	passwords, err := newPasswords()
	if err != nil {
		return nil, err
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return nil, err
	}
	return keywright.New(ctx, keywright.Config{
		Issuer: s.Issuer, Database: db, Secrets: []keywright.Secret{keywright.Secret("what replicas under torture seal keys with")},
		Clients: []core.ClientLane{clientreg.Seeded(seeds(s.Issuer)...)}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: mail, Logger: log, Now: now,
		Resources:      []core.Resource{{URI: apiURI, Scopes: []string{"things"}, Format: core.JWT, Algorithm: "ES256"}, {URI: nextURI, Scopes: []string{"things"}}},
		Exchange:       core.Exchange{Rules: []core.ExchangeRule{{Client: gateway, From: []string{apiURI, s.Issuer}, To: nextURI, Scopes: []string{"things"}, OtherScopes: true}}},
		Scopes:         []core.Scope{{Name: "jobs"}},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Lifetimes: core.Lifetimes{
			Code: codeLife, AccessToken: accessLife, IDToken: accessLife, Overlap: overlap,
			Document: document, PrePublish: prePublish, SigningKey: signingKey,
		},
	})
}

// newPasswords hashes cheaply: the torture is the store's, not the processor's.
func newPasswords() (*password.Authenticator, error) {
	return password.New(password.Options{Cost: password.Cost{Memory: 8, Passes: 1, Threads: 1}, InsecureCost: true})
}

// nobody takes all mail.
type nobody struct{}

// Send keeps nothing.
func (nobody) Send(context.Context, string, core.Mail) error { return nil }

// prepare brings the database up to date and makes the first keys, as if that had been long ago, so that they retire
// early in the run.
func (s Setting) prepare(ctx context.Context) error {
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	then := s.Clock.Base.Add(firstKeys - signingKey)
	idp, err := s.compose(ctx, db, slog.New(slog.DiscardHandler), func() time.Time { return then }, nobody{})
	if err != nil {
		return err
	}
	return ask(idp.Handler(), s.Issuer+"/jwks")
}
