package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// Child is the provider's process: it says hello on its output and serves until
// its input is closed.
func Child(ctx context.Context) error {
	var s served
	if err := json.Unmarshal([]byte(os.Getenv("KEYWRIGHT_BENCH_SERVE")), &s); err != nil {
		return fmt.Errorf("bench: this process is started by the bench itself: %w", err)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if s.Tenants > 0 {
		return serveMany(ctx, s, os.Stdin, os.Stdout)
	}
	return serve(ctx, s, os.Stdin, os.Stdout)
}

func serve(ctx context.Context, s served, in io.Reader, out io.Writer) error {
	began := time.Now()
	var statements atomic.Uint64
	db, err := open(ctx, s, func(context.Context, string) { statements.Add(1) })
	if err != nil {
		return err
	}
	defer db.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + listener.Addr().String()
	own, err := newParts()
	if err != nil {
		return err
	}
	idp, err := own.compose(ctx, issuer, s, db)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	working.Go(func() { idp.Work(serving) })
	defer working.Wait() // before the database is closed
	defer stop()
	server := &http.Server{Handler: besideBare(idp.Handler()), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	control, err := controls(s, idp.Store(), &statements)
	if err != nil {
		return err
	}
	h := hello{Issuer: issuer, Control: control, FirstAnswer: firstAnswer(issuer, began), Resident: resident()}
	if err := settle(ctx, idp.Store(), own.passwords, s.People); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(h); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// besideBare puts empty handlers before a provider's: what an answer costs by
// itself.
func besideBare(answers http.Handler) http.Handler {
	large := bytes.Repeat([]byte("x"), 2200)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bare":
			_, _ = w.Write([]byte("ok"))
		case "/bare-2kB":
			w.Header()["Content-Length"] = []string{"2200"}
			_, _ = w.Write(large)
		default:
			answers.ServeHTTP(w, r)
		}
	})
}

func open(ctx context.Context, s served, hear func(context.Context, string)) (core.Database, error) {
	switch s.Store {
	case "memory":
		return memory.New(), nil
	case "sqlite":
		return sqlite.Open(ctx, s.Source, sqlite.OnStatement(hear))
	case "postgres":
		return postgres.Open(ctx, s.Source, postgres.Connections(s.Connections), postgres.OnStatement(hear))
	case "mysql":
		return mysql.Open(ctx, s.Source, mysql.Connections(s.Connections), mysql.OnStatement(hear))
	}
	return nil, fmt.Errorf("bench: no store is called %q", s.Store)
}

func (p parts) compose(ctx context.Context, issuer string, s served, db core.Database) (*keywright.Provider, error) {
	var proxies []netip.Prefix
	if s.BehindProxy {
		proxies = append(proxies, netip.MustParsePrefix("127.0.0.0/8"))
	}
	return keywright.New(ctx, keywright.Config{
		Issuer: issuer, Tenant: s.Tenant, TrustedProxies: proxies, Database: db, Secrets: []keywright.Secret{keywright.Secret(secret + secret)},
		Clients: []core.ClientLane{clientreg.Seeded(seeds(issuer)...)}, Authenticators: []core.Authenticator{p.passwords},
		Pages: p.pages, Mailer: nobody{}, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Resources: []core.Resource{{URI: apiJWT, Scopes: []string{"things"}, Format: core.JWT, Algorithm: "ES256"}},
		Scopes:    []core.Scope{{Name: "jobs"}},
	})
}

// settle makes the accounts that sign in, where they are not there yet.
func settle(ctx context.Context, store core.Store, p *password.Authenticator, n int) error {
	_, err := store.AccountByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: email(n - 1)})
	if err == nil || !errors.Is(err, core.ErrNotFound) {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.NumCPU())
	for n := range n {
		all.Go(func() error {
			change, err := p.Account(ctx, fmt.Sprint("Bench ", n), email(n), passphrase, time.Now())
			if err != nil {
				return err
			}
			if err := store.CreateAccount(ctx, change); !errors.Is(err, core.ErrConflict) {
				return err
			}
			return nil
		})
	}
	return all.Wait()
}

type nobody struct{}

func (nobody) Send(context.Context, string, core.Mail) error { return nil }

// firstAnswer asks the provider until it answers, and says how long after the
// start that was.
func firstAnswer(issuer string, began time.Time) time.Duration {
	for {
		answer, err := http.Get(issuer + "/.well-known/openid-configuration")
		if err == nil {
			_ = answer.Body.Close()
			return time.Since(began)
		}
	}
}

// resident is the memory of this process, in bytes, after a collection.
func resident() uint64 {
	runtime.GC()
	debug.FreeOSMemory()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0 // not Linux
	}
	var size, pages uint64
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}

func allocated() (mallocs, bytes uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs, m.TotalAlloc
}
