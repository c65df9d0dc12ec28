package memory

import (
	"context"
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

func credentialKind() kind[core.CredentialKey, core.Credential] {
	return kind[core.CredentialKey, core.Credential]{
		table:   func(s *store) table[core.CredentialKey, core.Credential] { return s.credentials },
		key:     credentialKey,
		compare: compareCredentials,
		row:     func(c *core.Credential) *core.Row { return &c.Row },
		columns: func(c *core.Credential) core.Credential {
			return core.Credential{CredentialKey: c.CredentialKey, Account: c.Account}
		},
		check: func(c *core.Credential) error {
			return errors.Join(
				checkText("kind of a credential", c.Kind, core.MaxKind),
				checkText("handle of a credential", c.Handle, core.MaxHandle),
				checkID("account of a credential", c.Account),
			)
		},
		taken: func(s *store, c *core.Credential) string {
			if was := s.credentials[c.CredentialKey]; was != nil && was.columns.Account != c.Account {
				return "credential"
			}
			return ""
		},
		index: func(s *store, was, is *core.Credential) {
			move(s.credentialsByAccount, was, is, credentialKey, func(c *core.Credential) core.ID { return c.Account })
		},
	}
}

func credentialKey(c *core.Credential) core.CredentialKey { return c.CredentialKey }

func compareCredentials(a, b core.CredentialKey) int {
	if a.Kind != b.Kind {
		return compareText(a.Kind, b.Kind)
	}
	return compareText(a.Handle, b.Handle)
}

// Credential reads a credential by kind and handle.
func (s *store) Credential(ctx context.Context, k core.CredentialKey) (core.Credential, error) {
	return read(ctx, s, credentialKind(), k)
}

// Credentials lists all of an account, in order of kind and handle.
func (s *store) Credentials(ctx context.Context, account core.ID) ([]core.Credential, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []*row[core.Credential]
	s.mu.RLock()
	rowsOf(s.credentials, s.credentialsByAccount, account)(func(r *row[core.Credential]) { rows = append(rows, r) })
	s.mu.RUnlock()
	slices.SortFunc(rows, func(a, b *row[core.Credential]) int {
		return compareCredentials(a.columns.CredentialKey, b.columns.CredentialKey)
	})
	return decodeAll(rows)
}

// UpdateCredential replaces a credential under its own version.
func (s *store) UpdateCredential(ctx context.Context, c core.Credential, events ...core.Event) error {
	return update(ctx, s, credentialKind(), c, events)
}
