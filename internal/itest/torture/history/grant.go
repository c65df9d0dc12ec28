package history

// MaxTokens is the most access tokens that one grant's history may hold.
const MaxTokens = 64

// Grant is all that was asked and answered about one grant.
type Grant struct {
	ID string
	// Rotates says that refresh tokens are replaced at use; Offline that the grant outlives its session once it is
	// redeemed.
	Rotates, Offline bool
	// CodeLife, AccessLife and Overlap are the lifetimes in force.
	CodeLife, AccessLife, Overlap Time
	Calls                         []Call
}

// standing is where a grant may stand: one state of the machine of core/grant_transition.go, as far as callers can
// tell.
type standing struct {
	made     bool
	redeemed bool
	revoked  bool // for good, on its row
	stopped  bool // for good, by something that it depends on
	// generation is that of the current refresh token, made between after and before.
	generation    int
	after, before Time
	// live are the access tokens of the present access epoch.
	live uint64
}

// move is one thing that the provider may do.
type move struct {
	outcome Outcome
	given   int
	next    standing
}

// step lists where the grant may stand after the call, if it stood at s before. None: the answer is impossible.
func (g *Grant) step(s standing, c *Call) []standing {
	var next []standing
	if c.Outcome == Unknown {
		next = append(next, s)
	}
	for _, m := range g.moves(s, c) {
		if c.Outcome == Unknown || m.outcome == c.Outcome && m.given == c.Given {
			next = append(next, m.next)
		}
	}
	return next
}

// moves lists all that the provider may do when it is asked.
func (g *Grant) moves(s standing, c *Call) []move {
	switch c.Kind {
	case Authorize:
		s.made = true
		return []move{{Done, 0, s}}
	case Redeem:
		return g.redeem(s, c)
	case Refresh:
		return g.refresh(s, c)
	case RevokeRefresh:
		s.revoked = true
		return []move{{Done, 0, s}}
	case RevokeAccess:
		return g.revokeAccess(s, c)
	case Introspect, UserInfo:
		return g.useAccess(s, c)
	case IntrospectRefresh:
		if s.redeemed && !s.over() && c.Presented == s.generation {
			return []move{{Done, 0, s}}
		}
		return []move{{Refused, 0, s}}
	case End, EndSession:
		if s.made && (c.Kind == End || !s.redeemed || !g.Offline) {
			s.stopped = true
		}
		return []move{{Done, 0, s}}
	case Stored:
		return stored(s)
	}
	return nil
}

func (s *standing) over() bool { return s.revoked || s.stopped }

// redeem: once, in time; again, it is a replay, which revokes.
func (g *Grant) redeem(s standing, c *Call) []move {
	switch {
	case !s.made:
		return nil
	case s.redeemed:
		s.revoked = true
		return []move{{Refused, 0, s}}
	case s.over():
		return []move{{Refused, 0, s}}
	}
	var all []move
	if first, last := g.ends(Authorize, 0, g.CodeLife); c.To >= first {
		all = append(all, move{Refused, 0, s})
		if c.From >= last {
			return all
		}
	}
	s.redeemed, s.generation, s.after, s.before = true, 1, c.From, c.To
	return append(all, move{Done, 1, s.with(c.Token)})
}

// refresh: the current generation is replaced; the one before gets it again while they overlap; what is older ends
// the grant, and so does the one before when the overlap is over.
func (g *Grant) refresh(s standing, c *Call) []move {
	switch {
	case !s.redeemed || !s.revoked && c.Presented > s.generation:
		return nil // nobody was given it
	case s.revoked:
		return []move{{Refused, 0, s}}
	case c.Presented == s.generation && s.stopped:
		return []move{{Refused, 0, s}}
	case c.Presented == s.generation && !g.Rotates:
		return []move{{Done, s.generation, s.with(c.Token)}}
	case c.Presented == s.generation:
		s.generation++
		s.after, s.before = c.From, c.To
		return []move{{Done, s.generation, s.with(c.Token)}}
	}
	var all []move
	previous := c.Presented == s.generation-1
	if previous && c.From < later(s.before, g.Overlap+Skew) {
		if s.stopped {
			all = append(all, move{Refused, 0, s})
		} else {
			all = append(all, move{Done, s.generation, s.with(c.Token)})
		}
	}
	if !previous || c.To >= s.after+g.Overlap-Skew {
		s.revoked = true
		all = append(all, move{Refused, 0, s})
	}
	return all
}

// revokeAccess ends every token of the present access epoch, if the one presented is of it.
func (g *Grant) revokeAccess(s standing, c *Call) []move {
	var all []move
	first, last := g.ends("", c.Presented, g.AccessLife)
	if c.To >= first {
		all = append(all, move{Done, 0, s})
	}
	if c.From < last {
		if s.lives(c.Presented) {
			s.live = 0
		}
		all = append(all, move{Done, 0, s})
	}
	return all
}

func (g *Grant) useAccess(s standing, c *Call) []move {
	first, last := g.ends("", c.Presented, g.AccessLife)
	good := s.redeemed && !s.over() && s.lives(c.Presented)
	var all []move
	if good && c.From < last {
		all = append(all, move{Done, 0, s})
	}
	if !good || c.To >= first {
		all = append(all, move{Refused, 0, s})
	}
	return all
}

// stored: Done is a row that is not revoked, Refused one that is. What was stopped may be revoked later, in batches.
func stored(s standing) []move {
	var all []move
	if !s.revoked {
		all = append(all, move{Done, s.generation, s})
	}
	if s.over() {
		all = append(all, move{Refused, s.generation, s})
	}
	return all
}

// ends says between when the code, or else the access token of the number given, ends by time.
func (g *Grant) ends(kind Kind, token int, life Time) (first, last Time) {
	for i := range g.Calls {
		if c := &g.Calls[i]; c.Kind == kind || token > 0 && c.Token == token {
			return c.From + life - Skew, later(c.To, life+Skew)
		}
	}
	return Never, Never
}

func (s standing) with(token int) standing {
	if token > 0 {
		s.live |= 1 << (token - 1)
	}
	return s
}

func (s *standing) lives(token int) bool { return token > 0 && s.live&(1<<(token-1)) != 0 }

func later(t, by Time) Time {
	if t > Never-by {
		return Never
	}
	return t + by
}
