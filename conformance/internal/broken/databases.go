package broken

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

func databaseFaults() []Fault {
	return []Fault{
		{"tenants are not told apart", "grant.tenants_apart", func(db core.Database) core.Database {
			return database{db, func(core.ID, core.Store) core.Store { return db.Tenant(core.ID{1}) }}
		}},
		{"one method looks at all tenants", "limit.tenants_apart", func(db core.Database) core.Database {
			return database{db, func(_ core.ID, s core.Store) core.Store { return sharedLimits{s, db.Tenant(core.ID{1})} }}
		}},
		{"one join looks at all tenants", "standing.tenants_apart", func(db core.Database) core.Database {
			return database{db, func(_ core.ID, s core.Store) core.Store { return sharedClients{s, db.Tenant(core.ID{1})} }}
		}},
		{"one list looks at all tenants", "tenant.lists_apart", func(db core.Database) core.Database {
			return database{db, func(_ core.ID, s core.Store) core.Store { return sharedConsents{s, db.Tenant(core.ID{1})} }}
		}},
		{"a delivery is claimed twice", "delivery.claimed_once", func(db core.Database) core.Database { return claimsTwice{db} }},
		{"a claim never ends", "delivery.hidden_until", func(db core.Database) core.Database { return claimsForGood{db} }},
		{"finishing looks at all tenants", "delivery.tenants_apart", func(db core.Database) core.Database { return finishesAll{db} }},
		{"a claim takes what other processes serve", "delivery.claim_names_tenants", func(db core.Database) core.Database { return claimsAll{db} }},
		{"a claim looks at tenants after the limit", "delivery.claim_names_tenants", func(db core.Database) core.Database { return filtersLate{db} }},
		{"a claim sees the first hundred tenants", "delivery.claim_of_many_tenants", func(db core.Database) core.Database { return fewTenants{db} }},
		{"a claim for everybody is one for nobody", "delivery.claim_of_all_tenants", func(db core.Database) core.Database { return noneIsNone{db} }},
		{"steps stay pending", "database.nothing_is_pending_after_migrate", func(db core.Database) core.Database { return alwaysPending{db} }},
		{"purge takes what was prolonged meanwhile", "purge.beside_traffic", func(db core.Database) core.Database {
			return database{db, func(_ core.ID, s core.Store) core.Store { return purgedAnyway{s} }}
		}},
		{"purge leaves what belonged to an account", "purge.takes_the_whole_aggregate", stores(func(s core.Store) core.Store { return lastingMembers{s} })},
		{"purge removes what still lives", "purge.only_what_is_past", func(db core.Database) core.Database { return purgesEarly{db} }},
		{"purge knows no batches", "purge.in_batches", func(db core.Database) core.Database { return purgesAll{db} }},
		{"purge removes nothing", "purge.every_kind", func(db core.Database) core.Database { return purgesNothing{db} }},
		{"a lease has many holders", "lease.one_holder", func(db core.Database) core.Database { return leasesAll{db} }},
		{"what is gone cannot be tried again", "delivery.retry_and_finish", func(db core.Database) core.Database { return &retriesKnown{Database: db} }},
		{"ending a tenant leaves its version", "tenant.end", func(db core.Database) core.Database { return endsInPlace{db} }},
		{"ending a tenant forgets the change", "tenant.end", func(db core.Database) core.Database { return endsUnmarked{db} }},
	}
}

type sharedLimits struct {
	core.Store
	all core.Store
}

func (s sharedLimits) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	return s.all.Take(ctx, at, limits)
}

func (s sharedLimits) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	return s.all.Forgive(ctx, at, keys)
}

type sharedClients struct {
	core.Store
	all core.Store
}

func (s sharedClients) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	if err := s.all.CreateClient(ctx, c); err != nil {
		return err
	}
	return s.Store.CreateClient(ctx, c, e...)
}

func (s sharedClients) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, standing, err := s.Store.Grant(ctx, id)
	if err != nil {
		return g, standing, err
	}
	_, standing.Client, err = s.all.Consent(ctx, g.Account, g.Client)
	return g, standing, err
}

type sharedConsents struct {
	core.Store
	all core.Store
}

func (s sharedConsents) CreateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	if err := s.all.CreateConsent(ctx, c); err != nil {
		return err
	}
	return s.Store.CreateConsent(ctx, c, e...)
}

func (s sharedConsents) Consents(ctx context.Context, account core.ID, after string, limit int) ([]core.Consent, error) {
	return s.all.Consents(ctx, account, after, limit)
}

type claimsTwice struct{ core.Database }

func (d claimsTwice) ClaimDeliveries(ctx context.Context, of []core.ID, now, _ time.Time, limit int) ([]core.ClaimedDelivery, error) {
	return d.Database.ClaimDeliveries(ctx, of, now, now, limit)
}

type claimsForGood struct{ core.Database }

func (d claimsForGood) ClaimDeliveries(ctx context.Context, of []core.ID, now, until time.Time, limit int) ([]core.ClaimedDelivery, error) {
	return d.Database.ClaimDeliveries(ctx, of, now, until.Add(24*time.Hour), limit)
}

type finishesAll struct{ core.Database }

func (d finishesAll) FinishDelivery(ctx context.Context, tenant, id core.ID) error {
	far := time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	all, err := d.ClaimDeliveries(ctx, nil, far, time.Time{}, 1000)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.ID == id {
			return d.Database.FinishDelivery(ctx, one.Tenant, id)
		}
	}
	return d.Database.FinishDelivery(ctx, tenant, id)
}

type purgesEarly struct{ core.Database }

func (d purgesEarly) Purge(ctx context.Context, now time.Time, limit int) (int, bool, error) {
	return d.Database.Purge(ctx, now.Add(time.Second), limit)
}

type purgesAll struct{ core.Database }

func (d purgesAll) Purge(ctx context.Context, now time.Time, _ int) (int, bool, error) {
	return d.Database.Purge(ctx, now, 1<<30)
}

type purgesNothing struct{ core.Database }

func (d purgesNothing) Purge(context.Context, time.Time, int) (int, bool, error) {
	return 0, false, nil
}

type leasesAll struct{ core.Database }

func (d leasesAll) Lease(ctx context.Context, _ string, _ core.ID, _, _ time.Time) (bool, error) {
	return true, ctx.Err()
}

type endsUnmarked struct{ core.Database }

func (d endsUnmarked) EndTenant(ctx context.Context, id, _ core.ID) error {
	return d.Database.EndTenant(ctx, id, core.ID{})
}

type claimsAll struct{ core.Database }

func (d claimsAll) ClaimDeliveries(ctx context.Context, _ []core.ID, now, until time.Time, limit int) ([]core.ClaimedDelivery, error) {
	return d.Database.ClaimDeliveries(ctx, nil, now, until, limit)
}

type filtersLate struct{ core.Database }

func (d filtersLate) ClaimDeliveries(ctx context.Context, of []core.ID, now, until time.Time, limit int) ([]core.ClaimedDelivery, error) {
	all, err := d.Database.ClaimDeliveries(ctx, nil, now, until, limit)
	return slices.DeleteFunc(all, func(c core.ClaimedDelivery) bool { return len(of) > 0 && !slices.Contains(of, c.Tenant) }), err
}

type fewTenants struct{ core.Database }

func (d fewTenants) ClaimDeliveries(ctx context.Context, of []core.ID, now, until time.Time, limit int) ([]core.ClaimedDelivery, error) {
	return d.Database.ClaimDeliveries(ctx, of[:min(len(of), 100)], now, until, limit)
}

type noneIsNone struct{ core.Database }

func (d noneIsNone) ClaimDeliveries(ctx context.Context, of []core.ID, now, until time.Time, limit int) ([]core.ClaimedDelivery, error) {
	if len(of) == 0 {
		return nil, ctx.Err()
	}
	return d.Database.ClaimDeliveries(ctx, of, now, until, limit)
}

type alwaysPending struct{ core.Database }

func (alwaysPending) Pending(context.Context) ([]core.Migration, error) {
	return []core.Migration{{Number: 1, Name: "first", SQL: "CREATE TABLE grants"}}, nil
}

// purgedAnyway prolongs what a purge has already chosen.
type purgedAnyway struct{ core.Store }

func (s purgedAnyway) UpdateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	err := s.Store.UpdateSession(ctx, v, e...)
	if err == nil && v.Version == 1 && !v.KeepUntil.IsZero() {
		v.Version, v.KeepUntil = 2, time.Unix(1, 0)
		return s.Store.UpdateSession(ctx, v)
	}
	return err
}

// lastingMembers finds the members of a group also when they are gone.
type lastingMembers struct{ core.Store }

func (s lastingMembers) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) ([]core.Membership, error) {
	all, err := s.Store.Members(ctx, k, p)
	if err == nil && len(all) == 0 {
		all = append(all, core.Membership{MembershipKey: k})
	}
	return all, err
}

// retriesKnown tells that a delivery is gone, which ends the round of whoever
// was about to try it again.
type retriesKnown struct {
	core.Database
	gone sync.Map
}

func (d *retriesKnown) FinishDelivery(ctx context.Context, tenant, id core.ID) error {
	d.gone.Store(id, true)
	return d.Database.FinishDelivery(ctx, tenant, id)
}

func (d *retriesKnown) RetryDelivery(ctx context.Context, tenant, id core.ID, due time.Time) error {
	if _, gone := d.gone.Load(id); gone {
		return core.ErrNotFound
	}
	return d.Database.RetryDelivery(ctx, tenant, id, due)
}

type endsInPlace struct{ core.Database }

func (d endsInPlace) TenantByName(ctx context.Context, name string) (core.Tenant, error) {
	t, err := d.Database.TenantByName(ctx, name)
	if t.Ended {
		t.Version--
	}
	return t, err
}
