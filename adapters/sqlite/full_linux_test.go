//go:build amd64 || arm64

package sqlite

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	lib "modernc.org/sqlite/lib"
)

// until works until a write is refused, and then some more.
func (f *faulted) until() {
	for range 200 {
		if f.work(); len(f.doubt) > 8 {
			return
		}
	}
	f.t.Error("nothing was refused")
}

// A disk that is full for good, by the limit that the system sets a process.
func TestThreat_FLT25_FileThatMayNotGrow(t *testing.T) {
	if !apart(t) {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	f := underFaults(t)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	for _, more := range []uint64{100, 5000, 20000} {
		size := uint64(0)
		for _, name := range []string{f.path, f.path + "-wal"} {
			if is, err := os.Stat(name); err == nil {
				size = max(size, uint64(is.Size()))
			}
		}
		limit := syscall.Rlimit{Cur: size + more, Max: was.Max}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
		f.until()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		f.settle()
	}
	f.end()
}

// What others do, and what SQLite itself refuses.
func TestThreat_FLT25_RefusedBySQLite(t *testing.T) {
	if !apart(t) {
		return
	}
	f := underFaults(t)
	for _, one := range []struct{ refuse, again string }{
		{"PRAGMA max_page_count=1", "PRAGMA max_page_count=1000000"}, // full as soon as it has to grow
		{"PRAGMA query_only(1)", "PRAGMA query_only(0)"},             // as a file that is only read
	} {
		f.settle()
		f.set(one.refuse)
		f.until()
		f.set(one.again)
		f.settle()
	}
	other, err := connect(f.path, settings())
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Begin(); err != nil { // for longer than anybody waits
		t.Fatal(err)
	}
	f.work()
	if len(f.doubt) != 7 {
		t.Errorf("%d writes were refused while another process wrote, want 7", len(f.doubt))
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	other.close()
	f.settle()
	f.inTheMiddle()
	f.end()
}

// set runs a setting on the connection that writes.
func (f *faulted) set(text string) {
	var failed error
	none := f.direct.Write(func(c bunstore.Connection) { failed = c.Do(text) })
	if err := errors.Join(none, failed); err != nil {
		f.t.Fatal(err)
	}
}

// inTheMiddle has a commit find the file locked.
func (f *faulted) inTheMiddle() {
	var failed error
	none := f.direct.Write(func(c bunstore.Connection) {
		err := c.Begin()
		if err == nil {
			_, err = c.Exec(said("DELETE FROM grants WHERE tenant = ?"), []any{faultTenant[:]})
		}
		arm(writes, 1, lib.SQLITE_BUSY, true)
		failed = errors.Join(err, c.Commit())
		disarm()
	})
	if class, _ := classify(failed, resultCode); none != nil || class != bunstore.Unavailable {
		f.t.Errorf("a commit: class %d: %v, %v", class, failed, none)
	}
	f.settle()
}
