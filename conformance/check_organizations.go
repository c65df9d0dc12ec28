package conformance

import (
	"slices"

	"github.com/keywright/keywright/core"
)

func organizationChecks() []Check {
	return []Check{
		check("organization.aggregate_comes_back", "an organization that is found by a domain it does not own, or not by one it does, signs in somebody else's people", organizationAggregate),
		check("organization.all_or_nothing", "a domain that moves without the change that was made for it moves its people", organizationAllOrNothing),
		check("organization.conflict_names_the_key", "the page must say whether the name or the domain is taken, or somebody else changed the organization meanwhile", organizationConflicts),
		check("organization.domain_has_one_owner", "two companies that verify one domain at once must not both get its people (RP-15)", organizationOneDomain),
		check("organization.name_has_one_owner", "two companies under one name are one company to whoever links to it", organizationOneName),
		check("organization.removes_only_its_own", "one company must not take another's domain away", organizationOwn),
		check("organization.freed_keys_can_be_taken", "a domain that was sold, and a name that was given up, must be free, and lead to nobody meanwhile", organizationFreed),
		check("organization.domain_leads_to_connections", "an address is sent to its company's identity provider and to no other's (RP-15)", organizationConnections),
		check("organization.names_apart_by_tenant", "a domain at one issuer must not be found, or be taken, at another", organizationTenants),
	}
}

// company is an organization with domains, stored.
func (t *trial) company(domains ...string) core.Organization {
	o := organizations().sample()
	t.ok(t.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: o, PutDomains: domains}), "CreateOrganization")
	o.Version = 1
	return o
}

// owns wants an organization to be found by its name and these domains.
func (t *trial) owns(o core.Organization, domains []string, when string) {
	organizations().unchanged(t, o, when)
	got, err := t.s.OrganizationByName(t.ctx, o.Name)
	t.ok(err, "OrganizationByName "+when)
	same(t, o, got, "the organization by name "+when)
	all, err := t.s.Domains(t.ctx, o.ID)
	t.ok(err, "Domains "+when)
	t.that(slices.Equal(all, domains), "the domains %s are %q, want %q in order", when, all, domains)
	for _, domain := range domains {
		got, _, err := t.s.OrganizationByDomain(t.ctx, domain)
		t.ok(err, "OrganizationByDomain "+when)
		same(t, o, got, "the organization by domain "+when)
	}
}

// unowned wants a domain to lead nowhere.
func (t *trial) unowned(domain, what string) {
	_, _, err := t.s.OrganizationByDomain(t.ctx, domain)
	t.notFound(err, what)
}

func organizationAggregate(t *trial) {
	t.unowned("a.example", "a domain that nobody put")
	o := t.company("b.example", "a.example")
	t.owns(o, []string{"a.example", "b.example"}, "after create")
	was := o.Name
	organizations().alter(&o)
	o.Change = newID()
	t.ok(t.s.UpdateOrganization(t.ctx, core.OrganizationChange{
		Organization: o, PutDomains: []string{"c.example", "b.example"}, RemoveDomains: []string{"a.example", "b.example", "never.example"},
	}), "UpdateOrganization")
	o.Version = 2
	t.owns(o, []string{"b.example", "c.example"}, "after a change of everything")
	t.unowned("a.example", "a domain that was removed")
	_, err := t.s.OrganizationByName(t.ctx, was)
	t.notFound(err, "a name that was given up")
}

// organizationAllOrNothing spoils one part of a change at a time.
func organizationAllOrNothing(t *trial) {
	rival, o := t.company("taken.example"), t.company("a.example")
	base := core.OrganizationChange{Organization: o, PutDomains: []string{"new.example"}, RemoveDomains: []string{"a.example"}}
	base.Organization.DisplayName, base.Organization.Change = "changed", newID()
	for what, spoil := range map[string]func(*core.OrganizationChange){
		"domain":  func(c *core.OrganizationChange) { c.PutDomains = []string{"new.example", "taken.example"} },
		"name":    func(c *core.OrganizationChange) { c.Organization.Name = rival.Name },
		"version": func(c *core.OrganizationChange) { c.Organization.Version++ },
	} {
		bad, e := base, newEvent()
		spoil(&bad)
		t.taken(t.s.UpdateOrganization(t.ctx, bad, e), what, "UpdateOrganization with a bad "+what)
		t.owns(o, []string{"a.example"}, "after a change with a bad "+what)
		t.owns(rival, []string{"taken.example"}, "after another's change with a bad "+what)
		t.wantEvent(e, false, "of a change with a bad "+what)
		t.unowned("new.example", "the new domain after a change with a bad "+what)
	}
	t.wantDeliveries()
}

func organizationConflicts(t *trial) {
	o := t.company("a.example")
	for key, change := range map[string]core.OrganizationChange{
		"id":     {Organization: core.Organization{ID: o.ID, Name: "another"}},
		"name":   {Organization: core.Organization{ID: newID(), Name: o.Name}},
		"domain": {Organization: core.Organization{ID: newID(), Name: "another"}, PutDomains: []string{"a.example"}},
	} {
		e := newEvent()
		change.Organization.Change = newID()
		t.taken(t.s.CreateOrganization(t.ctx, change, e), key, "CreateOrganization with a taken "+key)
		t.wantEvent(e, false, "of an organization that was refused")
		if key != "id" {
			_, err := t.s.Organization(t.ctx, change.Organization.ID)
			t.notFound(err, "an organization that was refused for its "+key)
		}
	}
	t.owns(o, []string{"a.example"}, "after creates that were refused")
}

func organizationOneDomain(t *trial) {
	rivals := make([]core.Organization, callers)
	for n := range rivals {
		rivals[n] = organizations().sample()
		if n%2 == 1 { // half of them are there already
			t.ok(organizations().create(t.ctx, t.s, rivals[n]), "CreateOrganization")
			rivals[n].Version = 1
		}
	}
	errs := t.race(callers, func(n int) error {
		c := core.OrganizationChange{Organization: rivals[n], PutDomains: []string{"one.example"}}
		if n%2 == 1 {
			return t.s.UpdateOrganization(t.ctx, c)
		}
		return t.s.CreateOrganization(t.ctx, c)
	})
	winner := t.oneWinner(errs, "organizations with one domain")
	got, _, err := t.s.OrganizationByDomain(t.ctx, "one.example")
	t.ok(err, "OrganizationByDomain")
	t.that(got.ID == rivals[winner].ID, "the domain leads to an organization whose change was refused")
	for n, o := range rivals {
		got, err := t.s.Organization(t.ctx, o.ID)
		if n%2 == 0 && n != winner {
			t.notFound(err, "an organization whose create was refused")
			continue
		}
		t.ok(err, "Organization")
		t.that(n == winner || got.Version == 1, "an organization whose change was refused has version %d", got.Version)
	}
}

func organizationOneName(t *trial) {
	rivals, name := make([]core.Organization, callers), newName()
	for n := range rivals {
		rivals[n] = organizations().sample()
		rivals[n].Name = name
	}
	errs := t.race(callers, func(n int) error { return organizations().create(t.ctx, t.s, rivals[n]) })
	winner := t.oneWinner(errs, "organizations of one name")
	t.owns(organizations().at(rivals[winner], 1), nil, "after the race")
	all, err := t.s.Organizations(t.ctx, core.PageOf{Limit: 100})
	t.ok(err, "Organizations")
	t.that(len(all) == 1, "%d organizations are left of a race that one could win", len(all))
}

func organizationOwn(t *trial) {
	a, b := t.company("a.example"), t.company("b.example")
	_ = t.s.UpdateOrganization(t.ctx, core.OrganizationChange{Organization: b, RemoveDomains: []string{"a.example"}})
	t.owns(a, []string{"a.example"}, "after another tried to remove what is not its own")
}

func organizationFreed(t *trial) {
	a := t.company("a.example")
	got, _, err := t.s.OrganizationByDomain(t.ctx, "a.example")
	t.ok(err, "OrganizationByDomain")
	same(t, a, got, "the organization by domain")
	name := a.Name
	a.Name = newName()
	t.ok(t.s.UpdateOrganization(t.ctx, core.OrganizationChange{Organization: a, RemoveDomains: []string{"a.example"}}), "UpdateOrganization")
	t.unowned("a.example", "a domain that was given up")
	b := organizations().sample()
	b.Name = name
	t.ok(t.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: b, PutDomains: []string{"a.example"}}),
		"CreateOrganization with a name and a domain that another gave up")
	t.owns(organizations().at(b, 1), []string{"a.example"}, "with what another gave up")
	b.Version, b.Change = 1, newID()
	t.ok(t.s.UpdateOrganization(t.ctx, core.OrganizationChange{Organization: b, PutDomains: []string{"a.example"}}),
		"UpdateOrganization that puts a domain it has")
	t.owns(organizations().at(b, 2), []string{"a.example"}, "after its domain was put again")
}

// organizationConnections has more connections than a domain leads to, and some
// that belong to others.
func organizationConnections(t *trial) {
	o, other := t.company("a.example"), t.company("b.example")
	_, none, err := t.s.OrganizationByDomain(t.ctx, "a.example")
	t.ok(err, "OrganizationByDomain")
	t.that(len(none) == 0, "a domain leads to %d connections of an organization that has none", len(none))
	var want []core.Connection
	for n, id := range orderedIDs(core.MaxConnections + 2) {
		c := connections().sample()
		c.ID, c.Organization, c.Disabled, c.Deleted = core.ID([]byte(id)), o.ID, n == 1, n == 2
		want = append(want, connections().at(c, 1))
	}
	order := slices.Clone(want)
	slices.Reverse(order)
	for _, c := range order {
		t.ok(t.s.CreateConnection(t.ctx, c), "CreateConnection")
	}
	for _, of := range []core.ID{other.ID, {}} { // the tenant's own are not part of it
		c := connections().sample()
		c.Organization = of
		t.ok(t.s.CreateConnection(t.ctx, c), "CreateConnection")
	}
	found, got, err := t.s.OrganizationByDomain(t.ctx, "a.example")
	t.ok(err, "OrganizationByDomain")
	same(t, o, found, "the organization by domain, with many connections")
	t.that(len(got) == core.MaxConnections, "a domain leads to %d connections of %d, want the first %d", len(got), len(want), core.MaxConnections)
	for n := range got {
		same(t, want[n], got[n], "a connection that a domain leads to, in order of id")
	}
}

func organizationTenants(t *trial) {
	other, o := t.neighbour(), t.company("a.example")
	c := connections().sample()
	c.Organization = o.ID
	t.ok(t.s.CreateConnection(t.ctx, c), "CreateConnection")
	other.unowned("a.example", "a neighbour's domain")
	_, err := other.s.OrganizationByName(t.ctx, o.Name)
	t.notFound(err, "a neighbour's organization by name")
	twin := o
	t.ok(other.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: twin, PutDomains: []string{"a.example"}}),
		"CreateOrganization with the keys of a neighbour's")
	other.owns(twin, []string{"a.example"}, "beside a neighbour's of the same keys")
	_, none, err := other.s.OrganizationByDomain(t.ctx, "a.example")
	t.ok(err, "OrganizationByDomain")
	t.that(len(none) == 0, "a domain leads to %d connections of a neighbour", len(none))
	t.ok(other.s.UpdateOrganization(t.ctx, core.OrganizationChange{Organization: twin, RemoveDomains: []string{"a.example"}}), "UpdateOrganization")
	t.owns(o, []string{"a.example"}, "after a neighbour removed its own of the same name")
}
