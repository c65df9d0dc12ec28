// Package postgres keeps everything in a Postgres database, for as many
// processes on as many machines as are wanted.
//
// Every method is one statement or one short transaction at READ COMMITTED, so
// nothing depends on which replica makes it. Hot statements of callers that meet
// share a round trip, and those that write one row a transaction too; several of
// one kind are one statement. All text and all ids are bytea and all times are
// numbers: no collation, encoding or time zone of the server has a say in what is
// equal.
//
// Whatever the server, the database or the role say, Open sets for its sessions
// standard_conforming_strings, bytea_output and default_transaction_isolation,
// and, unless the DSN says otherwise, synchronous_commit, enable_seqscan, jit and
// plan_cache_mode. What it cannot set is refused with the remedy: a server that can
// only be read, a search_path without a schema, and timeouts below a second.
//
// A proxy that hands each transaction to another connection, such as pgbouncer
// in transaction mode, is noticed; behind it nothing is prepared, and settings
// that it does not pass on are checked instead. One that takes single statements
// only is refused.
package postgres
