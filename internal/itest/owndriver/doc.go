// Package owndriver brings what New allows to each adapter, as the guide to
// databases shows it: a SQLite driver that uses cgo, and pools for Postgres and
// MySQL that the program makes itself.
package owndriver
