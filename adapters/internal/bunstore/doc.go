// Package bunstore is the one SQL implementation of the store contract of
// core, over bun. What differs between databases is in a Dialect; everything
// else is written once, one file per role.
//
// A row is its searched columns, version, change, keep_until and a payload that
// no statement looks into. Ids and strings are kept as bytes, so that they
// compare byte for byte everywhere; instants as microseconds since 1970.
//
// The schema is made by steps, one file each below migrations, the same numbers
// for every database. A step is taken while releases serve that do not know it,
// by one process of many or by an administrator, and whoever takes it may die
// halfway. So steps only add, in the few forms of shape_steps.go; what they add up
// to is also what a release looks for in a database before it serves. The rules
// for whoever writes one are in CONTRIBUTING.md.
//
// # Which statement goes where
//
// Postgres and MySQL bring a Pipeline, sqlite.Open brings Direct, and sqlite.New
// neither, as nobody does behind a proxy that moves connections. So of the hot
// statements, which callers repeat and which are made once (hot.go, table.go):
//
//   - Reads (DB.ask) go to the Pipeline if it takes them, to Direct, or else to the
//     pool of readers.
//   - Writes of one row without events (DB.single) go to the Pipeline if it takes
//     them, to Direct, or else to the pool of the writer.
//   - Other writes (DB.transaction) are a transaction, of Direct or of the pool of
//     the writer.
//
// With Dialect.Gather writes queue before that, and those that meet are one
// transaction. On a pool statements are prepared (Prepared), unless
// Options.Unprepared; Dialect.ByText says so for transactions alone.
//
// Lists, which bun builds, and what Purge reads go to the pool of readers, steps of
// the schema to that of the writer.
package bunstore
