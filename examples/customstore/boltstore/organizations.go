package boltstore

import (
	"context"
	"slices"

	"github.com/keywright/keywright/core"
)

// organization is an organization with its domains: one row, so that both
// change together.
type organization struct {
	core.Organization
	domains []string
}

var organizations = table[organization, *organization]{
	bucket: "organizations",
	key:    func(tenant core.ID, o *organization) key { return tenantKey(tenant).id(o.ID) },
	row:    func(o *organization) *core.Row { return &o.Row },
	fields: func(f *fields, o *organization) {
		f.id(&o.ID)
		text(f, &o.Name)
		f.flag(&o.Disabled)
		f.flag(&o.Deleted)
		f.number(&o.Epoch)
		list(f, &o.domains, func(domain *string) { text(f, domain) })
	},
	entries: func(tenant core.ID, o *organization) []entry {
		k := tenantKey(tenant)
		all := []entry{{"organizations_by_name", k.text(o.Name), "name"}}
		for _, domain := range o.domains {
			all = append(all, entry{"domains", k.text(domain), "domain"})
		}
		return all
	},
}

// CreateOrganization stores a new organization with its domains.
func (s *Store) CreateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	o := organization{Organization: c.Organization}
	o.change(c)
	return create(ctx, s, organizations, o, events)
}

// UpdateOrganization replaces an organization and changes its domains.
func (s *Store) UpdateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	log, err := encodeEvents(s.tenant, events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(t *tx) error {
		old, err := organizations.at(t, tenantKey(s.tenant).id(c.Organization.ID), c.Organization.Version)
		if err != nil {
			return err
		}
		o := organization{c.Organization, old.domains}
		o.Version++
		o.change(c)
		if err := organizations.set(t, s.tenant, &o); err != nil {
			return err
		}
		return t.insertAll(log)
	})
}

// change removes and puts domains, and keeps them in order.
func (o *organization) change(c core.OrganizationChange) {
	kept := slices.DeleteFunc(slices.Clone(o.domains), func(d string) bool { return slices.Contains(c.RemoveDomains, d) })
	kept = append(kept, c.PutDomains...)
	slices.Sort(kept)
	o.domains = slices.Compact(kept)
}

// Organization reads an organization.
func (s *Store) Organization(ctx context.Context, id core.ID) (core.Organization, error) {
	o, err := one(ctx, s, organizations, tenantKey(s.tenant).id(id))
	return o.Organization, err
}

// OrganizationByName reads the organization that has the name.
func (s *Store) OrganizationByName(ctx context.Context, name string) (core.Organization, error) {
	o, err := oneBy(ctx, s, organizations, "organizations_by_name", tenantKey(s.tenant).text(name))
	return o.Organization, err
}

// OrganizationByDomain reads whose domain it is, and its connections, as of one
// moment.
func (s *Store) OrganizationByDomain(ctx context.Context, domain string) (o core.Organization, of []core.Connection, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		found, err := organizations.loadBy(t, "domains", tenantKey(s.tenant).text(domain))
		if err != nil {
			return err
		}
		o = found.Organization
		of, err = connections.collect(t, connectionsOf(s.tenant, o.ID, core.ID{}), core.MaxConnections, nil)
		return err
	})
	return o, of, err
}

// Domains lists those of an organization.
func (s *Store) Domains(ctx context.Context, id core.ID) (domains []string, err error) {
	err = s.db.read(ctx, func(t *tx) error {
		o, _, err := organizations.find(t, tenantKey(s.tenant).id(id))
		domains = o.domains
		return err
	})
	return domains, err
}

// Organizations lists by id.
func (s *Store) Organizations(ctx context.Context, p core.PageOf) ([]core.Organization, error) {
	rows, err := page(ctx, s, organizations, span{"organizations", tenantKey(s.tenant), after(p.After)}, p.Limit, nil)
	var all []core.Organization
	for _, o := range rows {
		all = append(all, o.Organization)
	}
	return all, err
}
