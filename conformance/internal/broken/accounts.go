package broken

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func accountFaults() []Fault {
	return []Fault{
		{"an account is written part by part", "account.all_or_nothing", stores(func(s core.Store) core.Store { return partByPart{s} })},
		{"an identifier may have two owners", "account.identifier_has_one_owner", stores(func(s core.Store) core.Store { return dropsTaken{s} })},
		{"a conflict does not say with what", "account.conflict_names_the_key", stores(func(s core.Store) core.Store { return nameless{s} })},
		{"a credential that is put keeps its version", "account.put_credential_outdates_reads", stores(func(s core.Store) core.Store { return oldCredential{s} })},
		{"a credential that is put again begins anew", "account.put_again_outdates_reads", stores(func(s core.Store) core.Store { return forgetfulCredential{s} })},
		{"a change removes what belongs to others", "account.removes_only_its_own", stores(func(s core.Store) core.Store { return greedy{s} })},
	}
}

type partByPart struct{ core.Store }

func (s partByPart) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	if err := s.Store.UpdateAccount(ctx, core.AccountChange{Account: c.Account}, e...); err != nil {
		return err
	}
	c.Account.Version++
	return s.Store.UpdateAccount(ctx, c)
}

type dropsTaken struct{ core.Store }

func (s dropsTaken) CreateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	err := s.Store.CreateAccount(ctx, c, e...)
	if taken := new(core.ConflictError); errors.As(err, &taken) && taken.Key == "identifier" {
		c.PutIdentifiers = nil
		return s.Store.CreateAccount(ctx, c, e...)
	}
	return err
}

type nameless struct{ core.Store }

func (s nameless) CreateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	err := s.Store.CreateAccount(ctx, c, e...)
	if errors.Is(err, core.ErrConflict) {
		return core.ErrConflict
	}
	return err
}

type oldCredential struct{ core.Store }

func (s oldCredential) UpdateCredential(ctx context.Context, c core.Credential, e ...core.Event) error {
	now, err := s.Credential(ctx, c.CredentialKey)
	if err != nil {
		return core.ErrConflict
	}
	c.Version = now.Version
	return s.Store.UpdateCredential(ctx, c, e...)
}

// forgetfulCredential takes versions of credentials as if each began at 1.
type forgetfulCredential struct{ core.Store }

func (s forgetfulCredential) UpdateCredential(ctx context.Context, c core.Credential, e ...core.Event) error {
	now, err := s.Credential(ctx, c.CredentialKey)
	if err == nil && c.Version < now.Version && now.Version%(1<<20) == 1 {
		c.Version = now.Version
	}
	return s.Store.UpdateCredential(ctx, c, e...)
}

type greedy struct{ core.Store }

func (s greedy) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	for _, i := range c.RemoveIdentifiers {
		if owner, err := s.AccountByIdentifier(ctx, i); err == nil && owner.ID != c.Account.ID {
			stolen := core.AccountChange{Account: owner, RemoveIdentifiers: []core.Identifier{i}}
			if err := s.Store.UpdateAccount(ctx, stolen); err != nil {
				return err
			}
		}
	}
	return s.Store.UpdateAccount(ctx, c, e...)
}
