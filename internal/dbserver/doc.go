//go:build unix

// Package dbserver starts database servers that nobody else uses, for tests and
// for measurements: from the programs installed on this machine, in a temporary
// folder, on a free loopback port, with a password of their own.
//
// A server can be killed and started again on what it kept. It never outlives
// the process that started it: a warden, which learns of that process's end by
// the end of a pipe, kills the server and removes the folder.
package dbserver
