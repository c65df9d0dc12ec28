package password

import (
	"context"
	"strings"

	"github.com/keywright/keywright/core"
)

// beginVerify sends a code to the account's address unless one is on its way:
// looking at the page again sends nothing.
func (a *Authenticator) beginVerify(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	page := a.codePage(t.Account.Email, "")
	if v := n.Verify; v.about(t) && t.At.Before(v.Code.At.Add(a.lifetimes.MailCode)) {
		return core.Show{Page: page}, nil
	}
	wait, err := reserveLetter(ctx, t, address(t.Account))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		page.Status = 429
		return core.Show{Page: withProblems(page, core.ManyTries(wait))}, nil
	}
	return core.Show{Page: page, Keep: a.sendVerify(t, n)}, nil
}

// about says whether a code is on its way to this account's present address.
func (v *verifyNotes) about(t core.Turn) bool {
	return v != nil && v.Account == t.Account.ID && v.Email == t.Account.Email
}

// address is the account's own in canonical form; one from elsewhere that has
// none stands for itself.
func address(account core.Account) string {
	i, err := Canonical(account.Email)
	if err != nil {
		return strings.ToLower(account.Email)
	}
	return i.Value
}

func aboutVerify(t core.Turn) string {
	return "verify " + t.Account.ID.String() + " " + t.Account.Email
}

func (a *Authenticator) sendVerify(t core.Turn, n notes) core.Keep {
	code, sent := sendable(t, aboutVerify(t))
	n.Verify = &verifyNotes{Account: t.Account.ID, Email: t.Account.Email, Code: sent}
	return core.Keep{
		Notes: n.bytes(), Letters: []core.Letter{a.codeLetter(t, t.Account.Email, code)},
		Events: []core.Event{t.Event(core.EventCodeSent, t.Account.ID, "verify")},
	}
}

// verify proves the address of the account that is signing in.
func (a *Authenticator) verify(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	page := a.codePage(t.Account.Email, "")
	if t.Form.Get("again") != "" {
		return a.verifyAgain(ctx, t, n, page)
	}
	if !n.Verify.about(t) {
		return refusedCode(page, &core.Problem{Field: "code", ID: "code_old"}, n), nil
	}
	problem, err := a.tryCode(ctx, t, &n.Verify.Code, aboutVerify(t))
	if err != nil {
		return nil, err
	}
	if problem != nil {
		return refusedCode(page, problem, n), nil
	}
	holder, err := byEmail(ctx, t, address(t.Account))
	if err != nil {
		return nil, err
	}
	if !holder.ID.IsZero() && holder.ID != t.Account.ID {
		return nil, core.PageNotAllowed // the address belongs to another account
	}
	n.Verify = nil
	return core.Enrolled{Change: proven(t), Keep: core.Keep{
		Notes: n.bytes(), Events: []core.Event{t.Event(core.EventAccountChanged, t.Account.ID, "email_verified")},
	}}, nil
}

func (a *Authenticator) verifyAgain(ctx context.Context, t core.Turn, n notes, page core.Page) (core.Reply, error) {
	if n.Verify.about(t) {
		if wait := n.Verify.Code.soon(t.At); wait > 0 {
			return refusedCode(page, core.ManyTries(wait), n), nil
		}
	}
	wait, err := reserveLetter(ctx, t, address(t.Account))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return refusedCode(page, core.ManyTries(wait), n), nil
	}
	page.Notices = []core.Notice{{Kind: "ok", ID: "code_again"}}
	return core.Show{Page: page, Keep: a.sendVerify(t, n)}, nil
}

// proven is the account with its address proven, findable by it.
func proven(t core.Turn) core.AccountChange {
	account := t.Account
	account.EmailVerified, account.UpdatedAt = account.Email != "", t.At
	change := core.AccountChange{Account: account}
	if i, err := Canonical(account.Email); err == nil {
		change.PutIdentifiers = []core.Identifier{i}
	}
	return change
}
