//go:build unix

package torture

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// caller is one person with browsers, and the applications that they use.
type caller struct {
	run      *run
	name     string
	random   *rand.Rand
	person   *person
	sessions []*session
	families []*family
}

// How much a caller has at once.
const (
	maxSessions = 2
	maxFamilies = 4
)

func (r *run) newCaller(number int) *caller {
	name := strconv.Itoa(number)
	return &caller{run: r, name: name, random: r.newRandom("caller " + name)}
}

// call does one thing after the other until the load ends.
func (c *caller) call() {
	for c.run.loading() {
		c.step()
	}
}

// step does one thing that a person or an application does.
func (c *caller) step() {
	r := c.run
	if c.person == nil || r.people.gone(c.person) {
		for _, s := range slices.Clone(c.sessions) {
			s.authorize(c, s.app) // none of them may be good for anything
		}
		c.person, c.sessions = r.newPerson(), nil
		return
	}
	c.tidy()
	app := r.apps[c.random.IntN(len(r.apps))]
	switch n := c.random.IntN(100); {
	case len(c.sessions) == 0, len(c.sessions) < maxSessions && n < 3:
		if s, f := r.signIn(c, c.person, app); s != nil {
			c.sessions = append(c.sessions, s)
			c.adopt(f)
		}
	case len(c.families) == 0, len(c.families) < maxFamilies && n < 15:
		c.adopt(c.pick().authorize(c, app))
	case n == 99:
		c.pick().signOut(c)
	case n == 98 && c.random.IntN(2) == 0:
		c.pick().changePassword(c)
	case n >= 95:
		c.job()
	default:
		c.use(c.families[c.random.IntN(len(c.families))])
	}
}

func (c *caller) pick() *session { return c.sessions[c.random.IntN(len(c.sessions))] }

func (c *caller) adopt(f *family) {
	if f != nil {
		c.families = append(c.families, f)
	}
}

// leave forgets a session that has ended.
func (c *caller) leave(s *session) {
	c.sessions = slices.DeleteFunc(c.sessions, func(o *session) bool { return o == s })
}

// tidy forgets families that were given up, after a last look at what is left of them, and those with long histories.
func (c *caller) tidy() {
	c.families = slices.DeleteFunc(c.families, func(f *family) bool {
		f.mu.Lock()
		over, long := f.refused, len(f.access) >= maxTokens || f.record.length() >= maxCalls
		f.mu.Unlock()
		if over {
			f.lookBack()
		}
		return over || long
	})
}

// use does something with a grant.
func (c *caller) use(f *family) {
	if f.current == 0 {
		c.begin(f)
		return
	}
	current := f.current
	switch n := c.random.IntN(100); {
	case n < 34:
		f.refreshWith(current)
	case n < 44: // an application in several processes
		together(3, func(int) { f.refreshWith(current) })
	case n < 52:
		f.refreshWith(max(1, current-1)) // as if the answer had been lost; or too late
	case n < 62:
		f.introspect(c.oneOf(f))
	case n < 69:
		f.exchange(c.oneOf(f))
	case n < 82 && f.app.resource == "":
		f.userInfo(c.oneOf(f))
	case n < 86 && f.app.secret != "":
		f.introspectRefresh(1 + c.random.IntN(current))
	case n < 90:
		c.revokeAccess(f)
	case n < 94:
		f.refreshWith(1 + c.random.IntN(current)) // a thief
	case n < 96:
		f.redeem() // a replay
	case n < 98:
		c.revokeRefresh(f)
	default:
		t := c.oneOf(f)
		together(2, func(n int) {
			if n == 0 {
				f.revoke(history.Call{Kind: history.RevokeAccess, Presented: t.number}, t.text)
				return
			}
			f.refreshWith(current)
		})
	}
}

// begin redeems the code: mostly once, at times by two at once.
func (c *caller) begin(f *family) {
	if c.random.IntN(8) == 0 {
		together(2, func(int) { f.redeem() })
		return
	}
	f.redeem()
}

// revokeAccess ends the access tokens of a grant and looks whether they have ended.
func (c *caller) revokeAccess(f *family) {
	t := c.oneOf(f)
	f.revoke(history.Call{Kind: history.RevokeAccess, Presented: t.number}, t.text)
	f.introspect(t)
	f.refreshWith(f.current)
}

// revokeRefresh ends a grant while it is used, and looks whether all of it has ended.
func (c *caller) revokeRefresh(f *family) {
	current, t, held := f.current, c.oneOf(f), f.refresh[1+c.random.IntN(f.current)]
	if held.text == "" {
		held = f.refresh[current]
	}
	together(3, func(n int) {
		switch n {
		case 0:
			f.revoke(history.Call{Kind: history.RevokeRefresh, Presented: current}, held.text)
		case 1:
			f.refreshWith(current)
		default:
			f.introspect(t)
		}
	})
	f.lookBack()
	f.refused = true
}

// lookBack asks once for everything that may still be good.
func (f *family) lookBack() {
	if f.current == 0 {
		return
	}
	last := f.access[len(f.access)-1]
	f.introspect(last)
	if f.app.resource == "" {
		f.userInfo(last)
	}
	f.refreshWith(f.current)
}

func (c *caller) oneOf(f *family) heldAccess { return f.access[c.random.IntN(len(f.access))] }

// together does the same from several sides at once.
func together(callers int, do func(n int)) {
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() { do(n) })
	}
	all.Wait()
}
