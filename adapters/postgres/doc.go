// Package postgres keeps everything in a Postgres database, for as many
// processes on as many machines as are wanted.
//
// Every method is one statement or one short transaction at READ COMMITTED, so
// nothing depends on which replica makes it. All text and all ids are bytea and
// all times are numbers: no collation, encoding or time zone of the server has a
// say in what is equal.
//
// A proxy that hands each transaction to another connection, such as pgbouncer
// in transaction mode, is noticed; behind it nothing is prepared.
package postgres
