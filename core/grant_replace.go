package core

// MaxReplaced is how many grants one can take the place of.
const MaxReplaced = 8

// Replaced says whether this grant can end because another holds all of it: both
// stand for the same person, client and session, and both are the same copy of the
// client's. A client that authenticates itself is one; of one that does not, there
// may be several in one browser, which only a key that their tokens are bound to
// tells apart (docs/adr/0016). A device that the person approved is another copy,
// too, although it has the session that it was approved in.
func (g *Grant) Replaced(by *Grant, public bool) bool {
	switch {
	case g.ByDevice() || by.ByDevice():
		return false
	case g.ID == by.ID || g.State != GrantActive || by.State != GrantActive:
		return false
	case g.Account != by.Account || g.Client != by.Client || g.Session != by.Session || g.Proof != by.Proof:
		return false
	case public && g.Proof == "":
		return false
	}
	return g.NarrowerThan(by.Access)
}

// ByDevice says whether a device asked for the grant (RFC 8628).
func (g *Grant) ByDevice() bool { return !g.UserCode.IsZero() }

// Settle forgets what the grant takes the place of, once that has ended: until then
// each use of its refresh token ends it, in case the one before could not.
func (g Grant) Settle() Decision {
	if len(g.Replaces) == 0 {
		return Decision{Grant: g}
	}
	g.Replaces = nil
	return Decision{Grant: g, Write: true}
}

// NarrowerThan says whether the access holds all of the grant's, and more.
func (g *Grant) NarrowerThan(access []Access) bool {
	return Within(g.Access, access) && !Within(access, g.Access)
}
