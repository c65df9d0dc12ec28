//go:build unix

package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
)

// Who takes the file or its log away, or puts a backup in its place, is told: what is
// written from then on would be gone with the process.
func TestThreat_FLT25_FilesTakenAway(t *testing.T) {
	for _, which := range []string{"", "-wal"} {
		t.Run("file"+which, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "place.db")
			db, d := opened(t, path, 1)
			if err := d.Read(func(bunstore.Connection) {}); err != nil {
				t.Fatal(err)
			}
			aside := path + which + ".aside"
			if err := os.Rename(path+which, aside); err != nil {
				t.Fatal(err)
			}
			refused := func(what string) {
				d.place.looked = time.Time{}
				err := db.Ready(t.Context())
				if !errors.Is(err, core.ErrUnavailable) || !strings.Contains(err.Error(), "taken away") {
					t.Errorf("%s: %v", what, err)
				}
				answers(t, db)
			}
			refused("taken away")
			if err := os.WriteFile(path+which, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			refused("another in its place")
			d.mu.Lock()
			idle := d.idle
			d.idle = nil
			d.mu.Unlock()
			lent := func(bunstore.Connection) { t.Error("another file is read") }
			if err := d.Read(lent); !errors.Is(err, errMoved) {
				t.Error("another in its place:", err)
			}
			d.idle = idle
			if err := os.Rename(aside, path+which); err != nil {
				t.Fatal(err)
			}
			if err := db.Ready(t.Context()); err != nil {
				t.Error("put back:", err)
			}
		})
	}
}

// A page that makes no sense is an outage, not a fault of a statement, and what was read
// of it is not kept.
func TestThreat_FLT25_PagesThatMakeNoSense(t *testing.T) {
	path := filepath.Join(t.TempDir(), "corrupt.db")
	db, d := opened(t, path, 1)
	if err := d.writer.Do("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	right, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d.writer.close()
	d.writer = nil
	wrong := append([]byte{}, right[:4096]...) // the schema is right, all else is not
	for len(wrong) < len(right) {
		wrong = append(wrong, 0xa5)
	}
	// In place: to write a file anew would empty it while it is open.
	put := func(pages []byte) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(pages, 0)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	put(wrong)
	_, _, err = db.Tenant(core.ID{1}).Grant(t.Context(), core.ID{2})
	if !errors.Is(err, core.ErrUnavailable) {
		t.Error("a read:", err)
	}
	put(right)
	answers(t, db)
	put(wrong)
	if err := db.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Error("a write:", err)
	}
	put(right)
	answers(t, db)
	if err := db.Ready(t.Context()); err != nil {
		t.Error("once it is right:", err)
	}
}
