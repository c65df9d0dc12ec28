package conformance

import (
	"context"

	"github.com/keywright/keywright/core"
)

func accounts() role[core.Account] {
	return role[core.Account]{
		name: "account",
		sample: func() core.Account {
			a := core.Account{ID: newID(), Row: newRow(), SignInEpoch: 1<<53 + 1, GrantsEpoch: 1<<53 + 3}
			fill(&a.Profile)
			return a
		},
		sibling: func(a core.Account) core.Account { a.ID = newID(); return a },
		row:     func(a *core.Account) *core.Row { return &a.Row },
		alter: func(a *core.Account) {
			a.Disabled, a.Deleted = true, true
			a.SignInEpoch++
			a.GrantsEpoch++
			fill(&a.Profile)
		},
		create: func(ctx context.Context, s core.Store, a core.Account, e ...core.Event) error {
			return s.CreateAccount(ctx, core.AccountChange{Account: a}, e...)
		},
		read: func(ctx context.Context, s core.Store, a core.Account) (core.Account, error) {
			return s.Account(ctx, a.ID)
		},
		update: func(ctx context.Context, s core.Store, a core.Account, e ...core.Event) error {
			return s.UpdateAccount(ctx, core.AccountChange{Account: a}, e...)
		},
	}
}

// credentials come into being with an account.
func credentials() role[core.Credential] {
	return role[core.Credential]{
		name: "credential",
		sample: func() core.Credential {
			c := core.Credential{CredentialKey: core.CredentialKey{Kind: "passkey", Handle: "é " + newID().String()}, Row: newRow(), Account: newID()}
			fill(&c.CredentialTerms)
			return c
		},
		row:   func(c *core.Credential) *core.Row { return &c.Row },
		alter: func(c *core.Credential) { fill(&c.CredentialTerms) },
		create: func(ctx context.Context, s core.Store, c core.Credential, e ...core.Event) error {
			a := core.Account{ID: c.Account, Row: core.Row{Change: newID()}}
			return s.CreateAccount(ctx, core.AccountChange{Account: a, PutCredentials: []core.Credential{c}}, e...)
		},
		read: func(ctx context.Context, s core.Store, c core.Credential) (core.Credential, error) {
			return s.Credential(ctx, c.CredentialKey)
		},
		update: func(ctx context.Context, s core.Store, c core.Credential, e ...core.Event) error {
			return s.UpdateCredential(ctx, c, e...)
		},
	}
}

func consents() role[core.Consent] {
	return role[core.Consent]{
		name: "consent",
		sample: func() core.Consent {
			c := core.Consent{Account: newID(), Client: "client " + newID().String(), Row: newRow(), Epoch: 1<<53 + 1}
			fill(&c.ConsentTerms)
			return c
		},
		sibling: func(c core.Consent) core.Consent { c.Client = "client " + newID().String(); return c },
		row:     func(c *core.Consent) *core.Row { return &c.Row },
		alter:   func(c *core.Consent) { c.Epoch++; fill(&c.ConsentTerms) },
		create: func(ctx context.Context, s core.Store, c core.Consent, e ...core.Event) error {
			return s.CreateConsent(ctx, c, e...)
		},
		read: func(ctx context.Context, s core.Store, c core.Consent) (core.Consent, error) {
			got, _, err := s.Consent(ctx, c.Account, c.Client)
			if err == nil && got.Version == 0 {
				return core.Consent{}, core.ErrNotFound
			}
			return got, err
		},
		update: func(ctx context.Context, s core.Store, c core.Consent, e ...core.Event) error {
			return s.UpdateConsent(ctx, c, e...)
		},
	}
}

func keys() role[core.Key] {
	return role[core.Key]{
		name: "key",
		sample: func() core.Key {
			k := core.Key{ID: newID(), Row: newRow(), Use: core.KeySign, Algorithm: "ES256", Epoch: 1<<53 + 1}
			fill(&k.KeyTerms)
			return k
		},
		row:   func(k *core.Key) *core.Row { return &k.Row },
		alter: func(k *core.Key) { fill(&k.KeyTerms) },
		create: func(ctx context.Context, s core.Store, k core.Key, e ...core.Event) error {
			return s.CreateKey(ctx, k, e...)
		},
		read: func(ctx context.Context, s core.Store, k core.Key) (core.Key, error) {
			all, err := s.Keys(ctx)
			for _, one := range all {
				if one.ID == k.ID {
					return one, err
				}
			}
			if err == nil {
				err = core.ErrNotFound
			}
			return core.Key{}, err
		},
		update: func(ctx context.Context, s core.Store, k core.Key, e ...core.Event) error {
			return s.UpdateKey(ctx, k, e...)
		},
	}
}
