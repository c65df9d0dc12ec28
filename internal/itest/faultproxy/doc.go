// Package faultproxy is a network that fails on purpose: a TCP proxy in front of
// Postgres or MySQL/MariaDB which understands just enough of their protocols to
// tell one request from the next, and loses the one that a test names: before the
// server has seen it, after the server has done it, or half-way.
//
//	p := faultproxy.Start(t, faultproxy.Postgres, "127.0.0.1:5432")
//	db := open(p.Addr())
//	p.Arm(faultproxy.Fault{At: 3, Kind: faultproxy.CutAfter})
//
// A request is what is answered as one: for Postgres a burst up to Sync or a
// simple Query, for MySQL one command. What opens a connection is not counted;
// Connections says what becomes of new ones. Encryption and compression are
// declined on the servers' behalf, since nothing could be told apart then.
package faultproxy
