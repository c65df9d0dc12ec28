// Package bunstore is the one SQL implementation of the store contract of
// core, over bun. What differs between databases is in a Dialect; everything
// else is written once, one file per role.
//
// A row is its searched columns, version, change, keep_until and a payload that
// no statement looks into. Ids and strings are kept as bytes, so that they
// compare byte for byte everywhere; instants as microseconds since 1970.
package bunstore
