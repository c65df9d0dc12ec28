//go:build amd64 || arm64

package sqlite

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
	lib "modernc.org/sqlite/lib"
)

// long says that there is time for nearly every call to fail by itself.
var long = flag.Bool("long", false, "sample the calls that fail less sparsely")

// ownProcess is set where a test runs in a process of its own.
const ownProcess = "KEYWRIGHT_TEST_FAULTS"

// apart runs the test again in a process of its own, where what SQLite asks for may
// fail, and says whether this is that one.
func apart(t *testing.T) bool {
	t.Helper()
	if os.Getenv(ownProcess) != "" {
		if err := failable(); err != nil {
			t.Fatal(err)
		}
		return true
	}
	t.Parallel()
	own := exec.CommandContext(t.Context(), os.Args[0],
		"-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=10m", fmt.Sprintf("-long=%t", *long))
	own.Env = append(os.Environ(), ownProcess+"=1")
	said, err := own.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("%s", said)
	return false
}

// faulted is a database under faults, with what it should hold.
type faulted struct {
	t      *testing.T
	path   string
	db     *bunstore.DB
	direct *direct
	store  core.Store
	held   map[core.ID]uint64 // versions that were answered
	grant  core.Grant         // is changed again and again
	doubt  []core.Grant       // writes of which nobody knows
}

var faultTenant = core.ID{7}

func underFaults(t *testing.T) *faulted {
	once, _ := opened(t, filepath.Join(t.TempDir(), "once.db"), 2) // what SQLite keeps for good
	if err := once.Close(); err != nil {
		t.Fatal(err)
	}
	before := failing.bytes.Load()
	t.Cleanup(func() {
		if more := failing.bytes.Load() - before; more != 0 {
			t.Errorf("%d bytes are left", more)
		}
	})
	f := &faulted{t: t, path: filepath.Join(t.TempDir(), "fault.db"), held: map[core.ID]uint64{}}
	f.db, f.direct = opened(t, f.path, 2)
	f.store = f.db.Tenant(faultTenant)
	f.direct.settings = append([]string{
		"PRAGMA busy_timeout(1)",                                       // what is locked here stays so
		"PRAGMA wal_autocheckpoint(8)", "PRAGMA journal_size_limit(0)", // much is copied, and the log cut off
	}, settings()[1:4]...)
	f.cold()
	f.grant = aGrant()
	if err := f.store.CreateGrant(t.Context(), f.grant); err != nil {
		t.Fatal(err)
	}
	f.grant.Version = 1
	f.held[f.grant.ID] = 1
	return f
}

// cold closes the connections that are spoken to directly.
func (f *faulted) cold() {
	for _, c := range f.direct.idle {
		c.close()
	}
	f.direct.idle = nil
	if f.direct.writer != nil {
		f.direct.writer.close()
		f.direct.writer = nil
	}
}

func aGrant() core.Grant {
	now := time.Now()
	return core.Grant{
		ID: core.NewID(now), State: core.GrantActive, Account: core.NewID(now), Client: "demo", Session: core.NewID(now),
		Row: core.Row{Change: core.NewID(now), KeepUntil: core.Instant(now.Add(24 * time.Hour))},
	}
}

func created(g core.Grant) core.Event {
	return core.Event{
		ID: core.NewID(time.Now()), At: core.Instant(time.Now()), Name: core.EventGrantCreated, Thing: g.ID, Version: 1,
	}
}

// unlike fails the test unless err is one that a fault may be answered with.
func (f *faulted) unlike(what string, err error) {
	if err != nil && !errors.Is(err, core.ErrUnavailable) {
		f.t.Errorf("%s: %v", what, err)
	}
}

// create makes a grant, with an event or without.
func (f *faulted) create(mu *sync.Mutex, events bool) {
	g := aGrant()
	var with []core.Event
	if events {
		with = append(with, created(g))
	}
	err := f.store.CreateGrant(context.Background(), g, with...)
	mu.Lock()
	defer mu.Unlock()
	f.unlike("a new grant", err)
	if err == nil {
		f.held[g.ID] = 1
	} else {
		f.doubt = append(f.doubt, g)
	}
}

// work reads and writes in every way there is.
func (f *faulted) work() {
	var mu sync.Mutex
	f.create(&mu, false)
	f.create(&mu, true)
	g, _, err := f.store.Grant(context.Background(), f.grant.ID)
	f.unlike("a read", err)
	if err == nil && g.Version < f.held[g.ID] {
		f.t.Errorf("a read of version %d after %d was answered", g.Version, f.held[g.ID])
	}
	f.rotate()
	var failed error
	none := f.direct.Read(func(c bunstore.Connection) {
		_, failed = c.Query(said("SELECT id, payload FROM grants LIMIT 9"), nil)
	})
	if err := errors.Join(none, failed); err != nil {
		if class, text := classify(err, resultCode); class != bunstore.Unavailable {
			f.t.Errorf("a read beside the writer: class %d: %s", class, text)
		}
	}
	var wait sync.WaitGroup
	for n := range 4 { // some of them share a commit
		wait.Go(func() { f.create(&mu, n%2 == 0) })
	}
	wait.Wait()
}

// rotate changes the one grant, which is read again if nobody knows.
func (f *faulted) rotate() {
	next := f.grant
	next.Change = core.NewID(time.Now())
	if err := f.store.UpdateGrant(context.Background(), next); err != nil {
		f.unlike("a change", err)
		f.doubt = append(f.doubt, next)
		return
	}
	next.Version++
	f.grant, f.held[next.ID] = next, next.Version
}

// settle looks at what is left of a fault: nothing.
func (f *faulted) settle() {
	f.idle()
	other, err := connect(f.path, []string{"PRAGMA busy_timeout(0)"})
	if err != nil {
		f.t.Error("another process:", err)
		return
	}
	defer other.close()
	if err := errors.Join(other.Begin(), other.Rollback()); err != nil {
		f.t.Error("another process:", err)
	}
	if err := f.db.Ready(f.t.Context()); err != nil {
		f.t.Error("once the fault is gone:", err)
	}
	for _, g := range f.doubt {
		f.judge(other, g)
	}
	f.doubt = nil
	f.work()
	if len(f.doubt) > 0 {
		f.t.Error("not all is answered once the fault is gone")
	}
	f.idle()
}

// judge finds out what became of a write of which nobody knew: all of it or nothing.
func (f *faulted) judge(c *connection, g core.Grant) {
	now, _, err := f.store.Grant(f.t.Context(), g.ID)
	switch {
	case errors.Is(err, core.ErrNotFound) && g.Version == 0:
		if n := f.events(c, g.ID); n != 0 {
			f.t.Errorf("%d events of a grant that is not there", n)
		}
	case err != nil:
		f.t.Error("a write of which nobody knew:", err)
	case g.ID == f.grant.ID:
		f.grant, f.held[g.ID] = now, now.Version
	default:
		f.held[g.ID] = now.Version
	}
}

func (f *faulted) events(c *connection, id core.ID) int64 {
	rows, err := c.Query(said("SELECT COUNT(*) FROM events WHERE tenant = ? AND thing = ?"), []any{faultTenant[:], id[:]})
	if err != nil {
		f.t.Error(err)
		return 0
	}
	return rows.Values[0].Number
}

// idle fails the test where a connection is left in the middle of something.
func (f *faulted) idle() {
	all := append([]*connection{}, f.direct.idle...)
	if f.direct.writer != nil {
		all = append(all, f.direct.writer)
	}
	if len(f.direct.turns) != 0 {
		f.t.Errorf("%d are still lent", len(f.direct.turns))
	}
	for _, c := range all {
		if c.begun() {
			f.t.Error("a transaction is left")
		}
		for at := lib.Xsqlite3_next_stmt(c.tls, c.db, 0); at != 0; at = lib.Xsqlite3_next_stmt(c.tls, c.db, at) {
			if lib.Xsqlite3_stmt_busy(c.tls, at) != 0 {
				f.t.Error("a statement is left in the middle")
			}
		}
	}
}

// sweep lets the n-th call at a site fail, for n from 1 until all go well: each of the
// first, and then a sample that grows sparser.
func (f *faulted) sweep(at site, code int32, lasting, cold bool) {
	failed, dense := 0, usual
	if *long {
		dense = 50
	}
	for n := int64(1); !f.t.Failed(); n += 1 + n/dense {
		if cold {
			f.cold()
		}
		if at == isInterrupted {
			failing.db.Store(f.direct.writer.db)
		}
		arm(at, n, code, lasting)
		f.work()
		hit := disarm()
		failing.db.Store(0)
		f.settle()
		if hit == 0 {
			break
		}
		failed++
	}
	f.t.Logf("%s, code %d, lasting %t, cold %t: %d rounds with a fault", sites[at], code, lasting, cold, failed)
}

// end closes the database and looks at all that was answered in a new one.
func (f *faulted) end() {
	if err := f.db.Close(); err != nil {
		f.t.Error(err)
	}
	if n := failing.files.Load(); n != 0 {
		f.t.Errorf("%d files are left open", n)
	}
	db, d := opened(f.t, f.path, 1)
	for id, version := range f.held {
		g, _, err := db.Tenant(faultTenant).Grant(f.t.Context(), id)
		if err != nil || g.Version != version {
			f.t.Errorf("a grant of version %d, after opening again: %d, %v", version, g.Version, err)
			break
		}
	}
	err := d.Read(func(c bunstore.Connection) {
		rows, err := c.Query(said("PRAGMA integrity_check"), nil)
		if err != nil || len(rows.Values) != 1 || string(rows.Values[0].Bytes) != "ok" {
			f.t.Errorf("%v: %v", rows.Values, err)
		}
	})
	if err != nil {
		f.t.Error(err)
	}
}

// Threat FLT25, FLT17: a disk that fails or is full.
func TestThreat_FLT25_FilesThatFail(t *testing.T) {
	if !apart(t) {
		return
	}
	f := underFaults(t)
	for _, fault := range []struct {
		at   site
		code int32
	}{
		{opens, 0}, {reads, 0}, {writes, lib.SQLITE_FULL}, {writes, lib.SQLITE_IOERR_WRITE}, {truncates, 0},
		{syncs, 0}, {locks, lib.SQLITE_IOERR_LOCK}, {locks, lib.SQLITE_BUSY}, {mapsShared, 0},
		{locksShared, lib.SQLITE_BUSY}, {locksShared, lib.SQLITE_IOERR_SHMLOCK},
	} {
		for _, lasting := range []bool{false, true} {
			if lasting && fault.at == locksShared && fault.code == lib.SQLITE_BUSY {
				continue // SQLite tries for ten seconds, whatever it is told to wait
			}
			for _, cold := range []bool{false, true} {
				f.sweep(fault.at, fault.code, lasting, cold)
			}
		}
	}
	for _, lasting := range []bool{false, true} {
		f.sweep(isInterrupted, 0, lasting, false)
	}
	f.end()
}

// An allocator that gives nothing.
func TestThreat_FLT25_NoMemory(t *testing.T) {
	if !apart(t) {
		return
	}
	f := underFaults(t)
	f.roomForAValue()
	for _, lasting := range []bool{false, true} {
		for _, cold := range []bool{false, true} {
			f.sweep(allocates, 0, lasting, cold)
		}
	}
	f.end()
}

// roomForAValue has the text of a number, which SQLite makes when it is asked for it,
// find no room: it must not be taken for an empty one.
func (f *faulted) roomForAValue() {
	c, s := f.direct.writer, said("SELECT 1.5")
	for n := int64(1); ; n++ {
		arm(allocates, n, 0, false)
		rows, err := c.Query(s, nil)
		hit := disarm()
		if err == nil && string(rows.Values[0].Bytes) != "1.5" {
			f.t.Errorf("without room for allocation %d: %+v", n, rows.Values)
		}
		if hit == 0 {
			return
		}
	}
}
