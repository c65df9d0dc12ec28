// Package mysql keeps everything in a MySQL (8.0 or later) or MariaDB (10.6 or
// later) database, for as many processes on as many machines as are wanted.
//
// Every method is one statement or one short transaction at READ COMMITTED, so
// nothing depends on which replica makes it. All text and all ids are bytes and
// all times are numbers: no character set, collation or time zone of the server
// has a say in what is equal. Only what both servers understand is used.
package mysql
