package conformance

import (
	"fmt"

	"github.com/keywright/keywright/core"
)

// named is everything that is found by a string, under one string.
type named struct {
	what string
	// most bytes that a string may have.
	most   int
	create func(t *trial, name string) (mark core.ID, err error)
	find   func(t *trial, name string) (mark core.ID, err error)
}

func namedThings() []named { return append(namedPeople(), namedCompanies()...) }

func namedPeople() []named {
	return []named{
		{"client", core.MaxClientID,
			func(t *trial, name string) (core.ID, error) {
				c := core.Client{ID: name, Row: core.Row{Change: newID()}, Lane: core.LaneSeeded}
				return c.Change, t.s.CreateClient(t.ctx, c)
			},
			func(t *trial, name string) (core.ID, error) {
				c, err := t.s.Client(t.ctx, name)
				return wantName(c.ID, name, c.Change, err)
			}},
		{"identifier", core.MaxIdentifier,
			func(t *trial, name string) (core.ID, error) {
				a := core.Account{ID: newID(), Row: core.Row{Change: newID()}}
				return a.ID, t.s.CreateAccount(t.ctx, core.AccountChange{
					Account: a, PutIdentifiers: []core.Identifier{{Kind: core.IdentifierUsername, Value: name}},
				})
			},
			func(t *trial, name string) (core.ID, error) {
				a, err := t.s.AccountByIdentifier(t.ctx, core.Identifier{Kind: core.IdentifierUsername, Value: name})
				if err != nil {
					return core.ID{}, err
				}
				all, err := t.s.Identifiers(t.ctx, a.ID)
				if err == nil && len(all) != 1 {
					err = fmt.Errorf("%d identifiers, want 1", len(all))
				}
				if err != nil {
					return core.ID{}, err
				}
				return wantName(all[0].Value, name, a.ID, nil)
			}},
		{"credential", core.MaxHandle,
			func(t *trial, name string) (core.ID, error) {
				a := core.Account{ID: newID(), Row: core.Row{Change: newID()}}
				c := core.Credential{CredentialKey: core.CredentialKey{Kind: "passkey", Handle: name}, Account: a.ID, Row: core.Row{Change: newID()}}
				return a.ID, t.s.CreateAccount(t.ctx, core.AccountChange{Account: a, PutCredentials: []core.Credential{c}})
			},
			func(t *trial, name string) (core.ID, error) {
				c, err := t.s.Credential(t.ctx, core.CredentialKey{Kind: "passkey", Handle: name})
				return wantName(c.Handle, name, c.Account, err)
			}},
	}
}

func namedCompanies() []named {
	return []named{
		{"tenant", core.MaxName - len(core.ID{}.String()),
			func(t *trial, name string) (core.ID, error) {
				v := core.Tenant{ID: newID(), Name: t.tenant.String() + name, Row: core.Row{Change: newID()}}
				return v.ID, t.db.CreateTenant(t.ctx, v)
			},
			func(t *trial, name string) (core.ID, error) {
				v, err := t.db.TenantByName(t.ctx, t.tenant.String()+name)
				return wantName(v.Name, t.tenant.String()+name, v.ID, err)
			}},
		{"organization", core.MaxName,
			func(t *trial, name string) (core.ID, error) {
				o := core.Organization{ID: newID(), Name: name, Row: core.Row{Change: newID()}}
				return o.ID, t.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: o})
			},
			func(t *trial, name string) (core.ID, error) {
				o, err := t.s.OrganizationByName(t.ctx, name)
				return wantName(o.Name, name, o.ID, err)
			}},
		{"domain", core.MaxDomain,
			func(t *trial, name string) (core.ID, error) {
				o := core.Organization{ID: newID(), Name: newName(), Row: core.Row{Change: newID()}}
				return o.ID, t.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: o, PutDomains: []string{name}})
			},
			func(t *trial, name string) (core.ID, error) {
				o, _, err := t.s.OrganizationByDomain(t.ctx, name)
				if err != nil {
					return core.ID{}, err
				}
				all, err := t.s.Domains(t.ctx, o.ID)
				if err == nil && len(all) != 1 {
					err = fmt.Errorf("%d domains, want 1", len(all))
				}
				if err != nil {
					return core.ID{}, err
				}
				return wantName(all[0], name, o.ID, nil)
			}},
		{"group", core.MaxName,
			func(t *trial, name string) (core.ID, error) {
				g := core.Group{ID: newID(), Name: name, Row: core.Row{Change: newID()}}
				return g.ID, t.s.CreateGroup(t.ctx, g)
			},
			func(t *trial, name string) (core.ID, error) {
				g, err := t.s.GroupByName(t.ctx, core.ID{}, name)
				return wantName(g.Name, name, g.ID, err)
			}},
	}
}

func wantName(got, want string, mark core.ID, err error) (core.ID, error) {
	if err == nil && got != want {
		err = fmt.Errorf("%.80q came back as %.80q", want, got)
	}
	return mark, err
}
