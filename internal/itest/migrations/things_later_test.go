package migrations

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/keywright/keywright/core"
)

// firstWithOrganizations is the step that made their tables.
const firstWithOrganizations = 3

// laterThings are one of each that came with organizations.
type laterThings struct {
	Organization core.Organization
	Domains      []string
	Group        core.Group
	Connections  []core.Connection
	Account      core.Account
	Memberships  []core.Membership
}

func writtenLater() laterThings {
	org := id(30)
	return laterThings{
		Organization: core.Organization{ID: org, Row: row(30), Name: "acmé 😀", Disabled: true, Epoch: 4,
			OrganizationTerms: core.OrganizationTerms{DisplayName: "Acme", CreatedAt: noon, RequireConnection: true}},
		Domains: []string{"acme.example", "acme.test"},
		Group: core.Group{ID: id(31), Row: row(31), Organization: org, Name: "Staff ",
			GroupTerms: core.GroupTerms{DisplayName: "é", CreatedAt: noon}},
		Connections: []core.Connection{{ID: id(32), Row: row(32), Organization: org, Kind: "saml", Epoch: 2,
			ConnectionTerms: core.ConnectionTerms{Label: "é", CreatedAt: noon, Settings: json.RawMessage(`{"a":1}`), Sealed: []byte{0, 0xff}}}},
		Account: core.Account{ID: id(34), Row: row(34)},
		Memberships: []core.Membership{{MembershipKey: core.MembershipKey{Kind: core.MemberOfOrganization, Of: org}, Row: row(33), Account: id(34),
			MembershipTerms: core.MembershipTerms{Roles: []string{"admin"}, CreatedAt: noon, By: id(32)}}},
	}
}

// write keeps them in a database.
func (t laterThings) write(ctx context.Context, db core.Database) error {
	s := db.Tenant(tenant)
	errs := []error{
		s.CreateOrganization(ctx, core.OrganizationChange{Organization: t.Organization, PutDomains: t.Domains}),
		s.CreateGroup(ctx, t.Group), s.CreateAccount(ctx, core.AccountChange{Account: t.Account, PutMemberships: t.Memberships}),
	}
	for _, c := range t.Connections {
		errs = append(errs, s.CreateConnection(ctx, c))
	}
	return errors.Join(errs...)
}

func readLater(ctx context.Context, db core.Database) (t laterThings, err error) {
	want, s := writtenLater(), db.Tenant(tenant)
	var errs [5]error
	t.Organization, t.Connections, errs[0] = s.OrganizationByDomain(ctx, want.Domains[1])
	t.Domains, errs[1] = s.Domains(ctx, want.Organization.ID)
	t.Group, errs[2] = s.GroupByName(ctx, want.Group.Organization, want.Group.Name)
	t.Memberships, errs[3] = s.Memberships(ctx, want.Account.ID, core.MemberOfOrganization, core.PageOf{Limit: 9})
	t.Account, errs[4] = s.Account(ctx, want.Account.ID)
	return t, errors.Join(errs[:]...)
}
