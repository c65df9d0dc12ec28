package faults

import (
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// store counts every call of the contract, and loses the one the plan names.
type store struct {
	core.Store
	plan *Plan
}

func (lost *store) CreateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateGrant", func() error { return lost.Store.CreateGrant(ctx, g, events...) })
}

func (lost *store) Grant(ctx context.Context, id core.ID) (out0 core.Grant, out1 core.Standing, err error) {
	err = lost.plan.call(ctx, "Grant", func() error { out0, out1, err = lost.Store.Grant(ctx, id); return err })
	return out0, out1, err
}

func (lost *store) GrantAndAccount(ctx context.Context, id core.ID) (out0 core.Grant, out1 core.Account, out2 core.Standing, err error) {
	err = lost.plan.call(ctx, "GrantAndAccount", func() error { out0, out1, out2, err = lost.Store.GrantAndAccount(ctx, id); return err })
	return out0, out1, out2, err
}

func (lost *store) GrantByUserCode(ctx context.Context, hashes []core.Hash) (out core.Grant, err error) {
	err = lost.plan.call(ctx, "GrantByUserCode", func() error { out, err = lost.Store.GrantByUserCode(ctx, hashes); return err })
	return out, err
}

func (lost *store) UpdateGrant(ctx context.Context, g core.Grant, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateGrant", func() error { return lost.Store.UpdateGrant(ctx, g, events...) })
}

func (lost *store) EndGrants(ctx context.Context, f core.GrantFilter, reason string, change core.ID, limit int) (out0 int, out1 bool, err error) {
	err = lost.plan.call(ctx, "EndGrants", func() error { out0, out1, err = lost.Store.EndGrants(ctx, f, reason, change, limit); return err })
	return out0, out1, err
}

func (lost *store) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) (out []core.Grant, err error) {
	err = lost.plan.call(ctx, "Grants", func() error { out, err = lost.Store.Grants(ctx, f, p); return err })
	return out, err
}

func (lost *store) CreateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateClient", func() error { return lost.Store.CreateClient(ctx, c, events...) })
}

func (lost *store) Client(ctx context.Context, id string) (out core.Client, err error) {
	err = lost.plan.call(ctx, "Client", func() error { out, err = lost.Store.Client(ctx, id); return err })
	return out, err
}

func (lost *store) UpdateClient(ctx context.Context, c core.Client, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateClient", func() error { return lost.Store.UpdateClient(ctx, c, events...) })
}

func (lost *store) Clients(ctx context.Context, after string, limit int) (out []core.Client, err error) {
	err = lost.plan.call(ctx, "Clients", func() error { out, err = lost.Store.Clients(ctx, after, limit); return err })
	return out, err
}

func (lost *store) CreateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateAccount", func() error { return lost.Store.CreateAccount(ctx, c, events...) })
}

func (lost *store) UpdateAccount(ctx context.Context, c core.AccountChange, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateAccount", func() error { return lost.Store.UpdateAccount(ctx, c, events...) })
}

func (lost *store) Account(ctx context.Context, id core.ID) (out core.Account, err error) {
	err = lost.plan.call(ctx, "Account", func() error { out, err = lost.Store.Account(ctx, id); return err })
	return out, err
}

func (lost *store) AccountByIdentifier(ctx context.Context, i core.Identifier) (out core.Account, err error) {
	err = lost.plan.call(ctx, "AccountByIdentifier", func() error { out, err = lost.Store.AccountByIdentifier(ctx, i); return err })
	return out, err
}

func (lost *store) Identifiers(ctx context.Context, account core.ID) (out []core.Identifier, err error) {
	err = lost.plan.call(ctx, "Identifiers", func() error { out, err = lost.Store.Identifiers(ctx, account); return err })
	return out, err
}

func (lost *store) Accounts(ctx context.Context, p core.PageOf) (out []core.Account, err error) {
	err = lost.plan.call(ctx, "Accounts", func() error { out, err = lost.Store.Accounts(ctx, p); return err })
	return out, err
}

func (lost *store) Credential(ctx context.Context, k core.CredentialKey) (out core.Credential, err error) {
	err = lost.plan.call(ctx, "Credential", func() error { out, err = lost.Store.Credential(ctx, k); return err })
	return out, err
}

func (lost *store) Credentials(ctx context.Context, account core.ID) (out []core.Credential, err error) {
	err = lost.plan.call(ctx, "Credentials", func() error { out, err = lost.Store.Credentials(ctx, account); return err })
	return out, err
}

func (lost *store) UpdateCredential(ctx context.Context, c core.Credential, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateCredential", func() error { return lost.Store.UpdateCredential(ctx, c, events...) })
}

func (lost *store) CreateSession(ctx context.Context, s core.Session, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateSession", func() error { return lost.Store.CreateSession(ctx, s, events...) })
}

func (lost *store) Sessions(ctx context.Context, ids []core.ID) (out []core.SignedIn, err error) {
	err = lost.plan.call(ctx, "Sessions", func() error { out, err = lost.Store.Sessions(ctx, ids); return err })
	return out, err
}

func (lost *store) UpdateSession(ctx context.Context, s core.Session, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateSession", func() error { return lost.Store.UpdateSession(ctx, s, events...) })
}

func (lost *store) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) (out []core.Session, err error) {
	err = lost.plan.call(ctx, "SessionsOf", func() error { out, err = lost.Store.SessionsOf(ctx, account, p); return err })
	return out, err
}

func (lost *store) CreateInteraction(ctx context.Context, i core.Interaction) error {
	return lost.plan.call(ctx, "CreateInteraction", func() error { return lost.Store.CreateInteraction(ctx, i) })
}

func (lost *store) Interaction(ctx context.Context, id core.ID) (out core.Interaction, err error) {
	err = lost.plan.call(ctx, "Interaction", func() error { out, err = lost.Store.Interaction(ctx, id); return err })
	return out, err
}

func (lost *store) UpdateInteraction(ctx context.Context, i core.Interaction, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateInteraction", func() error { return lost.Store.UpdateInteraction(ctx, i, events...) })
}

func (lost *store) CreateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateConsent", func() error { return lost.Store.CreateConsent(ctx, c, events...) })
}

func (lost *store) Consent(ctx context.Context, account core.ID, client string) (out0 core.Consent, out1 core.ClientStanding, err error) {
	err = lost.plan.call(ctx, "Consent", func() error { out0, out1, err = lost.Store.Consent(ctx, account, client); return err })
	return out0, out1, err
}

func (lost *store) UpdateConsent(ctx context.Context, c core.Consent, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateConsent", func() error { return lost.Store.UpdateConsent(ctx, c, events...) })
}

func (lost *store) Consents(ctx context.Context, account core.ID, after string, limit int) (out []core.Consent, err error) {
	err = lost.plan.call(ctx, "Consents", func() error { out, err = lost.Store.Consents(ctx, account, after, limit); return err })
	return out, err
}

func (lost *store) CreateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateTicket", func() error { return lost.Store.CreateTicket(ctx, t, events...) })
}

func (lost *store) Ticket(ctx context.Context, id core.ID) (out core.Ticket, err error) {
	err = lost.plan.call(ctx, "Ticket", func() error { out, err = lost.Store.Ticket(ctx, id); return err })
	return out, err
}

func (lost *store) UpdateTicket(ctx context.Context, t core.Ticket, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateTicket", func() error { return lost.Store.UpdateTicket(ctx, t, events...) })
}

func (lost *store) CreateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return lost.plan.call(ctx, "CreateKey", func() error { return lost.Store.CreateKey(ctx, k, events...) })
}

func (lost *store) Keys(ctx context.Context) (out []core.Key, err error) {
	err = lost.plan.call(ctx, "Keys", func() error { out, err = lost.Store.Keys(ctx); return err })
	return out, err
}

func (lost *store) UpdateKey(ctx context.Context, k core.Key, events ...core.Event) error {
	return lost.plan.call(ctx, "UpdateKey", func() error { return lost.Store.UpdateKey(ctx, k, events...) })
}

func (lost *store) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	return lost.plan.call(ctx, "Mark", func() error { return lost.Store.Mark(ctx, kind, hash, keepUntil, change) })
}

func (lost *store) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	return lost.plan.call(ctx, "Unmark", func() error { return lost.Store.Unmark(ctx, kind, hash, change) })
}

func (lost *store) Marked(ctx context.Context, kind string, hash core.Hash, client string) (out0 bool, out1 core.ClientStanding, err error) {
	err = lost.plan.call(ctx, "Marked", func() error { out0, out1, err = lost.Store.Marked(ctx, kind, hash, client); return err })
	return out0, out1, err
}

func (lost *store) Take(ctx context.Context, at time.Time, limits []core.Limit) (out []core.Taken, err error) {
	err = lost.plan.call(ctx, "Take", func() error { out, err = lost.Store.Take(ctx, at, limits); return err })
	return out, err
}

func (lost *store) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	return lost.plan.call(ctx, "Forgive", func() error { return lost.Store.Forgive(ctx, at, keys) })
}

func (lost *store) Append(ctx context.Context, events ...core.Event) error {
	return lost.plan.call(ctx, "Append", func() error { return lost.Store.Append(ctx, events...) })
}

func (lost *store) Events(ctx context.Context, f core.EventFilter, p core.PageOf) (out []core.Event, err error) {
	err = lost.plan.call(ctx, "Events", func() error { out, err = lost.Store.Events(ctx, f, p); return err })
	return out, err
}
