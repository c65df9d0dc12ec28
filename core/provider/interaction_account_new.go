package provider

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

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
	account := core.Account{ID: core.NewID(t.at), Profile: t.profileFrom(id.Profile)}
	account.EmailVerified = proven
	change := core.AccountChange{Account: account, PutCredentials: []core.Credential{t.linkOf(account.ID, id)}}
	if proven {
		address, err := mailaddress.Canonical(account.Email)
		if err != nil {
			return err
		}
		change.PutIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: address}}
	}
	if m, ok := t.membership(account.ID); ok {
		change.PutMemberships = []core.Membership{m}
	}
	keep := reply.Keep
	keep.Events = append(slices.Clone(keep.Events), core.Event{Name: core.EventAccountCreated, EventTerms: core.EventTerms{
		Reason: "identity", More: map[string]string{"method": t.authenticator.Method(), "issuer": id.Issuer},
	}})
	return t.enrolled(core.Enrolled{New: true, Change: change, AMR: id.AMR, Keep: keep})
}

// maxClaimed bounds each thing that another identity provider says of a person.
const (
	maxClaimed = 512     // bytes of a standard claim
	maxMapped  = 8 << 10 // bytes of all that an operator maps
)

// profileFrom takes over what may stand in an account. What is too long, or is no
// text, is left out, never cut (LNK16, IDN08); what is proven elsewhere is not
// proven here.
func (t *turn) profileFrom(said core.Profile) core.Profile {
	p := core.Profile{CreatedAt: t.at, UpdatedAt: t.at}
	for _, f := range []struct {
		to   *string
		said string
	}{
		{&p.Name, said.Name}, {&p.GivenName, said.GivenName}, {&p.FamilyName, said.FamilyName}, {&p.MiddleName, said.MiddleName},
		{&p.Nickname, said.Nickname}, {&p.PreferredUsername, said.PreferredUsername},
		{&p.Picture, httpsOnly(said.Picture)}, {&p.Website, httpsOnly(said.Website)}, {&p.ProfilePage, httpsOnly(said.ProfilePage)},
		{&p.Zoneinfo, said.Zoneinfo}, {&p.Locale, said.Locale}, {&p.Phone, said.Phone},
	} {
		if len(f.said) <= maxClaimed && utf8.ValidString(f.said) && !strings.ContainsFunc(f.said, isControl) {
			*f.to = f.said
		}
	}
	size := 0
	for name, value := range said.Claims {
		size += len(name) + len(value)
	}
	if size <= maxMapped {
		p.Claims = said.Claims
	}
	if _, err := mailaddress.Canonical(said.Email); err == nil {
		p.Email = said.Email
	}
	return p
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

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
