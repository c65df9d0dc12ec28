// Package cost holds each operation to its budget of statements, counted
// through a whole provider on SQLite.
package cost
