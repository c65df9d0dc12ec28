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
	tls          = *libc.TLS
	mallocFunc   = func(tls, int32) uintptr
	reallocFunc  = func(tls, uintptr, int32) uintptr
	freeFunc     = func(tls, uintptr)
	sizeFunc     = func(tls, uintptr) int32
	openFunc     = func(tls, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeFunc    = func(tls, uintptr) int32
	transferFunc = func(tls, uintptr, uintptr, int32, int64) int32
	truncateFunc = func(tls, uintptr, int64) int32
	flagsFunc    = func(tls, uintptr, int32) int32
	shmMapFunc   = func(tls, uintptr, int32, int32, int32, uintptr) int32
	shmLockFunc  = func(tls, uintptr, int32, int32, int32) int32
)

// pointerTo is a pointer, as the library knows it, to a function of the top level. The
// library offers no other way to put a function of Go in the place of one of its own.
func pointerTo[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// functionAt is the function that the library knows by a pointer.
func functionAt[F any](at uintptr) F { return *(*F)(unsafe.Pointer(&at)) }

var (
	memory struct {
		malloc  mallocFunc
		realloc reallocFunc
		free    freeFunc
		size    sizeFunc
	}
	openFile openFunc
	tables   struct {
		sync.Mutex
		own map[uintptr]uintptr // by that of the library
	}
)

// failable puts what fails in between. It comes before all else that SQLite does.
func failable() error {
	on := libc.NewTLS()
	defer on.Close()
	list := on.Alloc(4 * pointer)
	defer on.Free(4 * pointer)
	at := on.Alloc(int(unsafe.Sizeof(lib.Tsqlite3_mem_methods{})))
	defer on.Free(int(unsafe.Sizeof(lib.Tsqlite3_mem_methods{})))
	rc := lib.Xsqlite3_config(on, lib.SQLITE_CONFIG_LOOKASIDE, libc.VaList(list, int32(0), int32(0)))
	if rc == lib.SQLITE_OK {
		rc = lib.Xsqlite3_config(on, lib.SQLITE_CONFIG_GETMALLOC, libc.VaList(list, at))
	}
	if rc != lib.SQLITE_OK {
		return failure(rc)
	}
	var m lib.Tsqlite3_mem_methods
	memory.malloc = replace[mallocFunc](at+unsafe.Offsetof(m.FxMalloc), malloc)
	memory.realloc = replace[reallocFunc](at+unsafe.Offsetof(m.FxRealloc), realloc)
	memory.free = replace[freeFunc](at+unsafe.Offsetof(m.FxFree), free)
	memory.size = functionAt[sizeFunc](libc.AtomicLoadPUintptr(at + unsafe.Offsetof(m.FxSize)))
	if rc = lib.Xsqlite3_config(on, lib.SQLITE_CONFIG_MALLOC, libc.VaList(list, at)); rc != lib.SQLITE_OK {
		return failure(rc)
	}
	vfs := lib.Xsqlite3_vfs_find(on, 0)
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

func malloc(on tls, n int32) uintptr {
	if fails(allocates) {
		return 0
	}
	p := memory.malloc(on, n)
	if p != 0 {
		failing.bytes.Add(int64(memory.size(on, p)))
	}
	return p
}

func realloc(on tls, was uintptr, n int32) uintptr {
	if fails(allocates) {
		return 0
	}
	before := int64(memory.size(on, was))
	p := memory.realloc(on, was, n)
	if p != 0 {
		failing.bytes.Add(int64(memory.size(on, p)) - before)
	}
	return p
}

func free(on tls, p uintptr) {
	if p != 0 {
		failing.bytes.Add(-int64(memory.size(on, p)))
	}
	memory.free(on, p)
}

// openFailing opens a file whose functions may fail.
func openFailing(on tls, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	if fails(opens) {
		libc.AtomicStorePUintptr(file, 0)
		return lib.SQLITE_CANTOPEN
	}
	rc := openFile(on, vfs, name, file, flags, out)
	if methods := libc.AtomicLoadPUintptr(file); rc == lib.SQLITE_OK && methods != 0 {
		libc.AtomicStorePUintptr(file, ownTable(on, methods))
		failing.files.Add(1)
	}
	return rc
}

// tableSize is that of sqlite3_io_methods; that of the library follows in ours.
const tableSize = unsafe.Sizeof(ioMethods)

func ownTable(on tls, methods uintptr) uintptr {
	tables.Lock()
	defer tables.Unlock()
	if own := tables.own[methods]; own != 0 {
		return own
	}
	own := libc.Xmalloc(on, libc.Tsize_t(tableSize+pointer))
	for n := uintptr(0); n < tableSize; n += pointer {
		libc.AtomicStorePUintptr(own+n, libc.AtomicLoadPUintptr(methods+n))
	}
	libc.AtomicStorePUintptr(own+tableSize, methods)
	for at, by := range map[uintptr]uintptr{
		unsafe.Offsetof(ioMethods.FxClose):    pointerTo[closeFunc](closeFile),
		unsafe.Offsetof(ioMethods.FxRead):     pointerTo[transferFunc](readFile),
		unsafe.Offsetof(ioMethods.FxWrite):    pointerTo[transferFunc](writeFile),
		unsafe.Offsetof(ioMethods.FxTruncate): pointerTo[truncateFunc](truncateFile),
		unsafe.Offsetof(ioMethods.FxSync):     pointerTo[flagsFunc](syncFile),
		unsafe.Offsetof(ioMethods.FxLock):     pointerTo[flagsFunc](lockFile),
		unsafe.Offsetof(ioMethods.FxShmMap):   pointerTo[shmMapFunc](mapShared),
		unsafe.Offsetof(ioMethods.FxShmLock):  pointerTo[shmLockFunc](lockShared),
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

var ioMethods lib.Tsqlite3_io_methods // for where its functions stand

func closeFile(on tls, file uintptr) int32 {
	failing.files.Add(-1)
	return of[closeFunc](file, unsafe.Offsetof(ioMethods.FxClose))(on, file)
}

func readFile(on tls, file, into uintptr, n int32, from int64) int32 {
	interrupted(on)
	if fails(reads) {
		return lib.SQLITE_IOERR_READ
	}
	return of[transferFunc](file, unsafe.Offsetof(ioMethods.FxRead))(on, file, into, n, from)
}

// writeFile writes a half where it fails, as a disk that is full does.
func writeFile(on tls, file, from uintptr, n int32, to int64) int32 {
	interrupted(on)
	write := of[transferFunc](file, unsafe.Offsetof(ioMethods.FxWrite))
	if fails(writes) {
		write(on, file, from, n/2, to)
		return failing.code.Load()
	}
	return write(on, file, from, n, to)
}

func truncateFile(on tls, file uintptr, size int64) int32 {
	if fails(truncates) {
		return lib.SQLITE_IOERR_TRUNCATE
	}
	return of[truncateFunc](file, unsafe.Offsetof(ioMethods.FxTruncate))(on, file, size)
}

// syncFile waits for no disk: no machine is switched off here.
func syncFile(tls, uintptr, int32) int32 {
	if fails(syncs) {
		return lib.SQLITE_IOERR_FSYNC
	}
	return lib.SQLITE_OK
}

func lockFile(on tls, file uintptr, level int32) int32 {
	if fails(locks) {
		return failing.code.Load()
	}
	return of[flagsFunc](file, unsafe.Offsetof(ioMethods.FxLock))(on, file, level)
}

func mapShared(on tls, file uintptr, region, size, extend int32, out uintptr) int32 {
	if fails(mapsShared) {
		libc.AtomicStorePUintptr(out, 0)
		return lib.SQLITE_IOERR_SHMMAP
	}
	return of[shmMapFunc](file, unsafe.Offsetof(ioMethods.FxShmMap))(on, file, region, size, extend, out)
}

// lockShared never fails to unlock: SQLite does not ask how that went.
func lockShared(on tls, file uintptr, from, n, flags int32) int32 {
	interrupted(on)
	if flags&lib.SQLITE_SHM_LOCK != 0 && fails(locksShared) {
		return failing.code.Load()
	}
	return of[shmLockFunc](file, unsafe.Offsetof(ioMethods.FxShmLock))(on, file, from, n, flags)
}

// interrupted interrupts what runs on the connection that writes.
func interrupted(on tls) {
	if db := failing.db.Load(); db != 0 && fails(isInterrupted) {
		lib.Xsqlite3_interrupt(on, db)
	}
}
