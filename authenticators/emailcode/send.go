package emailcode

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/shortcode"
)

// ticketSignIn is the kind of a mailed link to sign in.
const ticketSignIn = "emailcode"

// send counts a letter, then writes it: one lookup, one hash, one ticket and one
// letter whether or not there is an account (ENU02). wait is how long until the
// next one may be asked for; nothing is sent then.
func (a *Authenticator) send(ctx context.Context, t core.Turn, typed, value string) (keep core.Keep, wait time.Duration, err error) {
	n, err := parseNotes(t.Notes)
	if err != nil {
		return core.Keep{}, 0, err
	}
	account, err := find(ctx, t, value)
	if err != nil {
		return core.Keep{}, 0, err
	}
	to := limit(lettersTo, value)
	if !account.ID.IsZero() && slices.Contains(t.KnownFor, account.ID) {
		to = limit(lettersKnown, account.ID.String())
	}
	if wait, err = reserve(ctx, t, to, limit(lettersSender, t.Address)); wait > 0 || err != nil {
		return core.Keep{}, wait, err
	}
	r := recipient{Name: value, Email: typed, Value: value, New: core.NewID(t.At), Key: core.NewID(t.At)}
	if !account.ID.IsZero() {
		// The letter goes to the address that the account has, never to a look-alike.
		r.Account, r.Email, r.Value = account.ID, account.Email, canonical(account)
	}
	return a.write(t, n, r, account), 0, nil
}

// write puts a new letter in place of the one before it.
func (a *Authenticator) write(t core.Turn, n notes, r recipient, account core.Account) core.Keep {
	code := shortcode.Draw(codeDigits)
	sent := &letter{recipient: r, At: t.At, Hash: codeHashes(t, r, code)[0]}
	l := core.Letter{Name: "code", To: r.Email, Locales: t.Locales, Brand: t.Brand, Code: code, Lifetime: a.lifetime}
	keep := core.Keep{Events: []core.Event{t.Event(core.EventCodeSent, r.Account, Method+" "+string(t.Purpose))}}
	if t.Purpose == core.TurnSignIn {
		keep.Ticket = a.ticket(t, r, account)
		l.Name, l.Link = "signin", t.Link(linkPath, keep.Ticket)
		if r.Account.IsZero() && !a.options.SignUp {
			sent.Hash = core.Hash{}
			l.Name, l.Code, l.Link = "signin_none", "", ""
		}
	}
	n[t.Purpose] = sent
	keep.Notes, keep.Letters = n.bytes(), []core.Letter{l}
	return keep
}

// ticket opens one sign-in once.
func (a *Authenticator) ticket(t core.Turn, r recipient, account core.Account) *core.Ticket {
	body, _ := json.Marshal(r) // never fails: strings and ids
	ends := t.At.Add(a.lifetime)
	return &core.Ticket{
		ID: ticketID(t.Interaction), Row: core.Row{KeepUntil: ends}, Account: account.ID,
		TicketTerms: core.TicketTerms{
			Kind: ticketSignIn, Ends: ends, SignInEpoch: account.SignInEpoch, Interaction: t.Interaction, Body: body,
		},
	}
}

// spent is what stands in the place of the link once the code was typed instead:
// one letter signs in once.
func spent(t core.Turn) *core.Ticket {
	return &core.Ticket{
		ID: ticketID(t.Interaction), Row: core.Row{KeepUntil: t.At.Add(longest)}, Spent: true,
		TicketTerms: core.TicketTerms{Kind: ticketSignIn, Ends: t.At, Interaction: t.Interaction, SpentBy: t.Interaction},
	}
}

// ticketID is the same for every letter of one interaction, so that a newer link
// replaces the older, and nobody else's letters touch it (MAG04).
func ticketID(interaction core.ID) (id core.ID) {
	sum := sha256.Sum256([]byte("emailcode link " + interaction.String()))
	copy(id[:], sum[:])
	return id
}
