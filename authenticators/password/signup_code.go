package password

import (
	"context"

	"github.com/keywright/keywright/core"
)

func (a *Authenticator) beginCode(t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	if n.SignUp == nil {
		return core.GoTo{Step: StepSignUp}, nil
	}
	return core.Show{Page: a.codePage(n.SignUp.Email, string(StepSignUp))}, nil
}

// signUpCode is the second page of signing up.
func (a *Authenticator) signUpCode(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	s := n.SignUp
	if s == nil {
		return core.GoTo{Step: StepSignUp}, nil
	}
	page := a.codePage(s.Email, string(StepSignUp))
	if t.Form.Get("again") != "" {
		return a.signUpAgain(ctx, t, s, page)
	}
	problem, err := a.tryCode(ctx, t, &s.Code, aboutSignUp(s))
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return refusedCode(page, problem, n), nil
	}
	return a.create(ctx, t, s)
}

// signUpAgain sends a new code, which replaces the old one, at most once a
// minute.
func (a *Authenticator) signUpAgain(ctx context.Context, t core.Turn, s *signUpNotes, page core.Page) (core.Reply, error) {
	wait := s.Code.soon(t.At)
	if wait == 0 {
		var err error
		if wait, err = reserveLetter(ctx, t, s.Value); err != nil {
			return nil, err
		}
	}
	if wait > 0 {
		page.Status = 429
		return core.Refused{Page: withProblems(page, core.ManyTries(wait))}, nil
	}
	keep, err := a.sendSignUp(ctx, t, s)
	if err != nil {
		return nil, err
	}
	page.Notices = []core.Notice{{Kind: "ok", ID: "code_again"}}
	return core.Show{Page: page, Keep: keep}, nil
}

// create makes the account: the address is proven, so what is said from here on
// is said to its owner. If this interaction made it already (a repeated submit, a
// lost answer), it is simply signed in; if another one did meanwhile, its
// password is asked for. So a conflict ends well when the turn is taken again.
func (a *Authenticator) create(ctx context.Context, t core.Turn, s *signUpNotes) (core.Reply, error) {
	account, err := byEmail(ctx, t, s.Value)
	if err != nil {
		return nil, err
	}
	keep := core.Keep{Notes: notes{}.bytes(), Identifier: s.Email}
	switch {
	case account.ID == s.Account:
		return core.Authenticated{Account: account.ID, AMR: []string{amr}, Keep: keep}, nil
	case !account.ID.IsZero():
		return core.GoTo{Step: StepPassword, Keep: keep}, nil
	}
	keep.Events = []core.Event{t.Event(core.EventAccountCreated, s.Account, "signup")}
	profile := core.Profile{CreatedAt: t.At, UpdatedAt: t.At, Name: s.Name, Email: s.Email, EmailVerified: true}
	return core.Enrolled{New: true, Change: opened(s.Account, profile, s.Value, s.Hash), AMR: []string{amr}, Keep: keep}, nil
}

// opened is the change that makes an account with one address and one password.
func opened(id core.ID, p core.Profile, value, hash string) core.AccountChange {
	return core.AccountChange{
		Account:        core.Account{ID: id, Profile: p},
		PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: value}},
		PutCredentials: []core.Credential{fresh(core.Credential{}, id, hash, p)},
	}
}

// fresh is a credential with a new hash, in place of the one given.
func fresh(c core.Credential, account core.ID, hash string, p core.Profile) core.Credential {
	c.CredentialKey, c.Account = credentialKey(account), account
	c.CredentialTerms = core.CredentialTerms{Secret: []byte(hash), CreatedAt: p.UpdatedAt}
	return c
}

// signUpInvited makes the account of somebody whom an invitation has led here: it
// was mailed to this address, so no code is needed.
func (a *Authenticator) signUpInvited(ctx context.Context, t core.Turn, f signUpForm) (core.Reply, error) {
	hash, err := a.hasher.Hash(ctx, f.password)
	if err != nil {
		return nil, err
	}
	return a.create(ctx, t, &signUpNotes{Account: core.NewID(t.At), Name: f.name, Email: f.email, Value: f.value, Hash: hash})
}
