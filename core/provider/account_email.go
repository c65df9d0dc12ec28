package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/mailaddress"
)

// undoFor is how long the owner of an address that was replaced can take the account
// back.
const undoFor = 7 * 24 * time.Hour

// emailNotes are a change of address that waits for its proofs. It lives in the
// interaction alone, and so dies with it, with the sign-in epoch, and with a newer
// one (RP-13).
type emailNotes struct {
	// From is the address that the account had, and whether it was proven: another
	// change, or another proof, meanwhile voids this one.
	From     string `json:"from"`
	Verified bool   `json:"verified"`
	Email    string `json:"email"` // as typed
	Value    string `json:"value"` // canonical
	// New is the code sent to the new address, Old the one to the old, where that
	// has to agree.
	New mailedCode  `json:"new"`
	Old *mailedCode `json:"old,omitempty"`
}

func (p *Provider) emailNotes(t core.Turn) (*emailNotes, error) {
	if len(t.Notes) == 0 {
		return nil, nil
	}
	var n *emailNotes
	if err := json.Unmarshal(t.Notes, &n); err != nil {
		return nil, fmt.Errorf("provider: notes of a change of address: %w", err)
	}
	if n != nil && (n.From != t.Account.Email || n.Verified != t.Account.EmailVerified) {
		return nil, nil
	}
	return n, nil
}

func (n *emailNotes) bytes() []byte {
	b, _ := json.Marshal(n) // never fails: texts, numbers and hashes
	return b
}

// emailPage asks for the new address, then for the codes that were sent.
func (p *Provider) emailPage(t core.Turn, n *emailNotes, status int, problems ...*core.Problem) core.Page {
	page := core.Page{
		Name: core.PageEmailChange, Status: status, Links: map[string]string{"account": accountLink},
		Args: map[string]any{"now": t.Account.Email, "duration": p.Lifetimes.MailCode},
	}
	if n != nil {
		page.Args["email"], page.Args["sent"], page.Args["both"] = n.Email, true, n.Old != nil
	} else {
		page.Values = map[string]string{"email": t.Form.Get("email")}
	}
	for _, one := range problems {
		page.Problems = append(page.Problems, *one)
	}
	return page
}

func (p *Provider) beginEmail(_ context.Context, t core.Turn) (core.Reply, error) {
	n, err := p.emailNotes(t)
	if err != nil {
		return nil, err
	}
	return core.Show{Page: p.emailPage(t, n, 0)}, nil
}

// changeEmail sends codes, then believes them. Until then the old address stays the
// one that signs in (ACC01).
func (p *Provider) changeEmail(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, err := p.emailNotes(t)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Form.Get("another") != "":
		return core.Show{Page: p.emailPage(t, nil, 0), Keep: core.Keep{Notes: (*emailNotes)(nil).bytes()}}, nil
	case n != nil && t.Form.Get("again") != "":
		return p.sendEmailCodes(ctx, t, n.Email, n.Value, "code_again")
	case n != nil && !t.Form.Has("email"):
		if leaves, err := p.leavesOrganization(ctx, t.Account, n.Value); leaves || err != nil {
			return p.refuseLeaving(t), err
		}
		return p.proveEmail(ctx, t, n)
	}
	typed := t.Form.Get("email")
	value, problem := addressOf(typed)
	if problem == nil && value == canonicalEmail(t.Account) && t.Account.EmailVerified {
		problem = &core.Problem{Field: "email", ID: "email_same"}
	}
	if problem != nil {
		return core.Refused{Page: p.emailPage(t, nil, 400, problem)}, nil
	}
	if leaves, err := p.leavesOrganization(ctx, t.Account, value); leaves || err != nil {
		return p.refuseLeaving(t), err
	}
	return p.sendEmailCodes(ctx, t, typed, value, "")
}

// leavesOrganization says whether the new address would take the account out of an
// organization that wants its people to sign in by its own connections: that would be
// a way past them, and a way to stay when the organization has let somebody go
// (RP-15).
func (p *Provider) leavesOrganization(ctx context.Context, a core.Account, value string) (bool, error) {
	was, err := p.enforcement(ctx, a)
	if err != nil || was == nil {
		return false, err
	}
	then, err := p.enforcement(ctx, core.Account{Profile: core.Profile{Email: value}})
	return err == nil && (then == nil || then.Organization != was.Organization), err
}

func (p *Provider) refuseLeaving(t core.Turn) core.Reply {
	return core.Refused{Page: p.emailPage(t, nil, 403, &core.Problem{Field: "email", ID: "email_company"})}
}

func addressOf(typed string) (value string, problem *core.Problem) {
	if typed == "" {
		return "", &core.Problem{Field: "email", ID: "email_empty"}
	}
	value, err := mailaddress.Canonical(typed)
	if err != nil {
		return "", &core.Problem{Field: "email", ID: "email_format"}
	}
	return value, nil
}

// canonicalEmail is the account's address in the form that is compared.
func canonicalEmail(a core.Account) string {
	value, err := mailaddress.Canonical(a.Email)
	if err != nil {
		return a.Email
	}
	return value
}

// sendEmailCodes looks the new address up whether or not it is taken: the owner of
// a taken one hears of it, and the page says the same (ENU05).
func (p *Provider) sendEmailCodes(ctx context.Context, t core.Turn, typed, value, notice string) (core.Reply, error) {
	wait, err := reserveTurn(ctx, t,
		core.NamedLimit{Parts: []string{"email change to", value}, Max: 5, Window: time.Hour},
		core.NamedLimit{Parts: []string{"email change of", t.Account.ID.String()}, Max: 10, Window: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: p.emailPage(t, nil, 429, tooMany(wait))}, nil
	}
	holder, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: value})
	taken := err == nil && !holder.Deleted && holder.ID != t.Account.ID
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return nil, err
	}
	n := &emailNotes{From: t.Account.Email, Verified: t.Account.EmailVerified, Email: typed, Value: value}
	code := ""
	code, n.New = sendCode(t, "new "+value)
	letters := []core.Letter{p.codeLetter(t, typed, code)}
	if taken {
		letters[0], n.New.Hash = core.Letter{Name: "have_account", To: holder.Email, Locales: t.Locales, Brand: t.Brand}, core.Hash{}
	}
	if p.ConfirmOldEmail && t.Account.EmailVerified {
		var old mailedCode
		code, old = sendCode(t, "old "+t.Account.Email)
		n.Old, letters = &old, append(letters, p.codeLetter(t, t.Account.Email, code))
	}
	page := p.emailPage(t, n, 0)
	if notice != "" {
		page.Notices = []core.Notice{{Kind: "ok", ID: notice}}
	}
	return core.Show{Page: page, Keep: core.Keep{
		Notes: n.bytes(), Letters: letters, Events: []core.Event{happenedTo(t, core.EventCodeSent, "email_change")},
	}}, nil
}

// proveEmail compares what was typed with what was mailed.
func (p *Provider) proveEmail(ctx context.Context, t core.Turn, n *emailNotes) (core.Reply, error) {
	var problems []*core.Problem
	problem, err := p.tryMailed(ctx, t, "code", &n.New, "new "+n.Value)
	if err != nil {
		return nil, err
	}
	if problem != nil {
		problems = append(problems, problem)
	}
	if n.Old != nil {
		if problem, err = p.tryMailed(ctx, t, "code_old", n.Old, "old "+n.From); err != nil {
			return nil, err
		}
		if problem != nil {
			problems = append(problems, problem)
		}
	}
	if len(problems) > 0 {
		return core.Refused{Page: p.emailPage(t, n, 0, problems...), Keep: core.Keep{Notes: n.bytes()}}, nil
	}
	reply, err := p.emailProven(ctx, t, n)
	return reply, err
}

// emailProven is the account with its new address. The old one is told, and can
// undo the change where it did not agree to it.
func (p *Provider) emailProven(ctx context.Context, t core.Turn, n *emailNotes) (core.Reply, error) {
	name := core.Identifier{Kind: core.IdentifierEmail, Value: n.Value}
	holder, err := t.Find.ByIdentifier(ctx, name)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return nil, err
	}
	if err == nil && holder.ID != t.Account.ID {
		n.New.Hash = core.Hash{} // somebody else has proven it meanwhile
		old := &core.Problem{Field: "code", ID: "code_old"}
		return core.Refused{Page: p.emailPage(t, n, 0, old), Keep: core.Keep{Notes: n.bytes()}}, nil
	}
	a := t.Account
	keep := core.Keep{Notes: (*emailNotes)(nil).bytes(), Events: []core.Event{happenedTo(t, core.EventEmailChanged, "")}}
	for _, l := range toldOf(t, "changed", "email") { // to the new address
		l.To = n.Email
		keep.Letters = append(keep.Letters, l)
	}
	if a.Email != "" {
		l := core.Letter{Name: "email_changed", To: a.Email, Locales: t.Locales, Brand: t.Brand}
		a.FormerEmails = slices.DeleteFunc(slices.Clone(a.FormerEmails), func(f core.FormerEmail) bool { return !t.At.Before(f.Until.Add(undoFor)) })
		if a.EmailVerified && n.Old == nil {
			c := handle.Content{ID: a.ID, Number: uint64(t.At.Add(undoFor).Unix()), Random: handle.NewRandom()}
			a.FormerEmails = append(a.FormerEmails, core.FormerEmail{Email: a.Email, Until: t.At, Secret: c.Digest()})
			l.Link, l.Lifetime = p.url("/account/undo/"+p.Keys.Ring().Mint(handle.Ticket, c)), undoFor
		}
		keep.Letters = append(keep.Letters, l)
	}
	change := core.AccountChange{PutIdentifiers: []core.Identifier{name}}
	if old := canonicalEmail(a); old != "" && old != n.Value {
		change.RemoveIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: old}}
	}
	a.Email, a.EmailVerified = n.Email, true
	change.Account = a
	return core.Enrolled{Change: change, Keep: keep}, nil
}
