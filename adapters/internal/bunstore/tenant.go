package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

const tenantColumns = "id, name, ended, version, change, keep_until"

// CreateTenant stores a new tenant; id and name are each unique.
func (db *DB) CreateTenant(ctx context.Context, t core.Tenant) error {
	args := []any{
		idValue(t.ID), textValue(t.Name), flagValue(t.Ended), idValue(t.Change), endValue(t.KeepUntil),
	}
	return db.write(ctx, false, func(r runner) error {
		_, err := r.exec(db.hot.insertTenant, args...)
		return taken(err, "id")
	})
}

// TenantByName reads a tenant by the bytes of its name.
func (db *DB) TenantByName(ctx context.Context, name string) (core.Tenant, error) {
	found, err := db.tenants(ctx, db.reader.NewSelect().TableExpr("tenants").ColumnExpr(db.dialect.Text(tenantColumns)).
		Where("name = ?", textValue(name)))
	if err == nil && len(found) == 0 {
		err = errNotFound
	}
	if err != nil {
		return core.Tenant{}, err
	}
	return found[0], nil
}

// Tenants lists tenants in order of id.
func (db *DB) Tenants(ctx context.Context, p core.PageOf) ([]core.Tenant, error) {
	return db.tenants(ctx, db.reader.NewSelect().TableExpr("tenants").ColumnExpr(db.dialect.Text(tenantColumns)).
		Where("id > ?", idValue(p.After)).OrderExpr("id").Limit(limited(p.Limit)))
}

func (db *DB) tenants(ctx context.Context, q *bun.SelectQuery) (list []core.Tenant, err error) {
	var id, name, change octets
	var ended, version, keep number
	err = db.list(ctx, q, []any{&id, &name, &ended, &version, &change, &keep}, func() error {
		list = append(list, core.Tenant{ID: id.id(), Name: string(name), Ended: ended.flag(), Row: core.Row{
			Version: version.count(), Change: change.id(), KeepUntil: keep.instant(),
		}})
		return nil
	})
	return list, err
}

// EndTenant marks a tenant as ended; one that is not there is ErrNotFound.
func (db *DB) EndTenant(ctx context.Context, id core.ID, change core.ID) error {
	return db.write(ctx, false, func(r runner) error {
		return found(r.exec(db.hot.endTenant, idValue(change), idValue(id)))
	})
}
