// Package stores holds the tests of the three SQL stores on real servers: the
// whole conformance suite at several pool sizes, one schema three times, and
// servers in modes that are legal and hostile.
package stores
