package main

import (
	"os"
	"syscall"
)

// A folder in memory, and what has to be free there: the servers of several
// packages run at the same time, and each keeps a few hundred megabytes.
const (
	memory     = "/dev/shm"
	room       = 4 << 30
	noPrograms = 0x8 // ST_NOEXEC of statvfs(3)
)

// inMemory is the environment for tests whose temporary files are in memory, if
// that has room and programs may be run there; otherwise, and where TMPDIR names
// a folder, it is none. Databases ask for each commit to be on the disk as ever,
// and do not wait for one. The name is always the same, so that go test knows
// results again.
func inMemory() []string {
	if os.Getenv("TMPDIR") != "" || os.Getenv("GOTMPDIR") != "" {
		return nil
	}
	var is syscall.Statfs_t
	if syscall.Statfs(memory, &is) != nil || !fits(&is) {
		return nil
	}
	return []string{"TMPDIR=" + memory}
}

func fits(is *syscall.Statfs_t) bool {
	free := is.Bavail * uint64(is.Bsize) // #nosec G115 -- the size of a block
	return free >= room && is.Flags&noPrograms == 0
}
