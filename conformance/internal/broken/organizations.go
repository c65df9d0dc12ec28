package broken

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
)

func organizationFaults() []Fault {
	return []Fault{
		{"a domain may have two owners", "organization.domain_has_one_owner", stores(func(s core.Store) core.Store { return dropsTakenDomain{s} })},
		{"an organization is written part by part", "organization.all_or_nothing", stores(func(s core.Store) core.Store { return organizationByParts{s} })},
		{"a domain that was given up still leads there", "organization.freed_keys_can_be_taken", remembersDomains},
		{"a domain leads to everybody's connections", "organization.domain_leads_to_connections", stores(func(s core.Store) core.Store { return sharedConnections{s} })},
		{"a taken name is reported as a taken id", "organization.conflict_names_the_key", stores(func(s core.Store) core.Store { return namesID{s} })},
		{"names of groups are unique in the tenant", "group.name_unique_in_organization", oneNamespace},
		{"a list of the tenant's own gives everybody's", "connection.lists_of_one_organization", listsAll},
		{"large numbers become floats", "connection.comes_back_equal", stores(func(s core.Store) core.Store { return floats{s} })},
		{"memberships are put whatever the version", "membership.under_the_accounts_version", stores(func(s core.Store) core.Store { return anyAccountVersion{s} })},
		{"a membership that was put over another keeps its version", "membership.comes_back_equal", stores(func(s core.Store) core.Store { return firstMembership{s} })},
		{"members are listed from the last to the first", "membership.pages_of_members", stores(func(s core.Store) core.Store { return lastFirst{s} })},
		{"memberships of all kinds are one", "membership.kinds_apart", stores(func(s core.Store) core.Store { return anyKind{s} })},
		{"what is put becomes this account's, whatever it says", "account.puts_only_its_own", stores(func(s core.Store) core.Store { return adopts{s} })},
	}
}

type dropsTakenDomain struct{ core.Store }

func (s dropsTakenDomain) CreateOrganization(ctx context.Context, c core.OrganizationChange, e ...core.Event) error {
	err := s.Store.CreateOrganization(ctx, c, e...)
	if taken := new(core.ConflictError); errors.As(err, &taken) && taken.Key == "domain" {
		c.PutDomains = nil
		return s.Store.CreateOrganization(ctx, c, e...)
	}
	return err
}

type organizationByParts struct{ core.Store }

func (s organizationByParts) UpdateOrganization(ctx context.Context, c core.OrganizationChange, e ...core.Event) error {
	if err := s.Store.UpdateOrganization(ctx, core.OrganizationChange{Organization: c.Organization}, e...); err != nil {
		return err
	}
	c.Organization.Version++
	return s.Store.UpdateOrganization(ctx, c)
}

// remembersDomains finds again what it has once found.
func remembersDomains(db core.Database) core.Database {
	var seen sync.Map
	return database{db, func(tenant core.ID, s core.Store) core.Store { return domainCache{s, tenant, &seen} }}
}

type domainCache struct {
	core.Store
	tenant core.ID
	seen   *sync.Map
}

type domainKey struct {
	tenant core.ID
	domain string
}

func (s domainCache) OrganizationByDomain(ctx context.Context, domain string) (core.Organization, []core.Connection, error) {
	key := domainKey{s.tenant, domain}
	if id, found := s.seen.Load(key); found {
		o, err := s.Organization(ctx, id.(core.ID))
		return o, nil, err
	}
	o, connections, err := s.Store.OrganizationByDomain(ctx, domain)
	if err == nil {
		s.seen.Store(key, o.ID)
	}
	return o, connections, err
}

type sharedConnections struct{ core.Store }

func (s sharedConnections) OrganizationByDomain(ctx context.Context, domain string) (core.Organization, []core.Connection, error) {
	o, connections, err := s.Store.OrganizationByDomain(ctx, domain)
	if err != nil {
		return o, connections, err
	}
	own, err := s.Connections(ctx, core.ID{}, core.PageOf{Limit: core.MaxConnections})
	return o, append(own, connections...), err
}

type namesID struct{ core.Store }

func (s namesID) CreateOrganization(ctx context.Context, c core.OrganizationChange, e ...core.Event) error {
	err := s.Store.CreateOrganization(ctx, c, e...)
	if taken := new(core.ConflictError); errors.As(err, &taken) && taken.Key == "name" {
		return &core.ConflictError{Key: "id"}
	}
	return err
}

// oneNamespace forgets which organization a name belongs to.
func oneNamespace(db core.Database) core.Database {
	var names sync.Map
	return database{db, func(tenant core.ID, s core.Store) core.Store { return sharedNames{s, tenant, &names} }}
}

type sharedNames struct {
	core.Store
	tenant core.ID
	names  *sync.Map
}

func (s sharedNames) CreateGroup(ctx context.Context, g core.Group, e ...core.Event) error {
	if owner, found := s.names.LoadOrStore(domainKey{s.tenant, g.Name}, g.ID); found && owner != g.ID {
		return &core.ConflictError{Key: "name"}
	}
	return s.Store.CreateGroup(ctx, g, e...)
}

// listsAll takes the zero id for no filter.
func listsAll(db core.Database) core.Database {
	var made sync.Map
	return database{db, func(tenant core.ID, s core.Store) core.Store { return zeroIsAll{s, tenant, &made} }}
}

type zeroIsAll struct {
	core.Store
	tenant core.ID
	made   *sync.Map
}

func (s zeroIsAll) CreateConnection(ctx context.Context, c core.Connection, e ...core.Event) error {
	s.made.Store([2]core.ID{s.tenant, c.ID}, true)
	return s.Store.CreateConnection(ctx, c, e...)
}

func (s zeroIsAll) Connections(ctx context.Context, organization core.ID, p core.PageOf) (all []core.Connection, err error) {
	if !organization.IsZero() {
		return s.Store.Connections(ctx, organization, p)
	}
	s.made.Range(func(key, _ any) bool {
		if id := key.([2]core.ID); id[0] == s.tenant {
			c, failed := s.Connection(ctx, id[1])
			all, err = append(all, c), errors.Join(err, failed)
		}
		return true
	})
	return all, err
}

type floats struct{ core.Store }

func (s floats) CreateConnection(ctx context.Context, c core.Connection, e ...core.Event) error {
	c.Epoch = uint64(float64(c.Epoch))
	return s.Store.CreateConnection(ctx, c, e...)
}

type anyAccountVersion struct{ core.Store }

func (s anyAccountVersion) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	if len(c.PutMemberships)+len(c.RemoveMemberships) > 0 {
		if now, err := s.Account(ctx, c.Account.ID); err == nil {
			c.Account.Version = now.Version
		}
	}
	return s.Store.UpdateAccount(ctx, c, e...)
}

type firstMembership struct{ core.Store }

func (s firstMembership) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	for _, m := range c.PutMemberships {
		c.RemoveMemberships = append(slices.Clone(c.RemoveMemberships), m.MembershipKey)
	}
	return s.Store.UpdateAccount(ctx, c, e...)
}

type lastFirst struct{ core.Store }

func (s lastFirst) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) ([]core.Membership, error) {
	all, err := s.Store.Members(ctx, k, core.PageOf{Limit: 1000})
	slices.Reverse(all)
	at := slices.IndexFunc(all, func(m core.Membership) bool { return m.Account == p.After }) + 1
	all = all[at:]
	return all[:min(p.Limit, len(all))], err
}

type anyKind struct{ core.Store }

func (s anyKind) Memberships(ctx context.Context, account core.ID, _ core.MembershipKind, p core.PageOf) (all []core.Membership, err error) {
	for _, kind := range []core.MembershipKind{core.MemberOfOrganization, core.MemberOfGroup} {
		some, failed := s.Store.Memberships(ctx, account, kind, p)
		all, err = append(all, some...), errors.Join(err, failed)
	}
	return all, err
}

type adopts struct{ core.Store }

func (s adopts) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	c.PutCredentials, c.PutMemberships = slices.Clone(c.PutCredentials), slices.Clone(c.PutMemberships)
	for n := range c.PutCredentials {
		c.PutCredentials[n].Account = c.Account.ID
	}
	for n := range c.PutMemberships {
		c.PutMemberships[n].Account = c.Account.ID
	}
	return s.Store.UpdateAccount(ctx, c, e...)
}
