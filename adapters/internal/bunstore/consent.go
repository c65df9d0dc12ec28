package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

type consentValues struct {
	account, client octets
	epoch           number
	rowValues
}

func (v *consentValues) into() []any {
	return append([]any{&v.account, &v.client, &v.epoch}, v.rowValues.into()...)
}

func (v *consentValues) consent() (core.Consent, error) {
	c := core.Consent{Account: v.account.id(), Client: string(v.client), Row: v.row(), Epoch: v.epoch.count()}
	return c, c.UnmarshalPayload(v.payload)
}

// CreateConsent stores what a person agreed to first.
func (s *store) CreateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	own := []any{idValue(c.Account), textValue(c.Client), countValue(c.Epoch)}
	return s.create(ctx, s.db.tables.consents, s.insertArgs(&c.Row, payload, own...), events)
}

// Consent reads a consent and how its client stands, in one statement that
// always gives a row.
func (s *store) Consent(
	ctx context.Context, account core.ID, client string,
) (c core.Consent, st core.ClientStanding, err error) {
	var v consentValues
	var standing clientStandingValues
	id, name := idValue(account), textValue(client)
	into := append([]any{&standing.off, &standing.epoch, &standing.version}, v.into()...)
	err = s.db.one(ctx, s.db.hot.consent, []any{s.key, name, s.key, id, name}, into, func() (err error) {
		st = standing.standing()
		if v.version.has {
			c, err = v.consent()
		}
		return err
	})
	return c, st, err
}

// UpdateConsent replaces a consent under its version.
func (s *store) UpdateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	payload, err := c.MarshalPayload()
	if err != nil {
		return err
	}
	keys := []any{idValue(c.Account), textValue(c.Client)}
	return s.update(ctx, s.db.tables.consents, s.updateArgs(&c.Row, payload, keys, countValue(c.Epoch)), events)
}

// Consents lists an account's consents in order of the bytes of the client.
func (s *store) Consents(
	ctx context.Context, account core.ID, after string, limit int,
) (list []core.Consent, err error) {
	var v consentValues
	q := s.page("consents", s.db.tables.consents.columns, "client", textValue(after), limit).
		Where("account = ?", idValue(account))
	err = s.db.list(ctx, q, v.into(), func() error {
		c, err := v.consent()
		list = append(list, c)
		return err
	})
	return list, err
}
