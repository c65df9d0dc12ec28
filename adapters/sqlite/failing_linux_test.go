//go:build amd64 || arm64

package sqlite

import (
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// site is where SQLite asks for something that may fail.
type site int32

const (
	nowhere site = iota
	allocates
	opens
	reads
	writes
	truncates
	syncs
	locks
	mapsShared
	locksShared
	isInterrupted
)

var sites = map[site]string{
	allocates: "allocates", opens: "opens", reads: "reads", writes: "writes", truncates: "truncates",
	syncs: "syncs", locks: "locks", mapsShared: "maps shared memory", locksShared: "locks shared memory",
	isInterrupted: "is interrupted",
}

// failing is what fails, and how. SQLite calls functions and tells them nothing of whose
// they are, so there is one for the process: only a child process has it (see apart).
var failing struct {
	site         atomic.Int32
	left         atomic.Int64 // so many go well, less one
	lasting      atomic.Bool  // all that follow fail as well
	code         atomic.Int32 // what a file says
	failed       atomic.Int64
	files, bytes atomic.Int64 // that are open, and lent
	db           atomic.Uintptr
}

// arm lets the n-th call at a site fail from now on.
func arm(at site, n int64, code int32, lasting bool) {
	failing.failed.Store(0)
	failing.left.Store(n)
	failing.code.Store(code)
	failing.lasting.Store(lasting)
	failing.site.Store(int32(at))
}

// disarm ends it, and says how many calls failed.
func disarm() int64 {
	failing.site.Store(int32(nowhere))
	return failing.failed.Load()
}

func fails(at site) bool {
	if failing.site.Load() != int32(at) {
		return false
	}
	n := failing.left.Add(-1)
	if n > 0 || n < 0 && !failing.lasting.Load() {
		return false
	}
	failing.failed.Add(1)
	return true
}

// The functions as SQLite declares them.
type (
	t            = *libc.TLS
	mallocFunc   = func(t, int32) uintptr
	reallocFunc  = func(t, uintptr, int32) uintptr
	freeFunc     = func(t, uintptr)
	openFunc     = func(t, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeFunc    = func(t, uintptr) int32
	transferFunc = func(t, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(t, uintptr, int64) int32
	flagsFunc    = func(t, uintptr, int32) int32
	shmMapFunc   = func(t, uintptr, int32, int32, int32, uintptr) int32
	shmLockFunc  = func(t, uintptr, int32, int32, int32) int32
)

// pointerTo is how the library knows a function of the top level.
func pointerTo[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// functionAt is the function that the library knows by a pointer.
func functionAt[F any](at uintptr) F { return *(*F)(unsafe.Pointer(&at)) }

var (
	memory struct {
		malloc  mallocFunc
		realloc reallocFunc
		free    freeFunc
		size    closeFunc
	}
	openFile openFunc
	tables   struct {
		sync.Mutex
		own map[uintptr]uintptr // by that of the library
	}
)

// failable puts what fails in between. It comes before all else that SQLite does.
func failable() error {
	tls := libc.NewTLS()
	defer tls.Close()
	list := tls.Alloc(4 * pointer)
	defer tls.Free(4 * pointer)
	at := tls.Alloc(int(unsafe.Sizeof(lib.Tsqlite3_mem_methods{})))
	defer tls.Free(int(unsafe.Sizeof(lib.Tsqlite3_mem_methods{})))
	rc := lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_LOOKASIDE, libc.VaList(list, int32(0), int32(0)))
	if rc == lib.SQLITE_OK {
		rc = lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_GETMALLOC, libc.VaList(list, at))
	}
	if rc != lib.SQLITE_OK {
		return failure(rc)
	}
	var m lib.Tsqlite3_mem_methods
	memory.malloc = replace[mallocFunc](at+unsafe.Offsetof(m.FxMalloc), malloc)
	memory.realloc = replace[reallocFunc](at+unsafe.Offsetof(m.FxRealloc), realloc)
	memory.free = replace[freeFunc](at+unsafe.Offsetof(m.FxFree), free)
	memory.size = functionAt[closeFunc](libc.AtomicLoadPUintptr(at + unsafe.Offsetof(m.FxSize)))
	if rc = lib.Xsqlite3_config(tls, lib.SQLITE_CONFIG_MALLOC, libc.VaList(list, at)); rc != lib.SQLITE_OK {
		return failure(rc)
	}
	vfs := lib.Xsqlite3_vfs_find(tls, 0)
	if vfs == 0 {
		return errors.New("no file system")
	}
	tables.own = map[uintptr]uintptr{}
	openFile = replace[openFunc](vfs+unsafe.Offsetof(lib.Tsqlite3_vfs{}.FxOpen), openFailing)
	return nil
}

// replace puts a function in the place of another, which it gives.
func replace[F any](at uintptr, by F) F {
	was := libc.AtomicLoadPUintptr(at)
	libc.AtomicStorePUintptr(at, pointerTo(by))
	return functionAt[F](was)
}

func malloc(tls t, n int32) uintptr {
	if fails(allocates) {
		return 0
	}
	p := memory.malloc(tls, n)
	if p != 0 {
		failing.bytes.Add(int64(memory.size(tls, p)))
	}
	return p
}

func realloc(tls t, was uintptr, n int32) uintptr {
	if fails(allocates) {
		return 0
	}
	before := int64(memory.size(tls, was))
	p := memory.realloc(tls, was, n)
	if p != 0 {
		failing.bytes.Add(int64(memory.size(tls, p)) - before)
	}
	return p
}

func free(tls t, p uintptr) {
	if p != 0 {
		failing.bytes.Add(-int64(memory.size(tls, p)))
	}
	memory.free(tls, p)
}

// openFailing opens a file whose functions may fail.
func openFailing(tls t, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	if fails(opens) {
		libc.AtomicStorePUintptr(file, 0)
		return lib.SQLITE_CANTOPEN
	}
	rc := openFile(tls, vfs, name, file, flags, out)
	if methods := libc.AtomicLoadPUintptr(file); rc == lib.SQLITE_OK && methods != 0 {
		libc.AtomicStorePUintptr(file, ownTable(tls, methods))
		failing.files.Add(1)
	}
	return rc
}

// tableSize is that of sqlite3_io_methods; that of the library follows in ours.
const tableSize = unsafe.Sizeof(lib.Tsqlite3_io_methods{})

func ownTable(tls t, methods uintptr) uintptr {
	tables.Lock()
	defer tables.Unlock()
	if own := tables.own[methods]; own != 0 {
		return own
	}
	own := libc.Xmalloc(tls, libc.Tsize_t(tableSize+pointer))
	for n := uintptr(0); n < tableSize; n += pointer {
		libc.AtomicStorePUintptr(own+n, libc.AtomicLoadPUintptr(methods+n))
	}
	libc.AtomicStorePUintptr(own+tableSize, methods)
	var m lib.Tsqlite3_io_methods
	for at, by := range map[uintptr]uintptr{
		unsafe.Offsetof(m.FxClose):    pointerTo[closeFunc](closeFile),
		unsafe.Offsetof(m.FxRead):     pointerTo[transferFunc](readFile),
		unsafe.Offsetof(m.FxWrite):    pointerTo[transferFunc](writeFile),
		unsafe.Offsetof(m.FxTruncate): pointerTo[truncateFunc](truncateFile),
		unsafe.Offsetof(m.FxSync):     pointerTo[flagsFunc](syncFile),
		unsafe.Offsetof(m.FxLock):     pointerTo[flagsFunc](lockFile),
		unsafe.Offsetof(m.FxShmMap):   pointerTo[shmMapFunc](mapShared),
		unsafe.Offsetof(m.FxShmLock):  pointerTo[shmLockFunc](lockShared),
	} {
		if libc.AtomicLoadPUintptr(own+at) != 0 {
			libc.AtomicStorePUintptr(own+at, by)
		}
	}
	tables.own[methods] = own
	return own
}

// of is the library's own function for a file.
func of[F any](file, at uintptr) F {
	methods := libc.AtomicLoadPUintptr(libc.AtomicLoadPUintptr(file) + tableSize)
	return functionAt[F](libc.AtomicLoadPUintptr(methods + at))
}

var io lib.Tsqlite3_io_methods // for where its functions stand

func closeFile(tls t, file uintptr) int32 {
	failing.files.Add(-1)
	return of[closeFunc](file, unsafe.Offsetof(io.FxClose))(tls, file)
}

func readFile(tls t, file, into uintptr, n int32, from int64) int32 {
	interrupted(tls)
	if fails(reads) {
		return lib.SQLITE_IOERR_READ
	}
	return of[transferFunc](file, unsafe.Offsetof(io.FxRead))(tls, file, into, n, from)
}

// writeFile writes a half where it fails, as a disk that is full does.
func writeFile(tls t, file, from uintptr, n int32, to int64) int32 {
	interrupted(tls)
	write := of[transferFunc](file, unsafe.Offsetof(io.FxWrite))
	if fails(writes) {
		write(tls, file, from, n/2, to)
		return failing.code.Load()
	}
	return write(tls, file, from, n, to)
}

func truncateFile(tls t, file uintptr, size int64) int32 {
	if fails(truncates) {
		return lib.SQLITE_IOERR_TRUNCATE
	}
	return of[truncateFunc](file, unsafe.Offsetof(io.FxTruncate))(tls, file, size)
}

// syncFile waits for no disk: no machine is switched off here.
func syncFile(t, uintptr, int32) int32 {
	if fails(syncs) {
		return lib.SQLITE_IOERR_FSYNC
	}
	return lib.SQLITE_OK
}

func lockFile(tls t, file uintptr, level int32) int32 {
	if fails(locks) {
		return failing.code.Load()
	}
	return of[flagsFunc](file, unsafe.Offsetof(io.FxLock))(tls, file, level)
}

func mapShared(tls t, file uintptr, region, size, extend int32, out uintptr) int32 {
	if fails(mapsShared) {
		libc.AtomicStorePUintptr(out, 0)
		return lib.SQLITE_IOERR_SHMMAP
	}
	return of[shmMapFunc](file, unsafe.Offsetof(io.FxShmMap))(tls, file, region, size, extend, out)
}

// lockShared never fails to unlock: SQLite does not ask how that went.
func lockShared(tls t, file uintptr, from, n, flags int32) int32 {
	interrupted(tls)
	if flags&lib.SQLITE_SHM_LOCK != 0 && fails(locksShared) {
		return failing.code.Load()
	}
	return of[shmLockFunc](file, unsafe.Offsetof(io.FxShmLock))(tls, file, from, n, flags)
}

// interrupted interrupts what runs on the connection that writes.
func interrupted(tls t) {
	if db := failing.db.Load(); db != 0 && fails(isInterrupted) {
		lib.Xsqlite3_interrupt(tls, db)
	}
}
