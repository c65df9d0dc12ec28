//go:build unix

package torture

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// Options are how a run is made.
type Options struct {
	Store string // "sqlite", "postgres", "mysql" or "galera"
	DSN   string // of a database that is empty; for sqlite a file
	// Nodes are the DSNs of a cluster's nodes, DSN among them: each replica has its own.
	Nodes []string
	// For is how long the load lasts, in real time.
	For     time.Duration
	Callers int
	// Seed chooses what callers and faults do; the same seed chooses the same, but not at the same time.
	Seed uint64
	// Broken names a fault that the replicas' store shall have; see Faulty.
	Broken string
	// Restart kills the database's server, or a node of the cluster, and starts it again;
	// nil leaves it alone.
	Restart func() error
}

// speed is how much faster the clock of a run is than the real one.
const speed = 10

// run is one run while it lasts.
type run struct {
	options   Options
	setting   Setting
	clock     Clock
	ctx       context.Context //nolint:containedctx // a run is one act, and this ends it
	ends      time.Time       // of the load
	db        core.Database
	store     core.Store
	passwords *password.Authenticator
	fleet     *fleet
	proxy     *proxy
	front     *http.Server
	http      *http.Client
	apps      []*app
	people    people
	ledger    *ledger
	faults    *faults
	watch     *watch
	litter    *litter
	count     counts

	mu         sync.Mutex
	violations []history.Violation
}

// counts are what the report tells.
type counts struct {
	requests, lost, nowhere, unavailable atomic.Uint64
	acts, cut, passwords, exchanged      atomic.Int64
	number                               atomic.Int64
}

func (c *counts) next() string { return strconv.FormatInt(c.number.Add(1), 10) }

// Run makes one run and reports what it saw. An error says that it could not be made, not that it found something.
func Run(ctx context.Context, o Options) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, err := newRun(ctx, o)
	if err != nil {
		return Report{}, err
	}
	var watching sync.WaitGroup
	for _, one := range r.fleet.all {
		r.watch.read(one, *one.address.Load())
		watching.Go(func() { r.watch.replica(one) })
	}
	callers, err := r.load()
	if err == nil {
		err = r.audit(callers)
	}
	cancel()
	watching.Wait()
	r.close()
	if err != nil {
		return Report{}, fmt.Errorf("torture: seed %d: %w", o.Seed, err)
	}
	return r.report(), nil
}

func newRun(ctx context.Context, o Options) (*run, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &run{
		options: o, ctx: ctx, apps: apps(), ledger: newLedger(), people: people{lost: map[*person]bool{}},
		clock: Clock{Began: time.Now(), Base: core.Instant(time.Now()), Speed: o.speed()},
		http: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 4 * o.Callers},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	r.setting = Setting{o.Store, o.DSN, o.Nodes, "http://" + listener.Addr().String(), r.clock, o.Broken}
	r.watch = &watch{run: r, keys: history.Keys{Age: document}, all: map[string]jose.JSONWebKey{}}
	r.litter = &litter{run: r}
	r.faults = &faults{run: r, random: r.newRandom("faults"), restart: o.Restart, counts: map[string]int{}}
	if err := r.open(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r.proxy = newProxy(r.fleet)
	r.front = &http.Server{Handler: r.proxy, ReadHeaderTimeout: patience, ErrorLog: silent()}
	go func() { _ = r.front.Serve(listener) }() // until close
	return r, nil
}

// open prepares the database and starts the replicas.
func (r *run) open() (err error) {
	if r.passwords, err = newPasswords(); err != nil {
		return err
	}
	if err := r.passwords.Start(core.Tools{Now: r.clock.Now}); err != nil {
		return err
	}
	if err := r.setting.prepare(r.ctx); err != nil {
		return err
	}
	if r.db, err = r.setting.open(r.ctx); err != nil {
		return err
	}
	tenant, err := r.db.TenantByName(r.ctx, "default")
	if err != nil {
		return err
	}
	r.store = r.db.Tenant(tenant.ID)
	if r.faults.cutter, err = newCutters(r.ctx, r.setting); err != nil {
		return err
	}
	r.fleet, err = newFleet(r.setting)
	return err
}

func (r *run) close() {
	r.front.Close()
	r.fleet.stop()
	r.db.Close()
	r.faults.cutter.close()
	r.http.CloseIdleConnections()
}

// load lets everybody act at once, for as long as the run lasts. Faults end with the load; what they broke is mended.
func (r *run) load() ([]*caller, error) {
	r.ends = time.Now().Add(r.options.For)
	callers := make([]*caller, r.options.Callers)
	var acting sync.WaitGroup
	for n := range callers {
		callers[n] = r.newCaller(n)
		acting.Go(callers[n].call)
	}
	o := &operator{r, r.newRandom("operator")}
	acting.Go(o.work)
	acting.Go(func() { r.litter.leave(r.newRandom("litter")) })
	err := r.faults.strike()
	acting.Wait()
	return callers, err
}

// audit asks, when all is mended, for everything that nobody has ended.
func (r *run) audit(callers []*caller) error {
	var asking sync.WaitGroup
	for _, c := range callers {
		asking.Go(c.audit)
	}
	asking.Wait()
	for _, c := range callers {
		for _, f := range c.families {
			if err := f.stored(); err != nil {
				return err
			}
		}
	}
	return errors.Join(r.litter.check(), r.checkKeys())
}

// audit asks for what the caller still has.
func (c *caller) audit() {
	for _, f := range c.families {
		if f.current > 0 {
			f.lookBack()
		}
	}
	for _, s := range append([]*session{}, c.sessions...) {
		s.authorize(c, s.app)
	}
}

// stored compares the row of a grant with what was answered.
func (f *family) stored() error {
	r := f.run
	c := history.Call{Kind: history.Stored, Outcome: history.Done, From: r.clock.Since(), Note: "its row"}
	id, _, _ := opened(f.code)
	g, _, err := r.store.Grant(r.ctx, id)
	c.To, c.Given = r.clock.Since(), int(g.Generation)
	switch {
	case errors.Is(err, core.ErrNotFound):
		r.violated(history.LostGrant, f.record.history.ID, "  its row is gone\n")
		return nil
	case err != nil:
		return fmt.Errorf("reading a grant after the run: %w", err)
	case g.State == core.GrantRevoked:
		c.Outcome = history.Refused
	}
	f.record.add(c, false)
	return nil
}

// newRandom is the dice of one actor, by its name.
func (r *run) newRandom(name string) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%d %s", r.options.Seed, name)))) //nolint:gosec // repeatable
}

// loading says whether the load goes on.
func (r *run) loading() bool { return r.ctx.Err() == nil && time.Now().Before(r.ends) }

// wait lets time pass: the pace of a person, an operator, a fault.
func (r *run) wait(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.ctx.Done():
	}
}

// pause is how long a good client waits before it asks for the n-th time again.
func (r *run) pause(n int) {
	most := min(50*time.Millisecond<<n, 2*time.Second)
	r.wait(most/2 + rand.N(most/2)) //nolint:gosec // spreads callers out
}

func (r *run) broken(from, to history.Time) bool { return r.faults.during(from, to) }

func (r *run) violated(f history.Fault, subject, excerpt string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, history.Violation{Fault: f, Subject: subject, Excerpt: excerpt})
}
