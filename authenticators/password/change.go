package password

import (
	"context"

	"github.com/keywright/keywright/core"
)

// beginChange asks for the current password only of an account that has one: the
// provider has made sure of a recent sign-in in any case (SE-09).
func (a *Authenticator) beginChange(ctx context.Context, t core.Turn) (core.Reply, error) {
	c, err := credential(ctx, t, t.Account.ID)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: a.newPasswordPage(t, len(c.Secret) > 0)}, nil
}

// change replaces the password of who is signed in (PW-10).
func (a *Authenticator) change(ctx context.Context, t core.Turn) (core.Reply, error) {
	c, err := credential(ctx, t, t.Account.ID)
	if err != nil {
		return nil, err
	}
	ask := len(c.Secret) > 0
	if _, problem := a.chosen(t.Form.Get("password")); problem != nil {
		return refusedWith(a.newPasswordPage(t, ask, problem), 400), nil
	}
	if ask {
		refused, err := a.checkCurrent(ctx, t)
		if refused != nil || err != nil {
			return refused, err
		}
	}
	hash, refused, err := a.hashChosen(ctx, t, ask)
	if refused != nil || err != nil {
		return refused, err
	}
	account := t.Account
	account.UpdatedAt = t.At
	end := t.Form.Get("end_sessions") != ""
	return core.Enrolled{
		Change: core.AccountChange{
			Account:        account,
			PutCredentials: []core.Credential{fresh(c, account.ID, hash, account.Profile)},
		},
		EndSessions: end, EndGrants: end, AMR: []string{amr},
		Keep: core.Keep{
			Letters: changed(t),
			Events:  []core.Event{t.Event(core.EventPasswordChanged, account.ID, "")},
		},
	}, nil
}

// checkCurrent is a guess like any other: counted, then compared.
func (a *Authenticator) checkCurrent(ctx context.Context, t core.Turn) (refused core.Reply, err error) {
	page := func(p *core.Problem) core.Page { return a.newPasswordPage(t, true, p) }
	given, problem := typed(t.Form.Get("current"), "current")
	if problem != nil {
		return refusedWith(page(problem), 400), nil
	}
	wait, err := reserveTry(ctx, t, person{account: t.Account})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return refusedWith(page(core.ManyTries(wait)), 429), nil
	}
	c, err := a.compare(ctx, t, t.Account.ID, given)
	if err != nil {
		return nil, err
	}
	if !c.right {
		return core.Refused{Page: page(&core.Problem{Field: "current", ID: "password_wrong"}), Keep: core.Keep{
			Events: []core.Event{t.Event(core.EventSignInRefused, t.Account.ID, "current_password")},
		}}, nil
	}
	return nil, nil
}
