package cimd

import (
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// governor counts fetches in windows of a minute, so that nobody can make this
// provider ask a host for them (section 9.1 of the draft). It holds at most as
// many hosts as there may be fetches.
type governor struct {
	perHost, all int
	since        time.Time
	taken        int
	byHost       map[string]int
}

// take asks for one fetch; the error is a *core.Throttled. The caller holds a
// lock.
func (g *governor) take(host string, at time.Time) error {
	if g.byHost == nil || at.Sub(g.since) >= time.Minute || at.Before(g.since) {
		g.since, g.taken, g.byHost = at, 0, map[string]int{}
	}
	host = strings.ToLower(host)
	if g.taken >= g.all || g.byHost[host] >= g.perHost {
		return &core.Throttled{Until: g.since.Add(time.Minute)}
	}
	g.taken++
	g.byHost[host]++
	return nil
}
