package provider

import (
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
)

// reserve counts an attempt against limits. It returns PageBusy with the
// instant when the last one that refuses is open again.
func (p *Provider) reserve(r *http.Request, at time.Time, named ...core.NamedLimit) error {
	taken, err := p.take(r, at, named)
	if err != nil {
		return err
	}
	if !taken.IsZero() {
		return core.PageBusy.Because(&core.Throttled{Until: taken})
	}
	return nil
}

// take counts, and says until when the attempt is refused; zero if it is not.
func (p *Provider) take(r *http.Request, at time.Time, named []core.NamedLimit) (until time.Time, err error) {
	limits := make([]core.Limit, len(named))
	for i, n := range named {
		limits[i] = core.Limit{Key: p.limitKey(n.Parts), Max: n.Max, Window: n.Window}
	}
	taken, err := p.Store.Take(r.Context(), at, limits)
	if err != nil {
		return until, err
	}
	for i, t := range taken {
		if t.Over && !named[i].Free && t.Resets.After(until) {
			until = t.Resets
		}
	}
	return until, nil
}

func (p *Provider) limitKey(parts []string) core.Hash {
	return p.Keys.Ring().Derive("limit", byteParts(parts)...)
}

func byteParts(parts []string) [][]byte {
	out := make([][]byte, len(parts))
	for i, s := range parts {
		out[i] = []byte(s)
	}
	return out
}
