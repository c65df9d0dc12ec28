package emailcode

import (
	"context"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// proof is a letter that has come back.
type proof struct {
	recipient
	page   core.Page // to say what is wrong on
	notes  notes
	byLink bool
}

// proven does what the letter was for. From here on what is said is said to the
// owner of the address.
func (a *Authenticator) proven(ctx context.Context, t core.Turn, p proof) (core.Reply, error) {
	account, err := holder(ctx, t, p.recipient)
	if err != nil {
		return nil, err
	}
	moved := account.ID != p.Account && account.ID != p.New
	switch {
	case account.ID.IsZero() && (!p.Account.IsZero() || !a.options.SignUp),
		!account.ID.IsZero() && (canonical(account) != p.Value || moved && !p.Account.IsZero()):
		// The account, or its address, is another since the letter was sent.
		return old(p), nil
	case account.Disabled:
		p.page.Status = 403
		return core.Refused{Page: withProblems(p.page, &core.Problem{ID: "account_off"})}, nil
	}
	if once, err := a.once(ctx, t, p); err != nil || !once {
		return refusedOld(p, err)
	}
	keep := a.done(t, p)
	switch {
	case t.Purpose == core.TurnVerify:
		return a.verified(ctx, t, account, keep)
	case account.ID.IsZero():
		return opened(t, p, keep), nil
	case !account.EmailVerified:
		return reclaimed(ctx, t, p, account, keep)
	}
	return core.Authenticated{Account: account.ID, AMR: []string{AMR}, SpendTicket: p.byLink, Keep: keep}, nil
}

// once marks the letter as used, so that its code and its link together sign in
// once. The button of the link in its own browser needs no mark: the link is used up
// by the write that names this interaction, which a repeat may find done.
func (a *Authenticator) once(ctx context.Context, t core.Turn, p proof) (bool, error) {
	if p.byLink && !foreign(t) {
		return true, nil
	}
	return t.Once(ctx, Method, p.Key.String(), t.At.Add(longest))
}

// holder is who has the address now: the account in question, or by the name that
// was typed.
func holder(ctx context.Context, t core.Turn, r recipient) (core.Account, error) {
	return find(ctx, t, r.Name)
}

// done leaves no code behind, and no link where the code was typed.
func (a *Authenticator) done(t core.Turn, p proof) core.Keep {
	delete(p.notes, t.Purpose)
	keep := core.Keep{Notes: p.notes.bytes()}
	if t.Purpose == core.TurnSignIn {
		keep.Identifier = p.Email
		if !p.byLink {
			keep.Ticket = spent(t)
		}
	}
	return keep
}

// refusedOld is old, unless the store could not say.
func refusedOld(p proof, err error) (core.Reply, error) {
	if err != nil {
		return nil, err
	}
	return old(p), nil
}

// old says that the letter is good for nothing any more, and what to do.
func old(p proof) core.Reply {
	problem := &core.Problem{ID: "code_old"}
	if !p.byLink {
		problem.Field = "code"
	}
	return core.Refused{Page: withProblems(p.page, problem)}
}

// opened makes the account of somebody who has none. If this letter made it
// already, holder has found it, and it is signed in.
func opened(t core.Turn, p proof, keep core.Keep) core.Reply {
	profile := core.Profile{CreatedAt: t.At, UpdatedAt: t.At, Email: p.Email, EmailVerified: true}
	keep.Events = []core.Event{t.Event(core.EventAccountCreated, p.New, Method)}
	return core.Enrolled{
		New: true, AMR: []string{AMR}, SpendTicket: p.byLink, Keep: keep,
		Change: core.AccountChange{
			Account:        core.Account{ID: p.New, Profile: profile},
			PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: p.Value}},
		},
	}
}

// reclaimed gives an account whose address was never proven to who proves it, with
// nothing in it that somebody set up before: no way to sign in, no session, no
// grant (RP-12, LNK04).
func reclaimed(ctx context.Context, t core.Turn, p proof, account core.Account, keep core.Keep) (core.Reply, error) {
	all, err := t.Find.Credentials(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	change := confirmed(t, account)
	for _, c := range all {
		change.RemoveCredentials = append(change.RemoveCredentials, c.CredentialKey)
	}
	keep.Events = []core.Event{t.Event(core.EventAccountChanged, account.ID, "email_reclaimed")}
	return core.Enrolled{Change: change, EndSessions: true, EndGrants: true, AMR: []string{AMR}, SpendTicket: p.byLink, Keep: keep}, nil
}

// verified proves the address of the account that is signing in by other means.
func (a *Authenticator) verified(ctx context.Context, t core.Turn, account core.Account, keep core.Keep) (core.Reply, error) {
	other := t
	other.Account = core.Account{}
	stands, err := find(ctx, other, canonical(account))
	if err != nil {
		return nil, err
	}
	if !stands.ID.IsZero() && stands.ID != account.ID {
		return nil, core.PageNotAllowed // the address belongs to another account
	}
	keep.Events = []core.Event{t.Event(core.EventAccountChanged, account.ID, "email_verified")}
	return core.Enrolled{Change: confirmed(t, account), Keep: keep}, nil
}

// confirmed is the account with its address proven, findable by it.
func confirmed(t core.Turn, account core.Account) core.AccountChange {
	account.EmailVerified, account.UpdatedAt = true, t.At
	change := core.AccountChange{Account: account}
	if value, err := mailaddress.Canonical(account.Email); err == nil {
		change.PutIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: value}}
	}
	return change
}
