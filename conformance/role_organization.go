package conformance

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func organizations() role[core.Organization] {
	return role[core.Organization]{
		name: "organization",
		sample: func() core.Organization {
			o := core.Organization{ID: newID(), Row: newRow(), Name: newName(), Epoch: 1<<53 + 1}
			fill(&o.OrganizationTerms)
			return o
		},
		sibling: func(o core.Organization) core.Organization { o.ID, o.Name = newID(), newName(); return o },
		row:     func(o *core.Organization) *core.Row { return &o.Row },
		alter: func(o *core.Organization) {
			o.Name, o.Disabled, o.Deleted = newName(), true, true
			o.Epoch++
			fill(&o.OrganizationTerms)
		},
		create: func(ctx context.Context, s core.Store, o core.Organization, e ...core.Event) error {
			return s.CreateOrganization(ctx, core.OrganizationChange{Organization: o}, e...)
		},
		read: func(ctx context.Context, s core.Store, o core.Organization) (core.Organization, error) {
			return s.Organization(ctx, o.ID)
		},
		update: func(ctx context.Context, s core.Store, o core.Organization, e ...core.Event) error {
			return s.UpdateOrganization(ctx, core.OrganizationChange{Organization: o}, e...)
		},
	}
}

// newName is one that nobody has.
func newName() string { return "é 😀 " + newID().String() }

func groups() role[core.Group] {
	return role[core.Group]{
		name: "group",
		sample: func() core.Group {
			g := core.Group{ID: newID(), Row: newRow(), Organization: newID(), Name: newName()}
			fill(&g.GroupTerms)
			return g
		},
		sibling: func(g core.Group) core.Group { g.ID, g.Name = newID(), newName(); return g },
		row:     func(g *core.Group) *core.Row { return &g.Row },
		alter:   func(g *core.Group) { g.Name, g.Deleted = newName(), true; fill(&g.GroupTerms) },
		create: func(ctx context.Context, s core.Store, g core.Group, e ...core.Event) error {
			return s.CreateGroup(ctx, g, e...)
		},
		read: func(ctx context.Context, s core.Store, g core.Group) (core.Group, error) {
			return s.Group(ctx, g.ID)
		},
		update: func(ctx context.Context, s core.Store, g core.Group, e ...core.Event) error {
			return s.UpdateGroup(ctx, g, e...)
		},
	}
}

func connections() role[core.Connection] {
	return role[core.Connection]{
		name: "connection",
		sample: func() core.Connection {
			c := core.Connection{ID: newID(), Row: newRow(), Organization: newID(), Kind: "upstream", Epoch: 1<<53 + 1}
			fill(&c.ConnectionTerms)
			return c
		},
		sibling: func(c core.Connection) core.Connection { c.ID = newID(); return c },
		row:     func(c *core.Connection) *core.Row { return &c.Row },
		alter: func(c *core.Connection) {
			c.Disabled, c.Deleted = true, true
			c.Epoch++
			fill(&c.ConnectionTerms)
		},
		create: func(ctx context.Context, s core.Store, c core.Connection, e ...core.Event) error {
			return s.CreateConnection(ctx, c, e...)
		},
		read: func(ctx context.Context, s core.Store, c core.Connection) (core.Connection, error) {
			return s.Connection(ctx, c.ID)
		},
		update: func(ctx context.Context, s core.Store, c core.Connection, e ...core.Event) error {
			return s.UpdateConnection(ctx, c, e...)
		},
	}
}

// memberships are put by a change to their account, whatever its version. There
// is no update of one alone.
func memberships() role[core.Membership] {
	return role[core.Membership]{
		name: "membership",
		sample: func() core.Membership {
			m := core.Membership{MembershipKey: core.MembershipKey{Kind: core.MemberOfGroup, Of: newID()}, Row: newRow(), Account: newID()}
			fill(&m.MembershipTerms)
			return m
		},
		sibling: func(m core.Membership) core.Membership { return m }, // whoever lists them sets the key
		row:     func(m *core.Membership) *core.Row { return &m.Row },
		create:  putMembership,
		read: func(ctx context.Context, s core.Store, m core.Membership) (core.Membership, error) {
			all, err := s.Memberships(ctx, m.Account, m.Kind, core.PageOf{After: before(m.Of), Limit: 1})
			if err == nil && (len(all) == 0 || all[0].Of != m.Of) {
				err = core.ErrNotFound
			}
			if err != nil {
				return core.Membership{}, err
			}
			return all[0], nil
		},
	}
}

func putMembership(ctx context.Context, s core.Store, m core.Membership, e ...core.Event) error {
	a, err := s.Account(ctx, m.Account)
	change := core.AccountChange{Account: a, PutMemberships: []core.Membership{m}}
	if errors.Is(err, core.ErrNotFound) {
		change.Account = core.Account{ID: m.Account, Row: core.Row{Change: newID()}}
		return s.CreateAccount(ctx, change, e...)
	}
	if err != nil {
		return err
	}
	return s.UpdateAccount(ctx, change, e...)
}
