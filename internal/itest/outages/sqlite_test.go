package outages

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	_ "modernc.org/sqlite" // the driver registers itself
)

func openSQLite(t *testing.T, path string) core.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, migrate(t, db))
	return db
}

// raw is another process's way to the file: a connection of its own.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// whole checks that a file is sound, and that each grant has its event and each
// event its grant.
func whole(t *testing.T, path string) (grants int) {
	t.Helper()
	db := raw(t, path)
	var ok string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Errorf("integrity: %s %v", ok, err)
	}
	var halves int
	const half = `SELECT (SELECT COUNT(*) FROM grants), (SELECT COUNT(*) FROM grants g WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.tenant = g.tenant
		AND e.thing = g.id)) + (SELECT COUNT(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM grants g WHERE e.tenant = g.tenant AND e.thing = g.id))`
	if err := db.QueryRow(half).Scan(&grants, &halves); err != nil || halves != 0 {
		t.Errorf("%d halves: %v", halves, err)
	}
	return grants
}

// FLT25: a folder or a file that cannot be written stops the start, with words
// that say what to do.
func TestThreat_FLT25_SQLiteUnwritable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kept.db")
	must(t, openSQLite(t, file).Close())
	must(t, os.Chmod(file, 0o400))
	for name, path := range map[string]string{
		"no folder": filepath.Join(t.TempDir(), "none", "new.db"), "the kernel's folder": "/proc/new.db", "a folder in its place": t.TempDir(),
		"a file that is only read": file,
	} {
		if name == "a file that is only read" && os.Getuid() == 0 {
			continue // who may write everything may write this
		}
		db, err := sqlite.Open(t.Context(), path)
		if err == nil {
			err = errors.Join(errors.New("opened"), db.Close())
		}
		if !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "must be writable") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// small is set for the process of the test below in which files cannot grow.
const small = "KEYWRIGHT_TEST_SMALL_DISK"

// FLT17, FLT25: the disk is full. Writes and readiness are 503, reads go on,
// nothing is there by half; when there is room again, it goes on without a
// restart.
func TestThreat_FLT17_FLT25_SQLiteDiskFull(t *testing.T) {
	if os.Getenv(small) == "" {
		t.Parallel()
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestThreat_FLT17_FLT25_SQLiteDiskFull$", "-test.v")
		child.Env = append(os.Environ(), small+"=1")
		said, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "--- PASS") {
			t.Errorf("%v\n%s", err, said)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "full.db")
	db := openSQLite(t, path)
	c := newCompany(t, db)
	s := db.Tenant(tenant)
	reader := raw(t, path)
	run(t, reader, "BEGIN") // who reads keeps the log from beginning anew in the room that it has
	run(t, reader, "SELECT * FROM grants")
	written := fill(t, s, path)
	for _, q := range c.stored() {
		writes := q.name == "authorize" || q.name == "change of password" || q.name == "revocation" || q.name == "readiness"
		if got := q.ask(t); got.away() != writes || !writes && got.status != q.want {
			t.Errorf("%s: %d %s", q.name, got.status, got.body)
		}
	}
	limitFiles(t, 1<<40)
	run(t, reader, "ROLLBACK")
	c.recovers(t)
	for _, id := range written {
		if _, _, err := s.Grant(t.Context(), id); err != nil {
			t.Errorf("what was answered is gone: %v", err)
		}
	}
	var halves int
	const half = "SELECT COUNT(*) FROM grants g WHERE tenant = ? AND NOT EXISTS (SELECT 1 FROM events e WHERE e.tenant = g.tenant AND e.thing = g.id)"
	if err := raw(t, path).QueryRow(half, tenant[:]).Scan(&halves); err != nil || halves != 0 {
		t.Errorf("%d halves: %v", halves, err)
	}
}

// fill lets no file grow and writes until nothing more is taken.
func fill(t *testing.T, s core.Store, path string) (written []core.ID) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // the write says it as well
	wal, err := os.Stat(path + "-wal")
	must(t, err)
	limitFiles(t, wal.Size()+64<<10)
	for range 10_000 {
		g := grant()
		switch err := s.CreateGrant(t.Context(), g, event(g.ID)); {
		case err == nil:
			written = append(written, g.ID)
			wal, err = os.Stat(path + "-wal")
			must(t, err)
		case errors.Is(err, core.ErrUnavailable):
			limitFiles(t, wal.Size()) // no room for less, either
			return written
		default:
			t.Fatal(err)
		}
	}
	t.Fatal("the disk is never full")
	return nil
}

func limitFiles(t *testing.T, size int64) {
	t.Helper()
	var l syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &l))
	l.Cur = min(uint64(size), l.Max)
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l))
}

// FLT22, FLT25: another process holds the write lock for longer than anybody
// waits. Writes are 503, reads go on; nor can it change the journal mode.
func TestThreat_FLT22_FLT25_SQLiteLockedByAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "locked.db")
	c := newCompany(t, openSQLite(t, path))
	other := raw(t, path)
	var mode string
	if err := other.QueryRow("PRAGMA journal_mode=DELETE").Scan(&mode); err == nil && mode != "wal" {
		t.Errorf("another process has changed the journal mode to %s", mode)
	}
	run(t, other, "BEGIN IMMEDIATE")
	if got := c.app.Refresh(c.tokens.Refresh); got.Status != http.StatusOK { // writes nothing
		t.Errorf("a read: %d %s", got.Status, got.Body)
	}
	if got := c.ask(t, http.MethodGet, "/readyz", nil); got.status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", got.status)
	}
	run(t, other, "ROLLBACK")
	c.recovers(t)
}

// FLT25: the log of the file is gone, after a process died that had not put it
// into the file. What it held is lost, and nothing else.
func TestThreat_FLT25_SQLiteLogMissing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "first.db")
	s := openSQLite(t, path).Tenant(tenant)
	for range 50 {
		g := grant()
		must(t, s.CreateGrant(t.Context(), g, event(g.ID)))
	}
	run(t, raw(t, path), "PRAGMA wal_checkpoint(TRUNCATE)")
	for range 50 {
		g := grant()
		must(t, s.CreateGrant(t.Context(), g, event(g.ID)))
	}
	file, err := os.ReadFile(path)
	must(t, err)
	alone := filepath.Join(t.TempDir(), "alone.db")
	must(t, os.WriteFile(alone, file, 0o600))
	again := openSQLite(t, alone)
	if n := whole(t, alone); n != 50 {
		t.Errorf("%d grants, want the 50 before the log", n)
	}
	must(t, again.Tenant(tenant).CreateGrant(t.Context(), grant()))
}

// FLT26: a copy made as the guide says, while the file is written, is whole.
func TestThreat_FLT26_SQLiteCopyWhileRunning(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "running.db")
	s := openSQLite(t, path).Tenant(tenant)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	for range 4 {
		writing.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				g := grant()
				if err := s.CreateGrant(t.Context(), g, event(g.ID)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	last := 0
	for n := range 5 {
		copied := filepath.Join(folder, fmt.Sprintf("copy%d.db", n))
		run(t, raw(t, path), "VACUUM INTO '"+copied+"'")
		openSQLite(t, copied)
		if grants := whole(t, copied); grants < last {
			t.Errorf("copy %d holds %d grants, the one before %d", n, grants, last)
		} else {
			last = grants
		}
	}
	close(stop)
	writing.Wait()
	if last == 0 {
		t.Error("nothing was written beside the copies")
	}
}
