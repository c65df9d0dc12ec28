package password

import (
	"context"

	"github.com/keywright/keywright/core"
)

// newPasswordPage asks for a new password, and for the current one where that is
// what allows it.
func (a *Authenticator) newPasswordPage(t core.Turn, askCurrent bool, problems ...*core.Problem) core.Page {
	return withProblems(core.Page{
		Name: core.PageNewPassword, Account: &core.AccountView{Name: t.Account.Name, Email: t.Account.Email},
		Args: map[string]any{"n": a.options.MinLength, "ask_current": askCurrent},
	}, problems...)
}

func refusedWith(page core.Page, status int) core.Reply {
	page.Status = status
	return core.Refused{Page: page}
}

// beginNewPassword draws the page. Looking at it uses nothing up, so a scanner of
// mail may (MF-04).
func (a *Authenticator) beginNewPassword(ctx context.Context, t core.Turn) (core.Reply, error) {
	t, _, err := redeemable(ctx, t)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: a.newPasswordPage(t, false)}, nil
}

// newPassword is what the mailed link was for. It ends every session; the tick
// ends what apps were given, too (SE-07, PWD14).
func (a *Authenticator) newPassword(ctx context.Context, t core.Turn) (core.Reply, error) {
	t, old, err := redeemable(ctx, t)
	if err != nil {
		return nil, err
	}
	if t.Account.Disabled {
		return refusedWith(a.newPasswordPage(t, false, &core.Problem{ID: "account_off"}), 403), nil
	}
	hash, refused, err := a.hashChosen(ctx, t, false)
	if refused != nil || err != nil {
		return refused, err
	}
	change := proven(t)
	change.PutCredentials = []core.Credential{fresh(old, t.Account.ID, hash, change.Account.Profile)}
	if !t.Account.EmailVerified {
		if change.RemoveCredentials, err = others(ctx, t); err != nil {
			return nil, err
		}
	}
	return core.Enrolled{
		Change: change, EndSessions: true, EndGrants: t.Form.Get("end_sessions") != "" || !t.Account.EmailVerified,
		AMR: []string{amr}, SpendTicket: true,
		Keep: core.Keep{
			Notes: notes{}.bytes(), Identifier: t.Account.Email, Letters: changed(t),
			Events: []core.Event{t.Event(core.EventPasswordReset, t.Account.ID, "")},
		},
	}, nil
}

// others are the ways in that somebody set up before the address was proven: not
// its owner's (LNK04, RP-12).
func others(ctx context.Context, t core.Turn) ([]core.CredentialKey, error) {
	all, err := t.Find.Credentials(ctx, t.Account.ID)
	var keys []core.CredentialKey
	for _, c := range all {
		if c.CredentialKey != credentialKey(t.Account.ID) {
			keys = append(keys, c.CredentialKey)
		}
	}
	return keys, err
}

// hashChosen reads, judges and hashes the new password of an account that exists;
// refused is the page again where it may not be.
func (a *Authenticator) hashChosen(ctx context.Context, t core.Turn, askCurrent bool) (hash string, refused core.Reply, err error) {
	page := func(p *core.Problem) core.Page { return a.newPasswordPage(t, askCurrent, p) }
	password, problem := a.chosen(t.Form.Get("password"))
	if problem != nil {
		return "", refusedWith(page(problem), 400), nil
	}
	wait, err := reserve(ctx, t, limit(formsAccount, false, t.Account.ID.String()), limit(formsAddress, false, t.Address))
	if err != nil {
		return "", nil, err
	}
	if wait > 0 {
		return "", refusedWith(page(core.ManyTries(wait)), 429), nil
	}
	if p := a.guessable(ctx, password, t.Account.Name, t.Account.Email, t.Brand.Name); p != nil {
		return "", core.Refused{Page: page(p)}, nil
	}
	hash, err = a.hasher.Hash(ctx, password)
	return hash, nil, err
}

// changed tells the owner of an account, at its address (PW-10); one without an
// address hears nothing.
func changed(t core.Turn) []core.Letter {
	if t.Account.Email == "" {
		return nil
	}
	l := letter(t, "changed", t.Account.Email)
	l.Thing = Method
	return []core.Letter{l}
}
