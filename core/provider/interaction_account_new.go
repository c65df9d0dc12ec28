package provider

import (
	"context"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// createFrom makes an account of an identity, with the link, the membership that
// the connection brings, and the address: as an identifier and as proven only
// where the other provider is its authority (RP-14). Otherwise it is no more than
// what was said, until its owner proves it here; so nobody takes an address by
// having it written down elsewhere.
func (t *turn) createFrom(reply core.Identified, proven bool) error {
	id := reply.Identity
	account := core.Account{ID: core.NewID(t.at), Profile: t.newcomer().profileFrom(id.Profile)}
	account.EmailVerified = proven
	change := core.AccountChange{Account: account, PutCredentials: []core.Credential{t.newcomer().linkOf(account.ID, id)}}
	if proven {
		address, err := mailaddress.Canonical(account.Email)
		if err != nil {
			return err
		}
		change.PutIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: address}}
	}
	if m, ok := t.newcomer().membership(account.ID); ok {
		change.PutMemberships = []core.Membership{m}
	}
	keep := reply.Keep
	keep.Events = append(slices.Clone(keep.Events), core.Event{Name: core.EventAccountCreated, EventTerms: core.EventTerms{
		Reason: "identity", More: map[string]string{"method": t.authenticator.Method(), "issuer": id.Issuer},
	}})
	return t.enrolled(core.Enrolled{New: true, Change: change, AMR: id.AMR, Keep: keep})
}

// allMemberships reads those of an account in organizations, page by page.
func (p *Provider) allMemberships(ctx context.Context, account core.ID) ([]core.Membership, error) {
	const page = 100
	var all []core.Membership
	for after := (core.ID{}); ; {
		some, err := p.Store.Memberships(ctx, account, core.MemberOfOrganization, core.PageOf{After: after, Limit: page})
		all = append(all, some...)
		if err != nil || len(some) < page {
			return all, err
		}
		after = some[len(some)-1].Of
	}
}
