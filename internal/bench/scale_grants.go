package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// GrantFindings are those of many stored grants beside few.
type GrantFindings struct {
	Few, Many int
	// Loaded is how long it took to store the many, in seconds.
	Loaded  float64
	Refresh []Compared
}

// few is the small store.
const few = 1000

// measureGrants compares refreshes of grants picked at random from a large store
// with those from a small one.
func measureGrants(ctx context.Context, store string, o ScaleOptions) (f *GrantFindings, err error) {
	f = &GrantFindings{Few: few, Many: o.Grants}
	var sides [2]*stock
	for n, size := range []int{few, o.Grants} {
		r, err := start(ctx, store, o.Options)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.stop()) }()
		began := time.Now()
		if sides[n], err = load(ctx, r, size, o.Options); err != nil {
			return nil, err
		}
		f.Loaded = time.Since(began).Seconds()
	}
	for _, callers := range []int{1, 16} {
		small, err := sides[0].refreshing(callers)
		if err != nil {
			return nil, err
		}
		large, err := sides[1].refreshing(callers)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("any of %d grants, beside any of %d", o.Grants, few)
		c, err := alternate(what, small, large, rounds, slice)
		if err != nil {
			return nil, err
		}
		f.Refresh = append(f.Refresh, c)
	}
	return f, nil
}

// refreshing are callers who each refresh grants picked at random from a share
// of their own.
func (s *stock) refreshing(callers int) ([]func() error, error) {
	list := make([]func() error, callers)
	for n := range list {
		c, err := s.running.caller(n)
		if err != nil {
			return nil, err
		}
		list[n] = func() error {
			grant := rand.IntN(len(s.ids)/callers)*callers + n //nolint:gosec // a sample
			held := tokens{Refresh: s.token(grant)}
			if err := c.refresh(&held, ""); err != nil {
				return err
			}
			s.generations[grant]++
			return nil
		}
	}
	return list, nil
}

func (f *GrantFindings) report(p *printer) {
	if f == nil {
		return
	}
	p.line("\n%d grants stored in %.0f s, each with what it depends on", f.Many, f.Loaded)
	reportCompared(p, f.Refresh)
}
