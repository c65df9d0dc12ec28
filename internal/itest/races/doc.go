// Package races lets many callers meet on one thing, over HTTP and two replicas,
// on every database and with pools of every size.
package races
