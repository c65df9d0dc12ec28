package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"
)

// A link may name a file that is not there yet.
func TestOpenFollowsALink(t *testing.T) {
	folder := t.TempDir()
	link, file := filepath.Join(folder, "link.db"), filepath.Join(folder, "file.db")
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	openAt(t, link)
	if is, err := os.Stat(file); err != nil || is.Mode().Perm() != 0o600 {
		t.Error(is, err)
	}
}
