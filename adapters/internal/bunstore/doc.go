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
package bunstore
