package password

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"

	"github.com/keywright/keywright/core"
)

// ticketReset is the kind of a mailed link to choose a new password.
const ticketReset = "reset"

// resetBody is what a link was mailed for. It is void once either is another: a
// link outlives neither a change of address nor of password (PW-11).
type resetBody struct {
	Name     string `json:"name"`               // what the account was found by, canonical
	Email    string `json:"email,omitempty"`    // where it was mailed, canonical
	Password []byte `json:"password,omitempty"` // fingerprint of the stored hash
}

func resetPage(email string, problems ...*core.Problem) core.Page {
	return withProblems(core.Page{
		Name: core.PageReset, Values: map[string]string{"email": email},
		Links: map[string]string{"signin": string(core.StepSignIn)},
	}, problems...)
}

func (a *Authenticator) resetSentPage(email string) core.Page {
	return core.Page{
		Name: core.PageResetSent, Args: map[string]any{"email": email, "duration": a.lifetimes.ResetLink},
		Links: map[string]string{"again": string(StepReset), "signin": string(core.StepSignIn)},
	}
}

// reset answers every address alike; whether there is an account is told by mail
// (ENU02). Too many links to one address are not sent and not mentioned: the
// last one still works.
func (a *Authenticator) reset(ctx context.Context, t core.Turn) (core.Reply, error) {
	typed := t.Form.Get("email")
	value, problem := formEmail(typed)
	if problem != nil {
		page := resetPage(typed, problem)
		page.Status = 400
		return core.Refused{Page: page}, nil
	}
	wait, err := reserve(ctx, t, limit(lettersSender, false, t.Address))
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		page := resetPage(typed, core.ManyTries(wait))
		page.Status = 429
		return core.Refused{Page: page}, nil
	}
	sent := core.Show{Page: a.resetSentPage(typed)}
	if wait, err = reserve(ctx, t, limit(resetsTo, false, value)); err != nil || wait > 0 {
		return sent, err
	}
	sent.Keep, err = a.sendReset(ctx, t, typed, value)
	return sent, err
}

// sendReset writes one ticket and one letter in either case. The link goes to the
// address that the account has, never to a look-alike that was typed.
func (a *Authenticator) sendReset(ctx context.Context, t core.Turn, typed, value string) (core.Keep, error) {
	account, err := byEmail(ctx, t, value)
	if err != nil {
		return core.Keep{}, err
	}
	c, err := credential(ctx, t, account.ID)
	if err != nil {
		return core.Keep{}, err
	}
	ticket := a.resetTicket(t, account, c, value)
	link := t.Link(linkPath, ticket)
	l := letter(t, "reset_none", typed)
	if !account.ID.IsZero() {
		l = letter(t, "reset", cmp.Or(account.Email, typed))
		l.Link, l.Lifetime = link, a.lifetimes.ResetLink
	}
	return core.Keep{
		Letters: []core.Letter{l}, Ticket: ticket,
		Events: []core.Event{t.Event(core.EventResetRequested, account.ID, "")},
	}, nil
}

// resetTicket opens one account once. For no account it is one whose link nobody
// has, so that the same is written.
func (a *Authenticator) resetTicket(t core.Turn, account core.Account, c core.Credential, value string) *core.Ticket {
	body, _ := json.Marshal(resetBody{Name: value, Email: address(account), Password: fingerprint(c)}) // never fails: strings and bytes
	ends := t.At.Add(a.lifetimes.ResetLink)
	return &core.Ticket{
		ID: resetID(t, account.ID, value), Row: core.Row{KeepUntil: ends}, Account: account.ID,
		TicketTerms: core.TicketTerms{
			Kind: ticketReset, Ends: ends, SignInEpoch: account.SignInEpoch, Interaction: t.Interaction, Body: body,
		},
	}
}

// resetID is the same for every request about one account, so that a newer link
// replaces the older (PWD16). It needs no key: the handle has one. A name that
// opens nothing is keyed, so that the row does not tell it.
func resetID(t core.Turn, account core.ID, value string) (id core.ID) {
	sum := core.Hash(sha256.Sum256(fmt.Append(nil, "password reset ", account)))
	if account.IsZero() {
		sum = t.Hash("password-reset", value)[0]
	}
	copy(id[:], sum[:])
	return id
}

// fingerprint of a stored hash, which holds a random salt: it tells nothing.
func fingerprint(c core.Credential) []byte {
	if len(c.Secret) == 0 {
		return nil
	}
	sum := sha256.Sum256(c.Secret)
	return sum[:]
}

// redeemable gives the turn with the account that the link is for, and its
// password as stored, if the link is good: of our kind, for the account as it
// stands, in time, and not used by anybody else. Who else is signed in at this
// browser does not matter.
func redeemable(ctx context.Context, t core.Turn) (core.Turn, core.Credential, error) {
	k, body := t.Ticket, resetBody{}
	if k == nil || k.Kind != ticketReset || k.Account.IsZero() || !t.At.Before(k.Ends) || k.Spent && k.SpentBy != t.Interaction {
		return t, core.Credential{}, core.PageLinkUsed
	}
	if err := json.Unmarshal(k.Body, &body); err != nil {
		return t, core.Credential{}, core.PageLinkUsed.Because(err)
	}
	if t.Account.ID != k.Account {
		var err error
		if t.Account, err = byEmail(ctx, t, body.Name); err != nil {
			return t, core.Credential{}, err
		}
	}
	c, err := credential(ctx, t, t.Account.ID)
	if err != nil {
		return t, core.Credential{}, err
	}
	if t.Account.ID != k.Account || t.Account.Deleted || t.Account.SignInEpoch != k.SignInEpoch ||
		address(t.Account) != body.Email || subtle.ConstantTimeCompare(body.Password, fingerprint(c)) != 1 {
		return t, core.Credential{}, core.PageLinkUsed
	}
	return t, c, nil
}
