// Package quickstart holds tests of the assembled provider: with libraries of
// relying parties, a real browser, crashes and faults. Nobody imports it, so it
// may use what would weigh on importers.
package quickstart
