package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// Serve is the provider's process: it says hello on out and serves until in is
// closed.
func Serve(ctx context.Context, store, folder, profile string, in io.Reader, out io.Writer) error {
	began := time.Now()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	var statements atomic.Uint64
	db, err := open(ctx, store, folder, &statements)
	if err != nil {
		return err
	}
	defer db.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	issuer := "http://" + listener.Addr().String()
	passwords, err := password.New(password.Options{SignUp: true})
	if err != nil {
		return err
	}
	idp, err := compose(ctx, issuer, db, passwords)
	if err != nil {
		return err
	}
	answers := idp.Handler()
	large := bytes.Repeat([]byte("x"), 2200)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bare":
			_, _ = w.Write([]byte("ok"))
			return
		case "/bare-2kB":
			w.Header()["Content-Length"] = []string{"2200"}
			_, _ = w.Write(large)
			return
		}
		answers.ServeHTTP(w, r)
	})
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go idp.Work(serving)
	server := &http.Server{Handler: bare, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	control, err := controls(folder, &statements)
	if err != nil {
		return err
	}
	h := hello{Issuer: issuer, Control: control, FirstAnswer: firstAnswer(issuer, began), Resident: resident()}
	if err := people(ctx, idp.Store(), passwords); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(h); err != nil {
		return err
	}
	return until(in, profile)
}

// until waits for in to be closed, profiling meanwhile where a file is named.
func until(in io.Reader, profile string) error {
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	_, err := io.Copy(io.Discard, in)
	return err
}

func open(ctx context.Context, store, folder string, statements *atomic.Uint64) (core.Database, error) {
	switch store {
	case "memory":
		return memory.New(), nil
	case "sqlite":
		return sqlite.Open(ctx, filepath.Join(folder, "bench.db"), sqlite.OnStatement(func(context.Context, string) { statements.Add(1) }))
	}
	return nil, fmt.Errorf("no store is called %q: choose memory or sqlite", store)
}

func compose(ctx context.Context, issuer string, db core.Database, passwords core.Authenticator) (*keywright.Provider, error) {
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return nil, err
	}
	return keywright.New(ctx, keywright.Config{
		Issuer: issuer, Database: db, Secrets: []keywright.Secret{keywright.Secret(secret + secret)},
		Clients: []core.ClientLane{clientreg.Seeded(seeds(issuer)...)}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: nobody{}, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Resources: []core.Resource{{URI: apiJWT, Scopes: []string{"things"}, Format: core.JWT, Algorithm: "ES256"}},
		Scopes:    []core.Scope{{Name: "jobs"}},
	})
}

// people makes the account that signs in, where it is not there yet.
func people(ctx context.Context, store core.Store, p *password.Authenticator) error {
	change, err := p.Account(ctx, "Bench", email, passphrase, time.Now())
	if err != nil {
		return err
	}
	if err := store.CreateAccount(ctx, change); err != nil && !isConflict(err) {
		return err
	}
	return nil
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

// spent is what this process has used so far.
func spent(statements *atomic.Uint64) usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{
		CPU:     time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Mallocs: m.Mallocs, Bytes: m.TotalAlloc, Statements: statements.Load(),
	}
}
