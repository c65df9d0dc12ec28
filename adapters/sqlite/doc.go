// Package sqlite keeps everything in one SQLite file: for one machine, with as
// many processes on it as are wanted.
//
// The file is in WAL mode and durable: what was answered is on the disk. One
// connection writes, several read beside it; while the first is idle, single rows
// are read there as well. Writers that meet share a commit. What callers repeat runs
// on connections that Open makes for it and that speak to the library without its
// driver; lists, and all of a pool of the caller's own, go through database/sql.
//
// A network file system cannot lock as this needs and is refused.
package sqlite
