package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// newcomer is an identity of another provider that has come here: with a browser,
// or in an assertion. What is read and written of it is the same for both.
type newcomer struct {
	p  *Provider
	at time.Time
	// connection it came by; nil for none.
	connection *core.Connection
	// client that it is on the way to; empty for none.
	client string
}

func (t *turn) newcomer() *newcomer {
	return &newcomer{p: t.p, at: t.at, connection: t.Connection, client: t.i.Request.Client}
}

// holderOf reads whose address it is here, and whether the connection may speak
// for it: for one of an organization that is only where the organization has
// proven the domain, whatever its settings say.
func (a *newcomer) holderOf(ctx context.Context, f *core.IdentityFacts, address string) error {
	holder, err := a.p.Store.AccountByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: address})
	switch {
	case err == nil:
		f.Holder = holder
		all, err := a.p.Store.Credentials(ctx, holder.ID)
		if err != nil {
			return err
		}
		f.HolderStronger = a.p.stronger(all)
	case !errors.Is(err, core.ErrNotFound):
		return err
	}
	f.Authoritative = a.connection == nil || a.connection.Organization.IsZero()
	if !f.Authoritative {
		domain, _ := mailaddress.DomainOf(address)
		o, _, err := a.p.Store.OrganizationByDomain(ctx, domain)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			return err
		}
		f.Authoritative = err == nil && o.ID == a.connection.Organization
	}
	return nil
}

// askHook asks the operator, who may name an account to link to.
func (a *newcomer) askHook(ctx context.Context, id core.Identity, holder core.ID) (core.IdentityAnswer, error) {
	if a.p.Hooks.Identity == nil {
		return core.IdentityAnswer{}, nil
	}
	q := core.IdentityQuestion{Identity: id, Holder: holder, Client: a.client}
	q.Identity.Secret = nil
	if a.connection != nil {
		c := *a.connection
		c.Sealed = nil
		q.Connection = &c
	}
	answer, err := a.p.Hooks.Identity(ctx, q)
	if err != nil {
		return answer, err
	}
	switch answer.Act {
	case core.IdentityRules, core.IdentityLink, core.IdentityCreate, core.IdentityRefuse:
		return answer, nil
	}
	return answer, errors.New("provider: Hooks.Identity answered with an act that it may not name: " + string(answer.Act))
}

// linkChange is the account with the link, and with the membership that the
// connection brings.
func (a *newcomer) linkChange(ctx context.Context, account core.Account, id core.Identity) (core.AccountChange, error) {
	change := core.AccountChange{Account: account, PutCredentials: []core.Credential{a.linkOf(account.ID, id)}}
	m, ok := a.membership(account.ID)
	if !ok {
		return change, nil
	}
	have, err := a.p.allMemberships(ctx, account.ID)
	if err == nil && !slices.ContainsFunc(have, func(h core.Membership) bool { return h.MembershipKey == m.MembershipKey }) {
		change.PutMemberships = []core.Membership{m}
	}
	return change, err
}

// linkOf is the credential by which the identity is known again.
func (a *newcomer) linkOf(account core.ID, id core.Identity) core.Credential {
	var connectionID core.ID
	if a.connection != nil {
		connectionID = a.connection.ID
	}
	return core.Credential{CredentialKey: id.Key, Account: account, CredentialTerms: core.CredentialTerms{
		Secret: id.Secret, Label: identityLabel(&id), CreatedAt: a.at, UsedAt: a.at, Connection: connectionID,
	}}
}

// membership is what its connection gives to people that it makes known.
func (a *newcomer) membership(account core.ID) (core.Membership, bool) {
	c := a.connection
	if c == nil || c.Organization.IsZero() || !c.JustInTime {
		return core.Membership{}, false
	}
	return core.Membership{
		MembershipKey: core.MembershipKey{Kind: core.MemberOfOrganization, Of: c.Organization},
		Row:           core.Row{Change: core.NewID(a.at)}, Account: account,
		MembershipTerms: core.MembershipTerms{Roles: slices.Clone(c.Roles), CreatedAt: a.at, By: c.ID},
	}, true
}

// maxLinkLabel bounds what a person reads of a link, in bytes.
const maxLinkLabel = 200

// identityLabel is what the owner reads of a link: an address, else a name.
func identityLabel(id *core.Identity) string {
	for _, label := range []string{id.Profile.Email, id.Profile.PreferredUsername, id.Profile.Name} {
		if label != "" && len(label) <= maxLinkLabel {
			return label
		}
	}
	return ""
}

// maxClaimed bounds each thing that another identity provider says of a person.
const (
	maxClaimed = 512     // bytes of a standard claim
	maxMapped  = 8 << 10 // bytes of all that an operator maps
)

// profileFrom takes over what may stand in an account. What is too long, or is no
// text, is left out, never cut (LNK16, IDN08); what is proven elsewhere is not
// proven here.
func (a *newcomer) profileFrom(said core.Profile) core.Profile {
	p := core.Profile{CreatedAt: a.at, UpdatedAt: a.at}
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
