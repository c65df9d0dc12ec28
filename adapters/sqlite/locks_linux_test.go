package sqlite_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
)

// passing names the file for a process that looks who holds it.
const passing = "KEYWRIGHT_TEST_PASSING_FILE"

// A file that is opened a second time in one process is still held by the first, so
// that another process that comes and goes leaves the log to it. Tools of before
// SQLite 3.51 took it away otherwise, with what had been answered since.
func TestThreat_FLT22_OpenedTwiceIsStillHeld(t *testing.T) {
	if path := os.Getenv(passing); path != "" {
		_, _ = fmt.Println("held:", held(t, path))
		return
	}
	path := filepath.Join(t.TempDir(), "twice.db")
	openAt(t, path)
	again, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"both", "the first"} {
		other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		other.Env = append(os.Environ(), passing+"="+path)
		if said, err := other.CombinedOutput(); err != nil || !strings.Contains(string(said), "held: true\n") {
			t.Errorf("while %s had it open: %s, %v", of, said, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// held says whether another process has the lock that whoever uses the file shares
// (sqlite.org/fileformat2.html#lockbyte).
func held(t *testing.T, path string) bool {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 0x40000002, Len: 510}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		t.Fatal(err)
	}
	return lock.Type != syscall.F_UNLCK
}
