package provider

import (
	"errors"

	"github.com/keywright/keywright/core"
)

// enrolled writes a change to an account and believes it afterwards. The link
// that allowed it is used up first, by a write that names this interaction: a
// repeat by the same interaction is the same use.
func (t *turn) enrolled(reply core.Enrolled) error {
	if reply.New && !t.answered {
		return t.signUp(reply)
	}
	if !reply.New {
		if err := t.sameAccount(reply.Change.Account.ID); err != nil {
			return err
		}
	}
	if reply.SpendTicket {
		if err := t.spendTicket(); err != nil {
			return err
		}
	}
	if err := t.reclaim(&reply); err != nil {
		return err
	}
	account, err := t.writeAccount(reply)
	if err != nil {
		return err
	}
	t.stored = true
	a := t.authentication(account.ID, reply.AMR, account.SignInEpoch)
	acted := t.need.Step == core.StepAct
	keep := reply.Keep
	keep.Events, keep.Letters = nil, nil // written with the account
	err = t.keep(keep, func(i *core.Interaction) {
		t.renewShown(i, account)
		if len(reply.AMR) > 0 {
			record(i, a)
		}
		i.Ticket = core.ID{}
		delete(i.Notes, profileMethod)
		if acted {
			i.Outcome, i.Finished = t.acted(i, account), true
		}
	})
	switch {
	case err != nil:
		return err
	case acted:
		return t.again(true)
	}
	return t.proceed()
}

// renewShown carries what was shown in this interaction to the account's new
// sign-in epoch: who changed the password here is the one who stays signed in.
func (t *turn) renewShown(i *core.Interaction, account core.Account) {
	was, known := t.epochs[account.ID]
	shown := append([]core.Authentication{}, i.Authentications...)
	for n := range shown {
		if known && shown[n].Account == account.ID && shown[n].SignInEpoch == was {
			shown[n].SignInEpoch = account.SignInEpoch
		}
	}
	i.Authentications = shown
}

// acted ends an interaction that was for this change alone. The session in
// which the person made it goes on under the new epoch, with a new secret; every
// other one has ended.
func (t *turn) acted(i *core.Interaction, account core.Account) *core.Outcome {
	o := &core.Outcome{At: t.at, Account: account.ID}
	if account.Deleted {
		i.Authentications = nil
		return o // nobody is signed in any more
	}
	s := live(t.facts.SignedIn, account.ID, t.at)
	switch {
	case s != nil:
		o.Session = s.Session.ID
		if s.Session.SignInEpoch == account.SignInEpoch {
			break
		}
		for _, a := range s.Session.Authentications {
			a.SignInEpoch = account.SignInEpoch
			i.Authentications = append(i.Authentications, a)
		}
	case len(i.Authentications) > 0:
		o.Session = core.NewID(t.at)
	}
	return o
}

// writeAccount creates or replaces the account with everything that goes with
// it: identifiers, credentials, epochs, events and letters, as one write.
func (t *turn) writeAccount(reply core.Enrolled) (core.Account, error) {
	change := reply.Change
	change.Account.Change, change.Account.UpdatedAt = core.NewID(t.at), t.at
	if reply.EndSessions {
		change.Account.SignInEpoch++
	}
	if reply.EndGrants {
		change.Account.GrantsEpoch++
	}
	for n := range change.PutCredentials {
		change.PutCredentials[n].Change = change.Account.Change
	}
	events, err := t.events(reply.Keep)
	if err != nil {
		return core.Account{}, err
	}
	version := change.Account.Version + 1
	for n := range events {
		events[n].Account, events[n].Thing, events[n].Version = change.Account.ID, change.Account.ID, version
	}
	if reply.New {
		err = t.p.Store.CreateAccount(t.r.Context(), change, events...)
	} else {
		t.saw(t.before(change.Account.ID))
		err = t.p.Store.UpdateAccount(t.r.Context(), change, events...)
	}
	if err = t.ownAccountWrite(change.Account, err); err != nil {
		return core.Account{}, err
	}
	t.p.wakeFor(events)
	change.Account.Version = version
	return change.Account, nil
}

// before is the account as this request read it.
func (t *turn) before(id core.ID) core.Account {
	if t.facts.Account.ID == id {
		return t.facts.Account
	}
	return core.Account{}
}

// ownAccountWrite finds out after a lost answer whether the write won.
func (t *turn) ownAccountWrite(a core.Account, err error) error {
	if !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	stands, readErr := t.p.Store.Account(t.r.Context(), a.ID)
	if readErr == nil && stands.Change == a.Change {
		return nil
	}
	return err
}

// writeCredential replaces one that a use changed. ErrConflict means that it
// was changed meanwhile: the secret is then checked anew.
func (t *turn) writeCredential(c core.Credential) error {
	c.Change = core.NewID(t.at)
	err := t.p.Store.UpdateCredential(t.r.Context(), c)
	if !errors.Is(err, core.ErrUnavailable) {
		return err
	}
	stands, readErr := t.p.Store.Credential(t.r.Context(), c.CredentialKey)
	if readErr == nil && stands.Change == c.Change {
		return nil
	}
	return err
}

// spendCredential removes a credential that is good for one use, under the
// account's version: of two uses at once, one wins (A28). It has to be there still,
// after the account was read: one that is gone was used by another turn, which this
// one did not see when it looked for it.
func (t *turn) spendCredential(account core.Account, key core.CredentialKey) (core.Account, error) {
	switch c, err := t.p.Store.Credential(t.r.Context(), key); {
	case errors.Is(err, core.ErrNotFound), err == nil && c.Account != account.ID:
		return core.Account{}, core.ErrConflict
	case err != nil:
		return core.Account{}, err
	}
	change := core.AccountChange{Account: account, RemoveCredentials: []core.CredentialKey{key}}
	change.Account.Change = core.NewID(t.at)
	err := t.p.Store.UpdateAccount(t.r.Context(), change)
	if err = t.ownAccountWrite(change.Account, err); err != nil {
		return core.Account{}, err
	}
	t.stored = true
	change.Account.Version++
	return change.Account, nil
}
