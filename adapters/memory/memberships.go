package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// member finds a membership in a tenant.
type member struct {
	account core.ID
	core.MembershipKey
}

// membershipKind lists the memberships of an account in order of what they are
// in.
func membershipKind() kind[member, core.Membership] {
	return kind[member, core.Membership]{
		table:   func(s *store) table[member, core.Membership] { return s.memberships },
		key:     keyOfMembership,
		compare: func(a, b member) int { return compareIDs(a.Of, b.Of) },
		row:     func(m *core.Membership) *core.Row { return &m.Row },
		columns: func(m *core.Membership) core.Membership {
			return core.Membership{MembershipKey: m.MembershipKey, Account: m.Account}
		},
		check: func(m *core.Membership) error {
			return errors.Join(
				checkText("kind of a membership", string(m.Kind), core.MaxKind),
				checkID("what a membership is in", m.Of),
				checkID("account of a membership", m.Account),
			)
		},
		index: func(s *store, was, is *core.Membership) {
			move(s.membershipsByAccount, was, is, keyOfMembership, func(m *core.Membership) core.ID { return m.Account })
			move(s.members, was, is, keyOfMembership, func(m *core.Membership) core.MembershipKey { return m.MembershipKey })
		},
	}
}

// memberKind lists the same in order of account.
func memberKind() kind[member, core.Membership] {
	k := membershipKind()
	k.compare = func(a, b member) int { return compareIDs(a.account, b.account) }
	return k
}

func keyOfMembership(m *core.Membership) member { return member{m.Account, m.MembershipKey} }

// Memberships lists those of an account of one kind, in order of what they are in.
func (s *store) Memberships(ctx context.Context, account core.ID, kind core.MembershipKind, p core.PageOf) ([]core.Membership, error) {
	after := member{MembershipKey: core.MembershipKey{Of: p.After}}
	return list(ctx, s, membershipKind(), after, p.Limit, func(yield func(*row[core.Membership])) {
		rowsOf(s.memberships, s.membershipsByAccount, account)(func(r *row[core.Membership]) {
			if r.columns.Kind == kind {
				yield(r)
			}
		})
	})
}

// Members lists those in an organization or a group, in order of account.
func (s *store) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) ([]core.Membership, error) {
	return list(ctx, s, memberKind(), member{account: p.After}, p.Limit, rowsOf(s.memberships, s.members, k))
}
