package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

type groupValues struct {
	id, organization, name octets
	deleted                number
	rowValues
}

func (v *groupValues) into() []any {
	return append([]any{&v.id, &v.organization, &v.name, &v.deleted}, v.rowValues.into()...)
}

func (v *groupValues) group() (core.Group, error) {
	g := core.Group{
		ID: v.id.id(), Row: v.row(), Organization: v.organization.id(), Name: string(v.name), Deleted: v.deleted.flag(),
	}
	return g, g.UnmarshalPayload(v.payload)
}

func groupArgs(g *core.Group) []any {
	return []any{idValue(g.Organization), textValue(g.Name), flagValue(g.Deleted)}
}

// CreateGroup stores a new group, unless its organization has one of its name.
func (s *store) CreateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(g.ID)}, groupArgs(&g)...)
	err = s.create(ctx, s.db.tables.groups, s.insertArgs(&g.Row, payload, own...), events)
	return idOrName(err, func() error { _, err := s.Group(ctx, g.ID); return err })
}

// UpdateGroup replaces a group under its version.
func (s *store) UpdateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&g.Row, payload, []any{idValue(g.ID)}, groupArgs(&g)...)
	err = s.update(ctx, s.db.tables.groups, args, events)
	return idOrName(err, func() error { return core.ErrNotFound }) // an update takes no id
}

// Group reads a group.
func (s *store) Group(ctx context.Context, id core.ID) (core.Group, error) {
	return s.group(ctx, s.db.tables.groups.get, s.key, idValue(id))
}

// GroupByName reads a group of an organization by the bytes of its name.
func (s *store) GroupByName(ctx context.Context, organization core.ID, name string) (core.Group, error) {
	return s.group(ctx, s.db.hot.groupByName, s.key, idValue(organization), textValue(name))
}

func (s *store) group(ctx context.Context, by *statement, args ...any) (g core.Group, err error) {
	var v groupValues
	err = s.db.one(ctx, by, args, v.into(), func() (err error) {
		g, err = v.group()
		return err
	})
	return g, err
}

// Groups lists the groups of an organization, or of the tenant itself, in order
// of id.
func (s *store) Groups(ctx context.Context, organization core.ID, p core.PageOf) (list []core.Group, err error) {
	var v groupValues
	q := s.page("account_groups", s.db.tables.groups.columns, "id", idValue(p.After), p.Limit).
		Where("organization = ?", idValue(organization))
	err = s.db.list(ctx, q, v.into(), func() error {
		g, err := v.group()
		list = append(list, g)
		return err
	})
	return list, err
}
