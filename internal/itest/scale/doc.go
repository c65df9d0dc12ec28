// Package scale tests what docs/scale.md tells those who run large: partitions
// made by hand, and what a sign-in leaves behind.
package scale
