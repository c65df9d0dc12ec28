package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Groups of the tenant itself are those of the organization with the zero id.
var groups = table[core.Group, *core.Group]{
	bucket: "groups",
	key:    func(tenant core.ID, g *core.Group) key { return tenantKey(tenant).id(g.ID) },
	row:    func(g *core.Group) *core.Row { return &g.Row },
	fields: func(f *fields, g *core.Group) {
		f.id(&g.ID)
		f.id(&g.Organization)
		text(f, &g.Name)
		f.flag(&g.Deleted)
	},
	entries: func(tenant core.ID, g *core.Group) []entry {
		k := tenantKey(tenant).id(g.Organization)
		return []entry{
			{"groups_by_name", k.text(g.Name), "name"},
			{"groups_by_organization", k.id(g.ID), "id"},
		}
	},
}

// CreateGroup stores a new group.
func (s *Store) CreateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return create(ctx, s, groups, g, events)
}

// UpdateGroup replaces a group.
func (s *Store) UpdateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return update(ctx, s, groups, g, events)
}

// Group reads a group.
func (s *Store) Group(ctx context.Context, id core.ID) (core.Group, error) {
	return one(ctx, s, groups, tenantKey(s.tenant).id(id))
}

// GroupByName reads the group of an organization that has the name.
func (s *Store) GroupByName(ctx context.Context, organization core.ID, name string) (core.Group, error) {
	return oneBy(ctx, s, groups, "groups_by_name", tenantKey(s.tenant).id(organization).text(name))
}

// Groups lists those of an organization by id.
func (s *Store) Groups(ctx context.Context, organization core.ID, p core.PageOf) ([]core.Group, error) {
	at := span{"groups_by_organization", tenantKey(s.tenant).id(organization), after(p.After)}
	return page(ctx, s, groups, at, p.Limit, nil)
}
