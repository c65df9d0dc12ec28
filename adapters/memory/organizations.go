package memory

import (
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

func organizationKind() kind[core.ID, core.Organization] {
	return kind[core.ID, core.Organization]{
		table:   func(s *store) table[core.ID, core.Organization] { return s.organizations },
		key:     func(o *core.Organization) core.ID { return o.ID },
		compare: compareIDs,
		row:     func(o *core.Organization) *core.Row { return &o.Row },
		columns: func(o *core.Organization) core.Organization {
			return core.Organization{ID: o.ID, Name: o.Name, Disabled: o.Disabled, Deleted: o.Deleted, Epoch: o.Epoch}
		},
		check: func(o *core.Organization) error {
			return errors.Join(
				checkID("id of an organization", o.ID),
				checkText("name of an organization", o.Name, core.MaxName),
			)
		},
		taken: func(s *store, o *core.Organization) string {
			if holder, found := s.organizationByName[o.Name]; found && holder != o.ID {
				return "name"
			}
			return ""
		},
		index: func(s *store, was, is *core.Organization) {
			if was != nil {
				delete(s.organizationByName, was.Name)
			}
			if is != nil {
				s.organizationByName[is.Name] = is.ID
				return
			}
			for domain := range s.domainsByOrganization[was.ID] {
				s.removeDomain(domain)
			}
			delete(s.domainsByOrganization, was.ID)
		},
	}
}

// CreateOrganization stores an organization with its domains, or nothing.
func (s *store) CreateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	r, log, err := s.prepareOrganization(ctx, &c, events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.organizations[c.Organization.ID] != nil {
		return conflict("id")
	}
	return s.commitOrganization(&c, r, 0, log)
}

// UpdateOrganization replaces an organization under its version, with what the
// change says of its domains, or does nothing.
func (s *store) UpdateOrganization(ctx context.Context, c core.OrganizationChange, events ...core.Event) error {
	r, log, err := s.prepareOrganization(ctx, &c, events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.organizations[c.Organization.ID]
	if was == nil || was.columns.Version != c.Organization.Version {
		return conflict("version")
	}
	return s.commitOrganization(&c, r, c.Organization.Version, log)
}

func (s *store) prepareOrganization(
	ctx context.Context, c *core.OrganizationChange, events []core.Event,
) (*row[core.Organization], []entry, error) {
	for _, domain := range c.PutDomains {
		if err := checkText("domain", domain, core.MaxDomain); err != nil {
			return nil, nil, err
		}
	}
	return prepare(ctx, s, organizationKind(), c.Organization, events)
}

// commitOrganization refuses first and writes after; the lock is held.
func (s *store) commitOrganization(c *core.OrganizationChange, r *row[core.Organization], version uint64, log []entry) error {
	id := c.Organization.ID
	for _, domain := range c.PutDomains {
		if holder, found := s.organizationByDomain[domain]; found && holder != id {
			return conflict("domain")
		}
	}
	if err := commit(s, organizationKind(), r, version, log); err != nil {
		return err
	}
	for _, domain := range c.RemoveDomains {
		if s.organizationByDomain[domain] == id {
			s.removeDomain(domain)
		}
	}
	for _, domain := range c.PutDomains {
		if s.domainsByOrganization[id] == nil {
			s.domainsByOrganization[id] = map[string]struct{}{}
		}
		s.domainsByOrganization[id][domain] = struct{}{}
		s.organizationByDomain[domain] = id
	}
	return nil
}

func (s *store) removeDomain(domain string) {
	delete(s.domainsByOrganization[s.organizationByDomain[domain]], domain)
	delete(s.organizationByDomain, domain)
}

// Organization reads an organization.
func (s *store) Organization(ctx context.Context, id core.ID) (core.Organization, error) {
	return read(ctx, s, organizationKind(), id)
}

// OrganizationByName finds an organization by the bytes of its name.
func (s *store) OrganizationByName(ctx context.Context, name string) (core.Organization, error) {
	if err := s.begin(ctx); err != nil {
		return core.Organization{}, err
	}
	s.mu.RLock()
	r := s.organizations[s.organizationByName[name]]
	s.mu.RUnlock()
	return decode(r)
}

// OrganizationByDomain finds whose domain it is, with its first connections.
func (s *store) OrganizationByDomain(ctx context.Context, domain string) (core.Organization, []core.Connection, error) {
	if err := s.begin(ctx); err != nil {
		return core.Organization{}, nil, err
	}
	found, rows := s.byDomain(domain)
	o, err := decode(found)
	if err != nil {
		return core.Organization{}, nil, err
	}
	sortRows(connectionKind(), rows)
	connections, err := decodeAll(rows[:min(core.MaxConnections, len(rows))])
	return o, connections, err
}

// byDomain finds the rows under one lock, so that they stood together.
func (s *store) byDomain(domain string) (o *row[core.Organization], connections []*row[core.Connection]) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id := s.organizationByDomain[domain]
	if id.IsZero() {
		return nil, nil // the zero id has connections: those of the tenant
	}
	rowsOf(s.connections, s.connectionsByOrganization, id)(func(r *row[core.Connection]) {
		connections = append(connections, r)
	})
	return s.organizations[id], connections
}

// Domains lists those of an organization, in order.
func (s *store) Domains(ctx context.Context, organization core.ID) ([]string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	all := make([]string, 0, len(s.domainsByOrganization[organization]))
	for domain := range s.domainsByOrganization[organization] {
		all = append(all, domain)
	}
	s.mu.RUnlock()
	slices.Sort(all)
	return all, nil
}

// Organizations lists in order of id.
func (s *store) Organizations(ctx context.Context, p core.PageOf) ([]core.Organization, error) {
	return list(ctx, s, organizationKind(), p.After, p.Limit, rowsIn(s.organizations))
}
