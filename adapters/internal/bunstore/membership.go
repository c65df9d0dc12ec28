package bunstore

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun"
)

type membershipValues struct {
	account, kind, of octets
	rowValues
}

func (v *membershipValues) into() []any {
	return append([]any{&v.account, &v.kind, &v.of}, v.rowValues.into()...)
}

func (v *membershipValues) membership() (core.Membership, error) {
	m := core.Membership{
		MembershipKey: core.MembershipKey{Kind: core.MembershipKind(v.kind), Of: v.of.id()},
		Row:           v.row(), Account: v.account.id(),
	}
	return m, m.UnmarshalPayload(v.payload)
}

var errForeign = errors.New("bunstore: a change to an account puts what is another's")

// membershipWrites are the writes to an account's memberships: what goes away
// first, so that it may be put anew.
func (s *store) membershipWrites(c *core.AccountChange) (parts []func(runner) error, err error) {
	account := idValue(c.Account.ID)
	for _, k := range c.RemoveMemberships {
		kind, of := textValue(string(k.Kind)), idValue(k.Of)
		parts = append(parts, func(r runner) error {
			_, err := r.exec(s.db.hot.deleteMembership, s.key, account, kind, of)
			return err
		})
	}
	for n := range c.PutMemberships {
		m := &c.PutMemberships[n]
		if m.Account != c.Account.ID {
			return nil, errForeign
		}
		put, err := s.putMembership(account, m)
		if err != nil {
			return nil, err
		}
		parts = append(parts, put)
	}
	return parts, nil
}

// putMembership replaces the account's membership, raising its version, or adds
// a new one.
func (s *store) putMembership(account any, m *core.Membership) (func(runner) error, error) {
	payload, err := m.MarshalPayload()
	if err != nil {
		return nil, err
	}
	kind, of := textValue(string(m.Kind)), idValue(m.Of)
	change, keep := idValue(m.Change), endValue(m.KeepUntil)
	add := s.insertArgs(&m.Row, payload, account, kind, of)
	return func(r runner) error {
		n, err := r.exec(s.db.hot.putMembership, change, keep, payload, s.key, account, kind, of)
		if err != nil || n > 0 {
			return err
		}
		_, err = r.exec(s.db.tables.memberships.insert, add...)
		return err // not taken: nobody else writes under the account's version
	}, nil
}

// Memberships lists those of an account of one kind, in order of what they are
// in.
func (s *store) Memberships(
	ctx context.Context, account core.ID, kind core.MembershipKind, p core.PageOf,
) ([]core.Membership, error) {
	return s.memberships(ctx, s.page("memberships", s.db.tables.memberships.columns, "member_of", idValue(p.After), p.Limit).
		Where("account = ?", idValue(account)).Where("kind = ?", textValue(string(kind))))
}

// Members lists those in an organization or a group, in order of account.
func (s *store) Members(ctx context.Context, k core.MembershipKey, p core.PageOf) ([]core.Membership, error) {
	return s.memberships(ctx, s.page("memberships", s.db.tables.memberships.columns, "account", idValue(p.After), p.Limit).
		Where("kind = ?", textValue(string(k.Kind))).Where("member_of = ?", idValue(k.Of)))
}

func (s *store) memberships(ctx context.Context, q *bun.SelectQuery) (list []core.Membership, err error) {
	var v membershipValues
	err = s.db.list(ctx, q, v.into(), func() error {
		m, err := v.membership()
		list = append(list, m)
		return err
	})
	return list, err
}
