package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// groupName is unique among the groups of a tenant.
type groupName struct {
	organization core.ID
	name         string
}

func groupKind() kind[core.ID, core.Group] {
	return kind[core.ID, core.Group]{
		table:   func(s *store) table[core.ID, core.Group] { return s.groups },
		key:     groupKey,
		compare: compareIDs,
		row:     func(g *core.Group) *core.Row { return &g.Row },
		columns: func(g *core.Group) core.Group {
			return core.Group{ID: g.ID, Organization: g.Organization, Name: g.Name, Deleted: g.Deleted}
		},
		check: func(g *core.Group) error {
			return errors.Join(
				checkID("id of a group", g.ID),
				checkText("name of a group", g.Name, core.MaxName),
			)
		},
		taken: func(s *store, g *core.Group) string {
			if holder, found := s.groupByName[nameOfGroup(g)]; found && holder != g.ID {
				return "name"
			}
			return ""
		},
		index: func(s *store, was, is *core.Group) {
			move(s.groupsByOrganization, was, is, groupKey, func(g *core.Group) core.ID { return g.Organization })
			if was != nil {
				delete(s.groupByName, nameOfGroup(was))
			}
			if is != nil {
				s.groupByName[nameOfGroup(is)] = is.ID
			}
		},
	}
}

func groupKey(g *core.Group) core.ID { return g.ID }

func nameOfGroup(g *core.Group) groupName { return groupName{g.Organization, g.Name} }

// CreateGroup stores a group; its name is unique in its organization.
func (s *store) CreateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return create(ctx, s, groupKind(), g, events)
}

// UpdateGroup replaces a group under its version.
func (s *store) UpdateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return update(ctx, s, groupKind(), g, events)
}

// Group reads a group.
func (s *store) Group(ctx context.Context, id core.ID) (core.Group, error) {
	return read(ctx, s, groupKind(), id)
}

// GroupByName finds a group of an organization, or of the tenant itself.
func (s *store) GroupByName(ctx context.Context, organization core.ID, name string) (core.Group, error) {
	if err := s.begin(ctx); err != nil {
		return core.Group{}, err
	}
	s.mu.RLock()
	r := s.groups[s.groupByName[groupName{organization, name}]]
	s.mu.RUnlock()
	return decode(r)
}

// Groups lists those of an organization, or of the tenant itself, in order of id.
func (s *store) Groups(ctx context.Context, organization core.ID, p core.PageOf) ([]core.Group, error) {
	return list(ctx, s, groupKind(), p.After, p.Limit, rowsOf(s.groups, s.groupsByOrganization, organization))
}
