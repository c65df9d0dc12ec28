package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/keywright/keywright/core"
)

func (p *Provider) beginDelete(_ context.Context, t core.Turn) (core.Reply, error) {
	return core.Show{Page: deletePage(t)}, nil
}

// confirmWith is what has to be typed: what the owner knows the account by.
func confirmWith(a core.Account) string {
	for _, s := range []string{a.Email, a.PreferredUsername, a.Name} {
		if s != "" {
			return s
		}
	}
	return a.Subject()
}

func deletePage(t core.Turn, problems ...core.Problem) core.Page {
	return core.Page{
		Name: core.PageDelete, Args: map[string]any{"confirm": confirmWith(t.Account)}, Problems: problems,
		Values: map[string]string{"confirm": t.Form.Get("confirm")}, Links: map[string]string{"account": accountLink},
	}
}

// deleteAccount leaves a tombstone: the subject is never given to anybody else
// (IDN12), everything that says something of the person is gone, and the names are
// free again. Sessions and grants end by the epochs, at once and everywhere.
func (p *Provider) deleteAccount(ctx context.Context, t core.Turn) (core.Reply, error) {
	if !strings.EqualFold(strings.TrimSpace(t.Form.Get("confirm")), confirmWith(t.Account)) {
		return core.Refused{Page: deletePage(t, core.Problem{Field: "confirm", ID: "confirm_wrong"})}, nil
	}
	if hook := p.Hooks.DeleteAccount; hook != nil {
		err := hook(ctx, t.Account)
		var mend *core.ProblemError
		if errors.As(err, &mend) {
			return core.Refused{Page: deletePage(t, mend.Problem)}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	all, err := t.Find.Credentials(ctx, t.Account.ID)
	if err != nil {
		return nil, err
	}
	change, err := p.tombstone(ctx, t, all)
	if err != nil {
		return nil, err
	}
	return removed{gone: all, Enrolled: core.Enrolled{Change: change, EndSessions: true, EndGrants: true, Keep: core.Keep{
		Events:  []core.Event{happenedTo(t, core.EventAccountDeleted, "owner")},
		Letters: toldOf(t, "deleted", ""),
	}}}, nil
}

// tombstone is the change that deletes an account with all its credentials.
func (p *Provider) tombstone(ctx context.Context, t core.Turn, all []core.Credential) (core.AccountChange, error) {
	change := core.AccountChange{Account: core.Account{
		ID: t.Account.ID, Row: t.Account.Row, Disabled: t.Account.Disabled, Deleted: true,
		SignInEpoch: t.Account.SignInEpoch, GrantsEpoch: t.Account.GrantsEpoch,
		Profile: core.Profile{CreatedAt: t.Account.CreatedAt},
	}}
	change.Account.Rest = nil // what a later release knows of the person goes too
	var err error
	if change.RemoveIdentifiers, err = p.Store.Identifiers(ctx, t.Account.ID); err != nil {
		return change, err
	}
	for _, c := range all {
		change.RemoveCredentials = append(change.RemoveCredentials, c.CredentialKey)
	}
	for _, kind := range []core.MembershipKind{core.MemberOfOrganization, core.MemberOfGroup} {
		if change.RemoveMemberships, err = p.memberships(ctx, t.Account.ID, kind, change.RemoveMemberships); err != nil {
			return change, err
		}
	}
	return change, nil
}

func (p *Provider) memberships(ctx context.Context, account core.ID, kind core.MembershipKind, keys []core.MembershipKey) ([]core.MembershipKey, error) {
	const page = 100
	for after := (core.ID{}); ; {
		rows, err := p.Store.Memberships(ctx, account, kind, core.PageOf{After: after, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			after = m.Of
			keys = append(keys, m.MembershipKey)
		}
		if len(rows) < page {
			return keys, nil
		}
	}
}
