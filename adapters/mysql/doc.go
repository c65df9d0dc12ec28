// Package mysql keeps everything in a MySQL (8.0 or later) or MariaDB (10.6 or
// later) database, for as many processes on as many machines as are wanted.
//
// Every method is one statement or one short transaction at READ COMMITTED, so
// nothing depends on which replica makes it. All text and all ids are bytes and
// all times are numbers: no character set, collation or time zone of the server
// has a say in what is equal. Only what both servers understand is used.
//
// Callers who meet share one statement for the rows of all: reads by key, and
// writes of one row without events. Each is answered as if it had been alone.
//
// Whatever the server says, Open sets for its sessions sql_mode, time_zone,
// autocommit, completion_type, unique_checks, sql_select_limit, sql_safe_updates,
// the isolation of transactions and the character set that statements are read
// in; on a node of a Galera cluster also wsrep_sync_wait, so that what any node has
// answered is seen, wsrep_dirty_reads and wsrep_osu_method. What it cannot set is
// refused with the remedy: a server that can only be read, that answers before a
// commit is on its disk, that forces another engine than InnoDB, that replicates
// nothing though it is a node, pages below 8 kB, packets below 1 MB, time limits
// below a second.
package mysql
