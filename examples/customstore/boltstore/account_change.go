package boltstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// errForeign is a change that puts what names another account.
var errForeign = errors.New("boltstore: an account's change puts what names another account")

// CreateAccount stores a new account with all that the change puts.
func (s *Store) CreateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return s.changeAccount(ctx, c, events, func(t *tx, k key) (old account, err error) {
		if t.get("accounts", k) != nil {
			err = &core.ConflictError{Key: "id"}
		}
		return old, err
	})
}

// UpdateAccount replaces an account together with all that the change puts and
// removes.
func (s *Store) UpdateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return s.changeAccount(ctx, c, events, func(t *tx, k key) (account, error) {
		return accounts.at(t, k, c.Account.Version)
	})
}

// changeAccount writes a change to what current gives, or nothing of it.
func (s *Store) changeAccount(ctx context.Context, c core.AccountChange, events []core.Event, current func(*tx, key) (account, error)) error {
	log, err := encodeEvents(s.tenant, events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(t *tx) error {
		old, err := current(t, tenantKey(s.tenant).id(c.Account.ID))
		if err != nil {
			return err
		}
		a := account{c.Account, changed(old.identifiers, c)}
		a.Version = old.Version + 1
		if err := accounts.set(t, s.tenant, &a); err != nil {
			return err
		}
		c.Account.Version = old.Version
		if err := s.changePartsOf(t, c); err != nil {
			return err
		}
		return t.insertAll(log)
	})
}

// changed is what identifiers become: without what is removed, with what is
// put, each once and in order.
func changed(identifiers []core.Identifier, c core.AccountChange) []core.Identifier {
	all := slices.DeleteFunc(slices.Clone(identifiers), func(i core.Identifier) bool {
		return slices.Contains(c.RemoveIdentifiers, i)
	})
	all = append(all, c.PutIdentifiers...)
	slices.SortFunc(all, func(a, b core.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(all)
}

// changePartsOf changes what is kept in rows of its own.
func (s *Store) changePartsOf(t *tx, c core.AccountChange) error {
	var gone, left []key
	for _, k := range c.RemoveCredentials {
		gone = append(gone, credentialKey(s.tenant, k))
	}
	for _, k := range c.RemoveMemberships {
		left = append(left, membershipKey(s.tenant, c.Account.ID, k))
	}
	err := changeParts(t, s.tenant, credentials, gone, c.PutCredentials, c.FirstVersion(), func(v *core.Credential) bool { return v.Account == c.Account.ID })
	if err != nil {
		return err
	}
	return changeParts(t, s.tenant, memberships, left, c.PutMemberships, 1, func(v *core.Membership) bool { return v.Account == c.Account.ID })
}

// changeParts removes and puts rows that are part of an account. One that is put
// where the account has one, or had until this change, goes on from its version,
// any other begins at first: whoever read an old one must not overwrite the new.
func changeParts[T any, P stored[T]](t *tx, tenant core.ID, tb table[T, P], removed []key, put []T, first uint64, own func(P) bool) error {
	versions := map[string]uint64{}
	for _, k := range removed {
		v, found, err := tb.peek(t, k)
		if err != nil {
			return err
		}
		if found && own(&v) {
			versions[string(k)] = tb.row(&v).Version
			t.remove(tb.placed(tenant, &v))
		}
	}
	for _, v := range put {
		if !own(&v) {
			return errForeign
		}
		k := tb.key(tenant, &v)
		old, found, err := tb.peek(t, k)
		if err != nil {
			return err
		}
		if found && !own(&old) {
			return &core.ConflictError{Key: "credential"}
		}
		if found {
			versions[string(k)] = tb.row(&old).Version
		}
		tb.row(&v).Version = max(versions[string(k)]+1, first)
		if err := tb.set(t, tenant, &v); err != nil {
			return err
		}
	}
	return nil
}
