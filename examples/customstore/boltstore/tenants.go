package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// What belongs to no tenant lies under the zero id, which no tenant has.
var nobody core.ID

// tenant is a tenant as a row.
type tenant struct {
	core.Tenant
	bare
}

var tenants = table[tenant, *tenant]{
	bucket: "tenants",
	key:    func(_ core.ID, v *tenant) key { return tenantKey(nobody).id(v.ID) },
	row:    func(v *tenant) *core.Row { return &v.Row },
	fields: func(f *fields, v *tenant) {
		f.id(&v.ID)
		text(f, &v.Name)
		f.flag(&v.Ended)
	},
	entries: func(_ core.ID, v *tenant) []entry {
		return []entry{{"tenants_by_name", tenantKey(nobody).text(v.Name), "name"}}
	},
}

// CreateTenant stores a new tenant.
func (db *DB) CreateTenant(ctx context.Context, v core.Tenant) error {
	return create(ctx, &Store{db, nobody}, tenants, tenant{Tenant: v}, nil)
}

// TenantByName reads the tenant of a name.
func (db *DB) TenantByName(ctx context.Context, name string) (core.Tenant, error) {
	v, err := oneBy(ctx, &Store{db, nobody}, tenants, "tenants_by_name", tenantKey(nobody).text(name))
	return v.Tenant, err
}

// Tenants lists by id.
func (db *DB) Tenants(ctx context.Context, p core.PageOf) ([]core.Tenant, error) {
	rows, err := page(ctx, &Store{db, nobody}, tenants, span{"tenants", tenantKey(nobody), after(p.After)}, p.Limit, nil)
	var all []core.Tenant
	for _, v := range rows {
		all = append(all, v.Tenant)
	}
	return all, err
}

// EndTenant marks a tenant as ended.
func (db *DB) EndTenant(ctx context.Context, id, change core.ID) error {
	return db.write(ctx, func(t *tx) error {
		v, err := tenants.load(t, tenantKey(nobody).id(id))
		if err != nil {
			return err
		}
		v.Ended, v.Change = true, change
		v.Version++
		return tenants.set(t, nobody, &v)
	})
}
