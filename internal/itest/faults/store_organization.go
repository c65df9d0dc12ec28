package faults

import (
	"context"

	"github.com/keywright/keywright/core"
)

func (lost *store) Memberships(ctx context.Context, account core.ID, kind core.MembershipKind, p core.PageOf) (out []core.Membership, err error) {
	err = lost.plan.call(ctx, "Memberships", func() error { out, err = lost.Store.Memberships(ctx, account, kind, p); return err })
	return out, err
}

func (lost *store) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) (out []core.Membership, err error) {
	err = lost.plan.call(ctx, "Members", func() error { out, err = lost.Store.Members(ctx, k, p); return err })
	return out, err
}

func (lost *store) CreateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateOrganization", func() error { return lost.Store.CreateOrganization(ctx, c, events...) })
}

func (lost *store) UpdateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateOrganization", func() error { return lost.Store.UpdateOrganization(ctx, c, events...) })
}

func (lost *store) Organization(ctx context.Context, id core.ID) (out core.Organization, err error) {
	err = lost.plan.call(ctx, "Organization", func() error { out, err = lost.Store.Organization(ctx, id); return err })
	return out, err
}

func (lost *store) OrganizationByName(ctx context.Context, name string) (out core.Organization, err error) {
	err = lost.plan.call(ctx, "OrganizationByName", func() error { out, err = lost.Store.OrganizationByName(ctx, name); return err })
	return out, err
}

func (lost *store) OrganizationByDomain(ctx context.Context, domain string) (out0 core.Organization, out1 []core.Connection, err error) {
	err = lost.plan.call(ctx, "OrganizationByDomain", func() error { out0, out1, err = lost.Store.OrganizationByDomain(ctx, domain); return err })
	return out0, out1, err
}

func (lost *store) Domains(ctx context.Context, organization core.ID) (out []string, err error) {
	err = lost.plan.call(ctx, "Domains", func() error { out, err = lost.Store.Domains(ctx, organization); return err })
	return out, err
}

func (lost *store) Organizations(ctx context.Context, p core.PageOf) (out []core.Organization, err error) {
	err = lost.plan.call(ctx, "Organizations", func() error { out, err = lost.Store.Organizations(ctx, p); return err })
	return out, err
}

func (lost *store) CreateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateGroup", func() error { return lost.Store.CreateGroup(ctx, g, events...) })
}

func (lost *store) UpdateGroup(ctx context.Context, g core.Group, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateGroup", func() error { return lost.Store.UpdateGroup(ctx, g, events...) })
}

func (lost *store) Group(ctx context.Context, id core.ID) (out core.Group, err error) {
	err = lost.plan.call(ctx, "Group", func() error { out, err = lost.Store.Group(ctx, id); return err })
	return out, err
}

func (lost *store) GroupByName(ctx context.Context, organization core.ID, name string) (out core.Group, err error) {
	err = lost.plan.call(ctx, "GroupByName", func() error { out, err = lost.Store.GroupByName(ctx, organization, name); return err })
	return out, err
}

func (lost *store) Groups(ctx context.Context, organization core.ID, p core.PageOf) (out []core.Group, err error) {
	err = lost.plan.call(ctx, "Groups", func() error { out, err = lost.Store.Groups(ctx, organization, p); return err })
	return out, err
}

func (lost *store) CreateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateConnection", func() error { return lost.Store.CreateConnection(ctx, c, events...) })
}

func (lost *store) UpdateConnection(ctx context.Context, c core.Connection, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateConnection", func() error { return lost.Store.UpdateConnection(ctx, c, events...) })
}

func (lost *store) Connection(ctx context.Context, id core.ID) (out core.Connection, err error) {
	err = lost.plan.call(ctx, "Connection", func() error { out, err = lost.Store.Connection(ctx, id); return err })
	return out, err
}

func (lost *store) Connections(ctx context.Context, organization core.ID, p core.PageOf) (out []core.Connection, err error) {
	err = lost.plan.call(ctx, "Connections", func() error { out, err = lost.Store.Connections(ctx, organization, p); return err })
	return out, err
}
