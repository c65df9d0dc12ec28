//go:build unix

package dbserver

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"9/bin/serve", "9/bin/init", "15/bin/serve", "15/bin/init", "16/bin/serve", "path/other"} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "9/bin/serve"), filepath.Join(root, "path/serve")); err != nil {
		t.Fatal(err)
	}
	pattern, linked := filepath.Join(root, "*/bin"), filepath.Join(root, "path")
	for _, c := range []struct {
		why     string
		folders []string
		names   []string
		serve   string
	}{
		{"the newest that has all of them", []string{linked, pattern}, []string{"serve", "init"}, "15/bin/serve"},
		{"the newest", []string{pattern}, []string{"serve"}, "16/bin/serve"},
		{"where a link leads to", []string{linked}, []string{"serve"}, "9/bin/serve"},
		{"what is not there", []string{linked, pattern}, []string{"serve", "nothing"}, ""},
		{"no folders", nil, []string{"serve"}, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			found, err := find(c.folders, "needs it: install it", c.names...)
			var missing *MissingError
			if c.serve == "" {
				if !errors.As(err, &missing) || err.Error() != "needs it: install it" {
					t.Errorf("found %v, %v, want a *MissingError with the remedy", found, err)
				}
				return
			}
			if want := filepath.Join(root, c.serve); err != nil || found["serve"] != want {
				t.Errorf("found %v, %v, want %s", found, err, want)
			}
		})
	}
}

func TestParseStat(t *testing.T) {
	const line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6 7"
	if p, ok := parseStat(line); !ok || p.parent != 7 || p.ticks != 127 {
		t.Errorf("parsed %+v, %t; want parent 7 and 127 ticks", p, ok)
	}
	for _, bad := range []string{"", "42 (a) S 7", "no brackets"} {
		if _, ok := parseStat(bad); ok {
			t.Errorf("%q was taken for a process", bad)
		}
	}
}

// The folder that comes first in PATH chooses between MariaDB and MySQL, and a
// mysqld that is a link to MariaDB is no MySQL.
func TestFindMySQL(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"maria/mariadbd", "tools/mariadb-install-db", "oracle/mysqld", "both/mariadbd", "both/mysqld"} {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("mariadbd", filepath.Join(root, "maria/mysqld")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why     string
		folders []string
		server  string
	}{
		{"MariaDB first", []string{"maria", "oracle", "tools"}, "maria/mariadbd"},
		{"MySQL first", []string{"oracle", "maria", "tools"}, "oracle/mysqld"},
		{"both in one folder", []string{"tools", "both"}, "both/mariadbd"},
		{"MySQL alone", []string{"oracle"}, "oracle/mysqld"},
		{"MariaDB that cannot make its tables, and MySQL", []string{"maria", "both"}, "both/mysqld"},
		{"MariaDB that cannot make its tables", []string{"maria"}, ""},
		{"neither", []string{"tools"}, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			folders := make([]string, len(c.folders))
			for n, folder := range c.folders {
				folders[n] = filepath.Join(root, folder)
			}
			found, err := findMySQL(folders)
			var missing *MissingError
			if c.server == "" {
				if !errors.As(err, &missing) {
					t.Errorf("found %v, %v, want a *MissingError", found, err)
				}
				return
			}
			got := found["mariadbd"]
			if got == "" {
				got = found["mysqld"]
			} else if found["mariadb-install-db"] == "" {
				t.Error("MariaDB without what makes its tables")
			}
			if want := filepath.Join(root, c.server); err != nil || got != want {
				t.Errorf("found %v, %v, want %s", found, err, want)
			}
		})
	}
}
