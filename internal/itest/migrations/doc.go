// Package migrations shows that a change of the schema hurts nobody: processes
// that die in the middle, replicas that start at once, releases side by side, rows
// of earlier releases, tables that somebody has altered, and administrators who
// run the SQL by hand; on SQLite, Postgres and MySQL.
package migrations
