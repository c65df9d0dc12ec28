// Package orgreg holds the organizations and connections that an operator writes
// down, in code (Seeded) or in a file (SeededFile). They are applied at every
// start: what they say replaces what is stored, but an operator's "disabled" and
// "deleted" stay, and so do organizations and connections that are no longer
// written.
package orgreg
