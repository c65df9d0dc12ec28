package provider

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/keywright/keywright/core"
)

// apply does what the authenticator decided: first it writes, then it shows.
func (t *turn) apply(reply core.Reply) error {
	switch reply := reply.(type) {
	case core.Show:
		return t.kept(reply.Keep, func() error { return t.showPage(reply.Page) })
	case core.Refused:
		if reply.Page.Status == 0 {
			reply.Page.Status = http.StatusUnprocessableEntity
		}
		return t.kept(reply.Keep, func() error { return t.showPage(reply.Page) })
	case core.GoTo:
		return t.kept(reply.Keep, func() error { return t.goTo(reply.Step) })
	case core.Redirect:
		return t.leave(reply.Keep, func() error { return t.away(reply.URL) })
	case core.AutoPostTo:
		return t.leave(reply.Keep, func() error {
			return t.show(t.Step, core.Page{Name: core.PageAutoPost, Post: &reply.Post})
		})
	case core.Authenticated:
		return t.authenticated(reply)
	case core.Identified:
		return t.identified(reply)
	case core.Enrolled:
		return t.enrolled(reply)
	case acted:
		return t.doneActing(reply)
	case signedUp:
		return t.completeSignUp(reply)
	}
	return fmt.Errorf("provider: authenticator %s gave no reply", t.authenticator.Method())
}

// showPage draws an authenticator's page, with whom it is about.
func (t *turn) showPage(page core.Page) error {
	if page.Account == nil {
		page.Account = accountView(t.Account)
	}
	email := t.i.Identifier
	if page.Account == nil && email != "" {
		page.Account = &core.AccountView{Email: email}
	}
	if page.Ways == nil && t.Purpose == core.TurnSignIn && t.Step == t.authenticator.Starts()[core.TurnSignIn] {
		page.Ways = t.instead()
	}
	t.besideSecond(&page)
	return t.visit.show(t.Step, page)
}

// instead lists the other ways to sign in, by the address of the page where each
// begins: who has typed a name is not asked for it again, and who only has to show
// themselves again may not have the first way.
func (t *turn) instead() []core.Way {
	var ways []core.Way
	for _, a := range t.firsts() {
		if a.Method() != t.authenticator.Method() {
			ways = append(ways, core.Way{Method: a.Method(), Label: "way." + a.Method(), URL: t.p.stepPath(t.handle, a.Starts()[core.TurnSignIn])})
		}
	}
	return ways
}

// kept writes what a reply leaves behind, then goes on. A GET that leaves
// nothing writes nothing.
func (t *turn) kept(k core.Keep, then func() error) error {
	if t.Form == nil && k.Notes == nil && k.Identifier == "" && len(k.Letters) == 0 && k.Ticket == nil && len(k.Events) == 0 {
		return then()
	}
	if err := t.keep(k, nil); err != nil {
		return err
	}
	return then()
}

// keep writes notes, ticket, letters and events, and a change to the
// interaction with them. It returns ErrConflict where another request has
// changed the notes since this turn was given them: written over those, these
// would bring a code back that a newer one has replaced.
func (t *turn) keep(k core.Keep, change func(*core.Interaction)) error {
	if k.Ticket != nil {
		if err := t.writeTicket(*k.Ticket); err != nil {
			return err
		}
	}
	var sealed []byte
	if k.Notes != nil {
		var err error
		if sealed, err = t.p.Keys.Seal(noteLabel, k.Notes); err != nil {
			return err
		}
	}
	events, err := t.events(k)
	if err != nil {
		return err
	}
	return t.writeIf(func(i *core.Interaction) error {
		if err := t.note(i, sealed); err != nil {
			return err
		}
		if k.Identifier != "" {
			i.Identifier = k.Identifier
		}
		if change != nil {
			change(i)
		}
		return nil
	}, events...)
}

// note puts the authenticator's notes, if there are new ones, in place of those
// that this turn was given. Once an account is written the turn cannot be taken
// again: then notes that moved meanwhile are dropped, which revives nothing.
func (t *turn) note(i *core.Interaction, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	method := t.authenticator.Method()
	stands := i.Notes[method]
	switch {
	case bytes.Equal(stands, t.sealedNotes), bytes.Equal(stands, sealed):
		if i.Notes == nil {
			i.Notes = map[string][]byte{}
		}
		i.Notes[method] = sealed
	case t.stored:
		delete(i.Notes, method)
	default:
		return core.ErrConflict
	}
	return nil
}

// authenticated believes who the authenticator says it is, once the credential
// that the use changed is written, under the epoch read before the secret was
// checked.
func (t *turn) authenticated(reply core.Authenticated) error {
	account, err := t.p.Store.Account(t.r.Context(), reply.Account)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	t.saw(account)
	if err := t.sameAccount(reply.Account); err != nil {
		return err
	}
	if err != nil || account.Disabled || account.Deleted {
		return core.PageNotAllowed.Because(errors.New("the account is switched off"))
	}
	if reply.SpendTicket {
		if err := t.spendTicket(); err != nil {
			return err
		}
	}
	if reply.Credential != nil {
		if err := t.writeCredential(*reply.Credential); err != nil {
			return err
		}
	}
	if reply.Spend != nil {
		if account, err = t.spendCredential(account, *reply.Spend); err != nil {
			return err
		}
	}
	a := t.authentication(account.ID, reply.AMR, t.epochs[account.ID])
	if reply.Credential != nil {
		a.Key = reply.Credential.CredentialKey
	}
	if err := t.keep(reply.Keep, func(i *core.Interaction) { record(i, a) }); err != nil {
		return err
	}
	t.forgive()
	if t.Purpose == core.TurnSecond && t.Form.Get(fieldRemember) != "" && t.p.policy.Remembers() {
		if err := t.remember(account.ID, a.SignInEpoch); err != nil {
			return err
		}
	}
	return t.proceed()
}

// sameAccount refuses what belongs to another account than the turn was for: a
// second factor of one person adds nothing to the first of another.
func (t *turn) sameAccount(account core.ID) error {
	if t.Purpose != core.TurnSignIn && account != t.Account.ID {
		return core.PageNotAllowed.Because(errors.New("shown for another account"))
	}
	return nil
}

// authentication is what has happened in this turn.
func (t *turn) authentication(account core.ID, amr []string, epoch uint64) core.Authentication {
	if a := t.shownBefore; a != nil && a.Account == account {
		again := *a
		again.SignInEpoch = epoch
		return again
	}
	a := core.Authentication{Account: account, Method: t.authenticator.Method(), AMR: amr, At: t.at, SignInEpoch: epoch}
	a.Second = t.Purpose == core.TurnSecond || t.Purpose == core.TurnEnrol
	if t.Connection != nil {
		a.Connection, a.ConnectionEpoch = t.Connection.ID, t.Connection.Epoch
	}
	if id := t.identity; id != nil {
		a.Key, a.SessionIndex, a.Ends = id.Key, id.SessionIndex, id.SessionEnds
		if !id.AuthTime.IsZero() && id.AuthTime.Before(t.at) && !t.demandsAnew() {
			a.Since = id.AuthTime
		}
	}
	return a
}

// demandsAnew says whether another identity provider was asked to have the person
// sign in again. That it did is for the authenticator to see.
func (t *turn) demandsAnew() bool {
	return !t.Account.ID.IsZero() || t.Request != nil && t.Request.Asks(core.PromptLogin)
}

// maxAuthentications bounds what an interaction and a session remember.
const maxAuthentications = 8

// record appends what happened and makes its account the one in question.
func record(i *core.Interaction, a core.Authentication) {
	i.Authentications = latest(append(append([]core.Authentication{}, i.Authentications...), a))
	i.Chosen, i.Ticket = a.Account, core.ID{}
}

// latest cuts what was shown to what is remembered: of one account and method an
// older event goes before the only one of another, so that repeating a second
// factor never drops the first.
func latest(all []core.Authentication) []core.Authentication {
	for len(all) > maxAuthentications {
		gone := 0
		for n, a := range all {
			if slices.ContainsFunc(all[n+1:], func(b core.Authentication) bool {
				return a.Account == b.Account && a.Method == b.Method && a.Second == b.Second
			}) {
				gone = n
				break
			}
		}
		all = slices.Delete(all, gone, gone+1)
	}
	return all
}

// forgive takes back the attempts of a success: it was no guess. Failing to is
// no reason to refuse the person.
func (t *turn) forgive() {
	if len(t.reserved) == 0 {
		return
	}
	if err := t.p.Store.Forgive(t.r.Context(), t.at, t.reserved); err != nil {
		t.p.log.WarnContext(t.r.Context(), "attempts were not taken back", "error", err)
	}
}
