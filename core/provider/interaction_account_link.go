package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// actionUnsolicited marks an interaction that another identity provider began:
// what it brought may be somebody else's, so it is never offered to be linked.
const actionUnsolicited = "unsolicited"

// byLink signs in by a link that is stored, and keeps what the sign-in changed of
// it.
func (t *turn) byLink(reply core.Identified, c core.Credential, account core.Account) error {
	if account.Disabled || account.Deleted {
		return core.PageNotAllowed.Because(t.from(errors.New("the account is switched off")))
	}
	c.UsedAt, c.Secret, c.Connection = t.at, reply.Identity.Secret, t.connectionID()
	if label := identityLabel(&reply.Identity); label != "" {
		c.Label = label
	}
	return t.authenticated(core.Authenticated{Account: account.ID, AMR: reply.Identity.AMR, Credential: &c, Keep: reply.Keep})
}

// linkAndSignIn puts the link to an account that is there, and signs in to it.
func (t *turn) linkAndSignIn(reply core.Identified, id core.ID) error {
	account, err := t.p.Store.Account(t.r.Context(), id)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	if err != nil || account.Disabled || account.Deleted {
		return core.PageNotAllowed.Because(t.from(errors.New("the account to link to is switched off")))
	}
	t.saw(account)
	change, err := t.newcomer().linkChange(t.r.Context(), account, reply.Identity)
	if err != nil {
		return err
	}
	return t.enrolled(core.Enrolled{Change: change, AMR: reply.Identity.AMR, Keep: t.withLinkTold(reply.Keep, account)})
}

// linkToSignedIn links to the account of whoever manages it here, freshly signed
// in (RP-10). An identity that another account has stays there (RP-11).
func (t *turn) linkToSignedIn(reply core.Identified) error {
	if t.Purpose != core.TurnEnrol || !t.sameLinker() {
		return core.PageOld.Because(t.from(errors.New("it was begun for another account or another session")))
	}
	if !reply.Identity.Stable {
		return t.refuseIdentity(reply, "the subject is another next time, so nothing can be linked to it")
	}
	if err := t.freeFor(reply.Identity.Key, t.Account.ID); err != nil {
		return err
	}
	change, err := t.newcomer().linkChange(t.r.Context(), t.Account, reply.Identity)
	if err != nil {
		return err
	}
	return t.enrolled(core.Enrolled{Change: change, Keep: t.withLinkTold(reply.Keep, t.Account)})
}

// freeFor says PageIdentityTaken where the key is another account's.
func (v *visit) freeFor(key core.CredentialKey, account core.ID) error {
	c, err := v.p.Store.Credential(v.r.Context(), key)
	switch {
	case errors.Is(err, core.ErrNotFound), err == nil && c.Account == account:
		return nil
	case err != nil:
		return err
	}
	return core.PageIdentityTaken.Because(v.from(errors.New("the identity is linked to another account")))
}

// connectionID is the connection that this turn goes by; zero for none.
func (t *turn) connectionID() core.ID {
	if t.Connection == nil {
		return core.ID{}
	}
	return t.Connection.ID
}

// withLinkTold adds the event, and the letter to the account's own address.
func (t *turn) withLinkTold(k core.Keep, account core.Account) core.Keep {
	k.Events = append(slices.Clone(k.Events), core.Event{Name: core.EventIdentityLinked, EventTerms: core.EventTerms{
		More: map[string]string{"method": t.authenticator.Method(), "issuer": t.identity.Issuer},
	}})
	if account.Email != "" {
		k.Letters = append(slices.Clone(k.Letters), core.Letter{
			Name: "changed", To: account.Email, Locales: t.i.Locales, Thing: "identity",
		})
	}
	return k
}
