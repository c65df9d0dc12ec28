// Package bench measures what operations cost on a running provider, beside
// what the same run's bare parts cost: an empty handler, a signature, a
// statement. The provider runs in a process of its own, so that its CPU time
// is told apart from the load's.
package bench
