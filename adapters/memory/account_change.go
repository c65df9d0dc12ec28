package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// aggregate is an AccountChange that is ready to be written.
type aggregate struct {
	core.AccountChange
	account     *row[core.Account]
	credentials []*row[core.Credential]
	memberships []*row[core.Membership]
	log         []entry
}

// CreateAccount stores an account with all that the change names, or nothing.
func (s *store) CreateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	a, err := s.prepareAccount(ctx, c, events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[c.Account.ID] != nil {
		return conflict("id")
	}
	return s.commitAccount(a, 0)
}

// UpdateAccount replaces an account under its version, with all that the change
// names, or does nothing.
func (s *store) UpdateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	a, err := s.prepareAccount(ctx, c, events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.accounts[c.Account.ID]
	if was == nil || was.columns.Version != c.Account.Version {
		return conflict("version")
	}
	return s.commitAccount(a, c.Account.Version)
}

var errForeign = errors.New("memory: a change to an account puts a credential or a membership of another account")

func (s *store) prepareAccount(ctx context.Context, c core.AccountChange, events []core.Event) (a aggregate, err error) {
	a.AccountChange = c
	if a.account, a.log, err = prepare(ctx, s, accountKind(), c.Account, events); err != nil {
		return a, err
	}
	for _, i := range c.PutIdentifiers {
		if err := checkIdentifier(i); err != nil {
			return a, err
		}
	}
	for _, one := range c.PutCredentials {
		if one.Account != c.Account.ID {
			return a, errForeign
		}
		r, err := encode(credentialKind(), one)
		if err != nil {
			return a, err
		}
		a.credentials = append(a.credentials, r)
	}
	for _, one := range c.PutMemberships {
		if one.Account != c.Account.ID {
			return a, errForeign
		}
		r, err := encode(membershipKind(), one)
		if err != nil {
			return a, err
		}
		a.memberships = append(a.memberships, r)
	}
	return a, nil
}

// commitAccount refuses first and writes after; the lock is held. version is that
// of the account so far, 0 for a new one.
func (s *store) commitAccount(a aggregate, version uint64) error {
	id := a.Account.ID
	for _, i := range a.PutIdentifiers {
		if holder, found := s.identifiers[i]; found && holder != id {
			return conflict("identifier")
		}
	}
	for _, c := range a.credentials {
		if was := s.credentials[c.columns.CredentialKey]; was != nil && was.columns.Account != id {
			return conflict("credential")
		}
	}
	if err := s.record(a.log); err != nil {
		return err
	}
	put(s, accountKind(), a.account, version)
	a.Account.Version = version
	s.changeIdentifiers(a)
	s.changeCredentials(a)
	s.changeMemberships(a)
	return nil
}

func (s *store) changeIdentifiers(a aggregate) {
	for _, i := range a.RemoveIdentifiers {
		if s.identifiers[i] == a.Account.ID {
			s.removeIdentifier(i)
		}
	}
	for _, i := range a.PutIdentifiers {
		if s.identifiersByAccount[a.Account.ID] == nil {
			s.identifiersByAccount[a.Account.ID] = map[core.Identifier]struct{}{}
		}
		s.identifiersByAccount[a.Account.ID][i] = struct{}{}
		s.identifiers[i] = a.Account.ID
	}
}

func (s *store) removeIdentifier(i core.Identifier) {
	delete(s.identifiersByAccount[s.identifiers[i]], i)
	delete(s.identifiers, i)
}

// changeCredentials puts over what is there with a higher version, so that an
// update which began before it is refused.
func (s *store) changeCredentials(a aggregate) {
	for _, key := range a.RemoveCredentials {
		if was := s.credentials[key]; was != nil && was.columns.Account == a.Account.ID {
			remove(s, credentialKind(), key)
		}
	}
	for _, r := range a.credentials {
		before := a.FirstVersion() - 1
		if was := s.credentials[r.columns.CredentialKey]; was != nil {
			before = was.columns.Version
		}
		put(s, credentialKind(), r, before)
	}
}

// changeMemberships puts over what is there with a higher version.
func (s *store) changeMemberships(a aggregate) {
	for _, key := range a.RemoveMemberships {
		remove(s, membershipKind(), member{a.Account.ID, key})
	}
	for _, r := range a.memberships {
		var version uint64
		if was := s.memberships[keyOfMembership(&r.columns)]; was != nil {
			version = was.columns.Version
		}
		put(s, membershipKind(), r, version)
	}
}

// forget removes what hangs on an account that is purged.
func (s *store) forget(account core.ID) {
	for i := range s.identifiersByAccount[account] {
		s.removeIdentifier(i)
	}
	delete(s.identifiersByAccount, account)
	for key := range s.credentialsByAccount[account] {
		remove(s, credentialKind(), key)
	}
	for key := range s.membershipsByAccount[account] {
		remove(s, membershipKind(), key)
	}
}
