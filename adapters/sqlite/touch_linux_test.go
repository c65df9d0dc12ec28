package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Two who open a new file at once in one process: who made it lets go of no lock that
// the other has on it by then.
func TestThreat_FLT22_NewFileKeepsItsLocks(t *testing.T) {
	folder := t.TempDir()
	for n := range 300 {
		path := filepath.Join(folder, fmt.Sprint(n))
		locked := make(chan *os.File)
		go func() {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			for errors.Is(err, fs.ErrNotExist) {
				f, err = os.OpenFile(path, os.O_RDWR, 0)
			}
			lock := syscall.Flock_t{Type: syscall.F_WRLCK, Len: 1}
			if err == nil {
				err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &lock)
			}
			if err != nil {
				t.Error(err)
			}
			locked <- f
		}()
		if err := touch(path); err != nil {
			t.Fatal(err)
		}
		f := <-locked
		lock := syscall.Flock_t{Type: syscall.F_WRLCK, Len: 1}
		const ofd = 36 // F_OFD_GETLK: asks as somebody else would
		if err := syscall.FcntlFlock(f.Fd(), ofd, &lock); err != nil || lock.Type == syscall.F_UNLCK {
			t.Fatalf("file %d is not locked any more: %v", n, err)
		}
		_ = f.Close()
	}
	list, err := os.ReadDir(folder)
	if err != nil || len(list) != 300 {
		t.Errorf("%d files: %v", len(list), err)
	}
}
