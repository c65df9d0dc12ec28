package history

// Window is a time in which a client was switched off: from OffFrom to OffTo the operator's call that did it was
// made, from OnFrom to OnTo the one that undid it. What is open ends never.
type Window struct{ OffFrom, OffTo, OnFrom, OnTo Time }

// CheckClient judges one answer of an endpoint that wants the client to be enabled. served is how long replicas may
// go on believing what they knew, after it was enabled again.
func CheckClient(windows []Window, c *Call, stale Time) bool {
	possible := false
	for _, w := range windows {
		if c.Outcome == Done && w.OffTo < c.From && c.To < w.OnFrom {
			return false
		}
		if w.OffFrom <= c.To && c.From <= later(w.OnTo, stale+Skew) {
			possible = true
		}
	}
	return c.Outcome != Refused || possible
}
