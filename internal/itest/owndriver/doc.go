// Package owndriver brings a driver of its own to an adapter, as New allows: a
// SQLite driver that uses cgo.
package owndriver
