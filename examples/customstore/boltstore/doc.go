// Package boltstore keeps the store contract of core on bbolt, which is a
// B+ tree of byte strings in one file: a store to start from for whoever has
// something else than SQL.
//
// Read it in this order; each step needs only those before it:
//
//  1. key.go: how keys are made, so that no two things meet.
//  2. fields.go, table.go: how a row becomes bytes and back.
//  3. tx.go: what is done in one transaction, and what its errors mean.
//  4. write.go, read.go: create, update and lists, once for every kind of row.
//  5. clients.go, then a file for each role.
//  6. purge.go, deliveries.go, tenants.go: what works across tenants.
//
// bbolt has one writer at a time and lets one process open a file. So this is a
// store for one replica. What carries over to others is the layout.
package boltstore
