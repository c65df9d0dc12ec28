package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// serveMany is the provider's process with many tenants over one database, one
// set of pages and one authenticator.
func serveMany(ctx context.Context, s served, in io.Reader, out io.Writer) error {
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
	base := "http://" + listener.Addr().String()
	all, start, err := composeMany(ctx, base, s, db, &statements)
	if err != nil {
		return err
	}
	handlers := map[string]http.Handler{}
	for n, idp := range all {
		handlers[fmt.Sprintf("t%d", n)] = idp.Handler()
	}
	server := &http.Server{Handler: serveTenants(handlers), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	control, err := controlMany(ctx, all, &statements)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(hello{Issuer: base, Control: control, Start: start}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// composeMany composes every tenant and says what one of them took.
func composeMany(
	ctx context.Context, base string, s served, db core.Database, statements *atomic.Uint64,
) ([]*keywright.Provider, tenantStart, error) {
	shared, err := newParts()
	if err != nil {
		return nil, tenantStart{}, err
	}
	if err := db.Migrate(ctx); err != nil {
		return nil, tenantStart{}, err
	}
	before, heard, began := used(), statements.Load(), time.Now()
	all := make([]*keywright.Provider, s.Tenants)
	for n := range all {
		s.Tenant = fmt.Sprintf("tenant-%d", n)
		if all[n], err = shared.compose(ctx, tenantIssuer(base, n), s, db); err != nil {
			return nil, tenantStart{}, err
		}
	}
	took, each := time.Since(began), float64(s.Tenants)
	start := used().minus(before).of(each)
	start.Micros = micros(took) / each
	start.Statements = float64(statements.Load()-heard) / each
	return all, start, nil
}

// parts are what all tenants of a process can share.
type parts struct {
	pages     core.Pages
	passwords *password.Authenticator
}

func newParts() (p parts, err error) {
	if p.pages, err = ui.New(ui.Options{}); err != nil {
		return p, err
	}
	p.passwords, err = password.New(password.Options{SignUp: true})
	return p, err
}

// used is what the process holds now.
func used() tenantStart {
	size := resident() // collects first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return tenantStart{Heap: float64(m.HeapAlloc), Resident: float64(size), Goroutines: float64(runtime.NumGoroutine())}
}

func (s tenantStart) minus(t tenantStart) tenantStart {
	return tenantStart{Heap: s.Heap - t.Heap, Resident: s.Resident - t.Resident, Goroutines: s.Goroutines - t.Goroutines}
}

func (s tenantStart) of(n float64) tenantStart {
	return tenantStart{Heap: s.Heap / n, Resident: s.Resident / n, Goroutines: s.Goroutines / n}
}

// resting is how long a process is watched at rest.
const resting = 20 * time.Second

// controlMany serves what the load asks of this process.
func controlMany(ctx context.Context, all []*keywright.Provider, statements *atomic.Uint64) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/memory", func(w http.ResponseWriter, _ *http.Request) { answer(w, used().of(float64(len(all))), nil) })
	mux.HandleFunc("/idle", func(w http.ResponseWriter, _ *http.Request) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		go keywright.Work(ctx, all...)
		before, heard := spent(nil), statements.Load()
		time.Sleep(resting)
		seconds := resting.Seconds()
		answer(w, idleFinding{
			Statements: float64(statements.Load()-heard) / seconds, CPU: (spent(nil).CPU - before.CPU).Seconds() / seconds,
			Goroutines: runtime.NumGoroutine(),
		}, nil)
	})
	go func() { _ = (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(l) }() // ends with the process
	return "http://" + l.Addr().String(), nil
}
