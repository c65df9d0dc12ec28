//go:build unix

// Package torture runs three replicas of a provider over one database, lets many callers sign in, redeem, refresh,
// ask, revoke and sign out through a round-robin in front of them, and meanwhile kills replicas, cuts connections and
// restarts the database. What callers heard is then judged, grant by grant, by package history: nothing may be
// redeemed twice, forked, brought back or lost.
package torture
