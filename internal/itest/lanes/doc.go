// Package lanes plays the same protocol dialogues with clients of every lane: whatever way a client became known by, what it may
// do and what it hears is the same.
package lanes
