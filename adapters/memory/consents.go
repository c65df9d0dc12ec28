package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

type consentKey struct {
	account core.ID
	client  string
}

func consentKind() kind[consentKey, core.Consent] {
	return kind[consentKey, core.Consent]{
		table: func(s *store) table[consentKey, core.Consent] { return s.consents },
		key:   keyOfConsent,
		compare: func(a, b consentKey) int {
			if a.account != b.account {
				return compareIDs(a.account, b.account)
			}
			return compareText(a.client, b.client)
		},
		row: func(c *core.Consent) *core.Row { return &c.Row },
		columns: func(c *core.Consent) core.Consent {
			return core.Consent{Account: c.Account, Client: c.Client, Epoch: c.Epoch}
		},
		check: func(c *core.Consent) error {
			return errors.Join(
				checkID("account of a consent", c.Account),
				checkText("client of a consent", c.Client, core.MaxClientID),
			)
		},
		index: func(s *store, was, is *core.Consent) {
			move(s.consentsByAccount, was, is, keyOfConsent, func(c *core.Consent) core.ID { return c.Account })
		},
	}
}

func keyOfConsent(c *core.Consent) consentKey { return consentKey{c.Account, c.Client} }

// CreateConsent stores a consent; one per account and client.
func (s *store) CreateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return create(ctx, s, consentKind(), c, events)
}

// UpdateConsent replaces a consent under its version.
func (s *store) UpdateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return update(ctx, s, consentKind(), c, events)
}

// Consent reads a consent and how the client stands. Without a row the consent
// is the zero value.
func (s *store) Consent(ctx context.Context, account core.ID, client string) (core.Consent, core.ClientStanding, error) {
	if err := s.begin(ctx); err != nil {
		return core.Consent{}, core.ClientStanding{}, err
	}
	s.mu.RLock()
	r, standing := s.consents[consentKey{account, client}], s.clientStanding(client)
	s.mu.RUnlock()
	if r == nil {
		return core.Consent{}, standing, nil
	}
	c, err := decode(r)
	return c, standing, err
}

// Consents lists what an account agreed to, in order of client.
func (s *store) Consents(ctx context.Context, account core.ID, after string, limit int) ([]core.Consent, error) {
	return list(ctx, s, consentKind(), consentKey{account, after}, limit,
		rowsOf(s.consents, s.consentsByAccount, account))
}
