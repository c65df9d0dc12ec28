package boltstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/keywright/keywright/core"
)

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
		if err := t.changeCredentials(s.tenant, c); err != nil {
			return err
		}
		if err := accounts.set(t, s.tenant, &a); err != nil {
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

// changeCredentials removes and puts credentials of the account. One that is
// put where the account had one goes on from its version.
func (t *tx) changeCredentials(tenant core.ID, c core.AccountChange) error {
	versions := map[core.CredentialKey]uint64{}
	for _, k := range slices.Concat(c.RemoveCredentials, keysOf(c.PutCredentials)) {
		old, found, err := credentials.find(t, credentialKey(tenant, k))
		if err != nil {
			return err
		}
		if found && old.Account == c.Account.ID {
			versions[k] = old.Version
		} else if found && slices.Contains(keysOf(c.PutCredentials), k) {
			return &core.ConflictError{Key: "credential"}
		}
	}
	for _, k := range c.RemoveCredentials {
		if _, own := versions[k]; own {
			if err := credentials.drop(t, credentialKey(tenant, k)); err != nil {
				return err
			}
		}
	}
	for _, put := range c.PutCredentials {
		put.Account = c.Account.ID
		put.Version = versions[put.CredentialKey] + 1
		if err := credentials.set(t, tenant, &put); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(all []core.Credential) []core.CredentialKey {
	var keys []core.CredentialKey
	for _, c := range all {
		keys = append(keys, c.CredentialKey)
	}
	return keys
}
