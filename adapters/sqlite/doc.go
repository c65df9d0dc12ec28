// Package sqlite keeps everything in one SQLite file: for one machine, with as
// many processes on it as are wanted.
//
// The file is in WAL mode and durable: what was answered is on the disk. One
// connection writes, several read beside it; while the first is idle, single rows
// are read there as well. Writers that meet share a commit. What callers repeat runs
// on connections that Open makes for it and that speak to the library without its
// driver; lists, and all of a pool of the caller's own, go through database/sql.
//
// No other part of a process that has the file open may open it by itself, even to
// read or copy it, nor through another copy of SQLite, such as that of a driver with
// cgo: to close it there lets go of the locks that this one has on it, and another
// process may take the log away. Open may be called again.
//
// A network file system cannot lock as this needs and is refused.
package sqlite
