package bunstore

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// organizationHot are the prepared statements about organizations and those who
// belong to them.
type organizationHot struct {
	organizationByName, organizationByDomain *statement
	groupByName                              *statement
	ownDomain, insertDomain, deleteDomain    *statement
	purgeDomains, purgeMemberships           *statement
	putMembership, deleteMembership          *statement
}

func newOrganizationHot(t *tables, read, write func(string) *statement) organizationHot {
	return organizationHot{
		organizationByName: read("SELECT " + brief(t.organizations.columns) +
			" FROM organizations WHERE tenant = ? AND name = ?"),
		organizationByDomain: read("SELECT " + brief(prefixed("o", t.organizations.columns)+", "+prefixed("c", t.connections.columns)) +
			" FROM organization_domains d JOIN organizations o ON o.tenant = d.tenant AND o.id = d.organization" +
			" LEFT JOIN connections c ON c.tenant = o.tenant AND c.organization = o.id" +
			" WHERE d.tenant = ? AND d.domain = ? ORDER BY c.id LIMIT ?"),
		groupByName: read("SELECT " + brief(t.groups.columns) +
			" FROM account_groups WHERE tenant = ? AND organization = ? AND name = ?"),
		ownDomain: write("UPDATE organization_domains SET organization = ?" +
			" WHERE tenant = ? AND domain = ? AND organization = ?"),
		insertDomain:     write("INSERT INTO organization_domains (organization, tenant, domain) VALUES (?, ?, ?)"),
		deleteDomain:     write("DELETE FROM organization_domains WHERE tenant = ? AND domain = ? AND organization = ?"),
		purgeDomains:     write("DELETE FROM organization_domains WHERE tenant = ? AND organization = ?"),
		purgeMemberships: write("DELETE FROM memberships WHERE tenant = ? AND account = ?"),
		putMembership: write("UPDATE memberships SET change = ?, keep_until = ?, payload = ?, version = version + 1" +
			" WHERE tenant = ? AND account = ? AND kind = ? AND member_of = ?"),
		deleteMembership: write("DELETE FROM memberships WHERE tenant = ? AND account = ? AND kind = ? AND member_of = ?"),
	}
}

type organizationValues struct {
	id, name                 octets
	disabled, deleted, epoch number
	rowValues
}

func (v *organizationValues) into() []any {
	return append([]any{&v.id, &v.name, &v.disabled, &v.deleted, &v.epoch}, v.rowValues.into()...)
}

func (v *organizationValues) organization() (core.Organization, error) {
	o := core.Organization{
		ID: v.id.id(), Row: v.row(), Name: string(v.name),
		Disabled: v.disabled.flag(), Deleted: v.deleted.flag(), Epoch: v.epoch.count(),
	}
	return o, o.UnmarshalPayload(v.payload)
}

func organizationArgs(o *core.Organization) []any {
	return []any{textValue(o.Name), flagValue(o.Disabled), flagValue(o.Deleted), countValue(o.Epoch)}
}

// CreateOrganization stores a new organization with its domains.
func (s *store) CreateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	payload, err := c.Organization.MarshalPayload()
	if err != nil {
		return err
	}
	own := append([]any{idValue(c.Organization.ID)}, organizationArgs(&c.Organization)...)
	args := s.insertArgs(&c.Organization.Row, payload, own...)
	err = s.changeOrganization(ctx, &c, events, func(r runner) error {
		_, err := r.exec(s.db.tables.organizations.insert, args...)
		return taken(err, "id")
	})
	return idOrName(err, func() error { _, err := s.Organization(ctx, c.Organization.ID); return err })
}

// UpdateOrganization changes an organization and its domains under its version.
func (s *store) UpdateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	payload, err := c.Organization.MarshalPayload()
	if err != nil {
		return err
	}
	args := s.updateArgs(&c.Organization.Row, payload, []any{idValue(c.Organization.ID)}, organizationArgs(&c.Organization)...)
	return s.changeOrganization(ctx, &c, events, func(r runner) error {
		return taken(changed(r.exec(s.db.tables.organizations.update, args...)), "name")
	})
}

// idOrName tells apart the two keys that a create may have met, which a database
// does not: where no row has the id it was the name.
func idOrName(err error, read func() error) error {
	var met *core.ConflictError
	if errors.As(err, &met) && met.Key == "id" && errors.Is(read(), core.ErrNotFound) {
		return &core.ConflictError{Key: "name"}
	}
	return err
}

// changeOrganization writes the row first, then the domains, what goes away
// before what is put, then the events.
func (s *store) changeOrganization(
	ctx context.Context, c *core.OrganizationChange, events []core.Event, first func(runner) error,
) error {
	rows, err := s.eventRows(events)
	if err != nil {
		return err
	}
	several := len(rows)+len(c.PutDomains)+len(c.RemoveDomains) > 0
	id := idValue(c.Organization.ID)
	return s.db.write(ctx, several, func(r runner) error {
		if err := first(r); err != nil {
			return err
		}
		for _, domain := range c.RemoveDomains {
			if _, err := r.exec(s.db.hot.deleteDomain, s.key, textValue(domain), id); err != nil {
				return err
			}
		}
		for _, domain := range c.PutDomains {
			if err := s.putDomain(r, id, domain); err != nil {
				return err
			}
		}
		return r.append(rows)
	})
}

// putDomain gives the organization a domain, or leaves it with one it has.
func (s *store) putDomain(r runner, organization any, domain string) error {
	n, err := r.exec(s.db.hot.ownDomain, organization, s.key, textValue(domain), organization)
	if err != nil || n > 0 {
		return err
	}
	_, err = r.exec(s.db.hot.insertDomain, organization, s.key, textValue(domain))
	return taken(err, "domain")
}

// Organization reads an organization.
func (s *store) Organization(ctx context.Context, id core.ID) (core.Organization, error) {
	return s.organization(ctx, s.db.tables.organizations.get, idValue(id))
}

// OrganizationByName reads an organization by the bytes of its name.
func (s *store) OrganizationByName(ctx context.Context, name string) (core.Organization, error) {
	return s.organization(ctx, s.db.hot.organizationByName, textValue(name))
}

func (s *store) organization(ctx context.Context, by *statement, key any) (o core.Organization, err error) {
	var v organizationValues
	err = s.db.one(ctx, by, []any{s.key, key}, v.into(), func() (err error) {
		o, err = v.organization()
		return err
	})
	return o, err
}

// OrganizationByDomain reads whose domain it is, with its first connections, in
// one statement.
func (s *store) OrganizationByDomain(
	ctx context.Context, domain string,
) (o core.Organization, connections []core.Connection, err error) {
	var v struct {
		organization organizationValues
		connection   connectionValues
	}
	into := append(v.organization.into(), v.connection.into()...)
	args := []any{s.key, textValue(domain), int64(core.MaxConnections)}
	err = s.db.one(ctx, s.db.hot.organizationByDomain, args, into, func() (err error) {
		if o.ID.IsZero() {
			if o, err = v.organization.organization(); err != nil {
				return err
			}
		}
		if !v.connection.version.has {
			return nil
		}
		c, err := v.connection.connection()
		connections = append(connections, c)
		return err
	})
	return o, connections, err
}

// Domains lists those of an organization, in order.
func (s *store) Domains(ctx context.Context, organization core.ID) (list []string, err error) {
	var domain octets
	q := s.db.reader.NewSelect().TableExpr("organization_domains").ColumnExpr("domain").
		Where("tenant = ?", s.key).Where("organization = ?", idValue(organization)).OrderExpr("domain")
	err = s.db.list(ctx, q, []any{&domain}, func() error {
		list = append(list, string(domain))
		return nil
	})
	return list, err
}

// Organizations lists organizations in order of id.
func (s *store) Organizations(ctx context.Context, p core.PageOf) (list []core.Organization, err error) {
	var v organizationValues
	q := s.page("organizations", s.db.tables.organizations.columns, "id", idValue(p.After), p.Limit)
	err = s.db.list(ctx, q, v.into(), func() error {
		o, err := v.organization()
		list = append(list, o)
		return err
	})
	return list, err
}
