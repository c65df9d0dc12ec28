package memory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// CreateTenant stores a tenant; its name is unique by its bytes.
func (d *database) CreateTenant(ctx context.Context, t core.Tenant) error {
	err := errors.Join(d.begin(ctx), checkID("id of a tenant", t.ID), checkText("name of a tenant", t.Name, core.MaxName))
	if err != nil {
		return err
	}
	t.Row = columnsOfRow(t.Row)
	t.Version = 1
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, found := d.tenants[t.ID]; found {
		return conflict("id")
	}
	if _, found := d.names[t.Name]; found {
		return conflict("name")
	}
	d.tenants[t.ID], d.names[t.Name] = t, t.ID
	return nil
}

// TenantByName finds a tenant, ended or not.
func (d *database) TenantByName(ctx context.Context, name string) (core.Tenant, error) {
	if err := d.begin(ctx); err != nil {
		return core.Tenant{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	id, found := d.names[name]
	if !found {
		return core.Tenant{}, core.ErrNotFound
	}
	return d.tenants[id], nil
}

// Tenants lists in order of id.
func (d *database) Tenants(ctx context.Context, p core.PageOf) ([]core.Tenant, error) {
	if err := d.begin(ctx); err != nil {
		return nil, err
	}
	if err := checkLimit(p.Limit); err != nil {
		return nil, err
	}
	var all []core.Tenant
	d.mu.RLock()
	for id, t := range d.tenants {
		if compareIDs(id, p.After) > 0 {
			all = append(all, t)
		}
	}
	d.mu.RUnlock()
	slices.SortFunc(all, func(a, b core.Tenant) int { return compareIDs(a.ID, b.ID) })
	return all[:min(p.Limit, len(all))], nil
}

// EndTenant marks a tenant as ended; ErrNotFound if there is none.
func (d *database) EndTenant(ctx context.Context, id core.ID, change core.ID) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, found := d.tenants[id]
	if !found {
		return core.ErrNotFound
	}
	t.Ended, t.Change = true, change
	t.Version++
	d.tenants[id] = t
	return nil
}

// lease is who holds a name and for how long.
type lease struct {
	holder core.ID
	until  time.Time
}

// Lease gives a name to a holder, or prolongs what it holds.
func (d *database) Lease(ctx context.Context, name string, holder core.ID, now, until time.Time) (bool, error) {
	err := errors.Join(d.begin(ctx), checkText("name of a lease", name, core.MaxName), checkID("holder of a lease", holder))
	if err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l, found := d.leases[name]; found && l.holder != holder && now.Before(l.until) {
		return false, nil
	}
	d.leases[name] = lease{holder, core.Instant(until)}
	return true, nil
}
