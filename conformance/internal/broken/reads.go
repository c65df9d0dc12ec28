package broken

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
)

func readFaults() []Fault {
	return []Fault{
		{"standing leaves out the session", "standing.every_combination", stores(func(s core.Store) core.Store {
			return standing{s, func(v core.Standing) core.Standing { v.Session = core.SessionStanding{}; return v }}
		})},
		{"standing takes a missing account for a living one", "standing.every_combination", stores(func(s core.Store) core.Store {
			return standing{s, func(v core.Standing) core.Standing { v.Account.Found = true; return v }}
		})},
		{"standing takes a missing client for a disabled one", "standing.every_combination", stores(func(s core.Store) core.Store {
			return standing{s, func(v core.Standing) core.Standing {
				v.Client.Disabled = v.Client.Disabled || v.Client.Version == 0
				return v
			}}
		})},
		{"standing is read piece by piece", "standing.of_one_moment", stores(func(s core.Store) core.Store { return pieces{s} })},
		{"standing is remembered", "standing.seen_at_the_next_read", remembered},
		{"a grant without an account is not found", "standing.every_combination", stores(func(s core.Store) core.Store { return innerJoin{s} })},
		{"a filter on several members looks at one", "grant.filters", stores(func(s core.Store) core.Store { return oneFilter{s} })},
		{"pages are counted, not keyed", "client.pages", stores(func(s core.Store) core.Store { return &offset{Store: s} })},
		{"lists are ordered without regard to case", "consent.pages", stores(func(s core.Store) core.Store { return collated{s} })},
		{"a list has no bound", "list.bounded", stores(func(s core.Store) core.Store { return unbounded{s} })},
		{"a code leads to a grant that waits no more", "grant.user_code_finds_the_waiting", stores(func(s core.Store) core.Store { return anyState{s} })},
		{"ending grants ends those of everybody", "grant.end_in_batches", stores(func(s core.Store) core.Store { return endsAll{s} })},
	}
}

type standing struct {
	core.Store
	change func(core.Standing) core.Standing
}

func (s standing) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, v, err := s.Store.Grant(ctx, id)
	return g, s.change(v), err
}

// pieces reads the account, and the session when something else has been written.
type pieces struct{ core.Store }

func (s pieces) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	_, first, err := s.Store.Grant(ctx, id)
	if err != nil {
		return core.Grant{}, core.Standing{}, err
	}
	for range 1000 {
		g, later, err := s.Store.Grant(ctx, id)
		if err != nil || later.Session != first.Session {
			later.Account = first.Account
			return g, later, err
		}
		runtime.Gosched()
	}
	return s.Store.Grant(ctx, id)
}

// remembered keeps the first standing of each grant it reads.
func remembered(db core.Database) core.Database {
	var seen sync.Map
	return database{db, func(tenant core.ID, s core.Store) core.Store { return cache{s, tenant, &seen} }}
}

type cache struct {
	core.Store
	tenant core.ID
	seen   *sync.Map
}

func (s cache) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, v, err := s.Store.Grant(ctx, id)
	if err != nil {
		return g, v, err
	}
	first, _ := s.seen.LoadOrStore([2]core.ID{s.tenant, id}, v)
	return g, first.(core.Standing), nil
}

type innerJoin struct{ core.Store }

func (s innerJoin) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, v, err := s.Store.Grant(ctx, id)
	if err == nil && !v.Account.Found {
		return core.Grant{}, core.Standing{}, core.ErrNotFound
	}
	return g, v, err
}

type oneFilter struct{ core.Store }

func (s oneFilter) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) ([]core.Grant, error) {
	if !f.Account.IsZero() {
		f = core.GrantFilter{Account: f.Account}
	}
	return s.Store.Grants(ctx, f, p)
}

// offset remembers how many rows it has given since the start.
type offset struct {
	core.Store
	given int
}

func (s *offset) Clients(ctx context.Context, after string, limit int) ([]core.Client, error) {
	if after == "" {
		s.given = 0
	}
	all, err := s.Store.Clients(ctx, "", 1000)
	if err != nil {
		return nil, err
	}
	all = all[min(s.given, len(all)):]
	all = all[:min(limit, len(all))]
	s.given += len(all)
	return all, nil
}

type collated struct{ core.Store }

func (s collated) Consents(ctx context.Context, account core.ID, after string, limit int) ([]core.Consent, error) {
	all, err := s.Store.Consents(ctx, account, "", 1000)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b core.Consent) int { return fold(a.Client, b.Client) })
	all = slices.DeleteFunc(all, func(c core.Consent) bool { return after != "" && fold(c.Client, after) <= 0 })
	return all[:min(limit, len(all))], nil
}

type unbounded struct{ core.Store }

func (s unbounded) Events(ctx context.Context, f core.EventFilter, p core.PageOf) ([]core.Event, error) {
	var all []core.Event
	for len(all) < p.Limit {
		some, err := s.Store.Events(ctx, f, core.PageOf{After: p.After, Limit: min(p.Limit-len(all), 1000)})
		if err != nil || len(some) == 0 {
			return all, err
		}
		all = append(all, some...)
		p.After = some[len(some)-1].ID
	}
	return all, nil
}

type anyState struct{ core.Store }

func (s anyState) GrantByUserCode(ctx context.Context, hashes []core.Hash) (core.Grant, error) {
	g, err := s.Store.GrantByUserCode(ctx, hashes)
	if err == nil || len(hashes) == 0 {
		return g, err
	}
	all, listErr := s.Grants(ctx, core.GrantFilter{}, core.PageOf{Limit: 1000})
	for _, g := range all {
		if !g.UserCode.IsZero() && slices.Contains(hashes, g.UserCode) {
			return g, listErr
		}
	}
	return g, err
}

type endsAll struct{ core.Store }

func (s endsAll) EndGrants(ctx context.Context, f core.GrantFilter, reason string, change core.ID, limit int) (int, bool, error) {
	f.Session = core.ID{}
	return s.Store.EndGrants(ctx, f, reason, change, limit)
}
