package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// Memberships are kept by account, and found by what they are in as well.
var memberships = table[core.Membership, *core.Membership]{
	bucket: "memberships",
	key:    func(tenant core.ID, m *core.Membership) key { return membershipKey(tenant, m.Account, m.MembershipKey) },
	row:    func(m *core.Membership) *core.Row { return &m.Row },
	fields: func(f *fields, m *core.Membership) {
		text(f, &m.Kind)
		f.id(&m.Of)
		f.id(&m.Account)
	},
	entries: func(tenant core.ID, m *core.Membership) []entry {
		return []entry{{"members", membersKey(tenant, m.MembershipKey).id(m.Account), "membership"}}
	},
}

func membershipKey(tenant, account core.ID, k core.MembershipKey) key {
	return tenantKey(tenant).id(account).text(string(k.Kind)).id(k.Of)
}

func membersKey(tenant core.ID, k core.MembershipKey) key {
	return tenantKey(tenant).text(string(k.Kind)).id(k.Of)
}

// Memberships lists what an account belongs to, by its id.
func (s *Store) Memberships(ctx context.Context, account core.ID, kind core.MembershipKind, p core.PageOf) ([]core.Membership, error) {
	at := span{"memberships", tenantKey(s.tenant).id(account).text(string(kind)), after(p.After)}
	return page(ctx, s, memberships, at, p.Limit, nil)
}

// Members lists who belongs to something, by account.
func (s *Store) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) ([]core.Membership, error) {
	return page(ctx, s, memberships, span{"members", membersKey(s.tenant, k), after(p.After)}, p.Limit, nil)
}
