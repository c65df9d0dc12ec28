package main

import (
	"slices"
	"syscall"
	"testing"
)

func TestMemoryIsUsedWhereItHasRoom(t *testing.T) {
	for why, c := range map[string]struct {
		is   syscall.Statfs_t
		fits bool
	}{
		"enough":          {syscall.Statfs_t{Bsize: 4096, Bavail: room / 4096}, true},
		"a page too few":  {syscall.Statfs_t{Bsize: 4096, Bavail: room/4096 - 1}, false},
		"a container's":   {syscall.Statfs_t{Bsize: 4096, Bavail: 64 << 20 / 4096}, false},
		"not for program": {syscall.Statfs_t{Bsize: 4096, Bavail: room / 4096, Flags: noPrograms}, false},
	} {
		if fits(&c.is) != c.fits {
			t.Errorf("%s: fits is %t", why, !c.fits)
		}
	}
}

func TestAFolderThatWasNamedIsUsed(t *testing.T) {
	t.Setenv("TMPDIR", "")
	t.Setenv("GOTMPDIR", "")
	if got := inMemory(); got != nil && !slices.Equal(got, []string{"TMPDIR=" + memory}) {
		t.Errorf("set %q", got)
	}
	for _, name := range []string{"TMPDIR", "GOTMPDIR"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "/var/tmp")
			if got := inMemory(); got != nil {
				t.Errorf("set %q over it", got)
			}
		})
	}
}
