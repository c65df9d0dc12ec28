// Package attacks goes at a whole provider over HTTP as a stranger would: what is
// handed out, what is mailed, what is typed, two replicas, and what tells who has
// an account. It holds tests only.
package attacks
