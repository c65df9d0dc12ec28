package sqlite

import (
	"os"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// place is where the file and its log lie. Somebody may take them away or put a backup
// in their place while they are open: the system then lets this process write to what no
// other finds, and all that was answered is gone with the process.
type place struct {
	names  [2]string
	files  [2]os.FileInfo
	looked time.Time
}

// lookEvery bounds how long is written to what nobody finds; to look before each
// commit would cost it two system calls.
const lookEvery = time.Second

// placeOf is where the files of a connection lie, links followed, which has read.
func placeOf(c *connection) (p place, err error) {
	main, err := libc.CString("main")
	if err != nil {
		return p, err
	}
	defer libc.Xfree(c.tls, main)
	name := libc.GoString(lib.Xsqlite3_db_filename(c.tls, c.db, main))
	p.names = [2]string{name, name + "-wal"}
	for n := range p.names {
		if p.files[n], err = os.Stat(p.names[n]); err != nil {
			return p, err
		}
	}
	p.looked = time.Now()
	return p, nil
}

// seenMoved is moved, looked for at most every lookEvery.
func (p *place) seenMoved() bool {
	if time.Since(p.looked) < lookEvery {
		return false
	}
	if p.moved() {
		return true
	}
	p.looked = time.Now()
	return false
}

// moved looks whether one of them is gone, or another stands in its place. It opens
// neither: see touch.
func (p *place) moved() bool {
	for n, was := range p.files {
		if is, err := os.Stat(p.names[n]); err != nil || !os.SameFile(is, was) {
			return true
		}
	}
	return false
}
