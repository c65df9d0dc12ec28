package provider

import (
	"errors"
	"slices"

	"github.com/keywright/keywright/core"
)

// reclaim makes of the first proof of an address what it has to be: the account is
// from now on its owner's alone. Whoever made it in advance loses every credential
// that is not put by this very change, every session, every mailed link (they are
// bound to the sign-in epoch) and every grant (RP-12, RP-13, LNK04). It does not
// matter which authenticator saw the proof. Who proves an address while signed in
// has shown a credential of the account before, and keeps what is there.
func (t *turn) reclaim(reply *core.Enrolled) error {
	a := reply.Change.Account
	if reply.New || !a.EmailVerified || t.Purpose != core.TurnSignIn {
		return nil
	}
	was, err := t.p.Store.Account(t.r.Context(), a.ID)
	if errors.Is(err, core.ErrNotFound) || err == nil && was.EmailVerified {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := t.p.Store.Credentials(t.r.Context(), a.ID)
	if err != nil {
		return err
	}
	reply.Change.RemoveCredentials = slices.Clone(reply.Change.RemoveCredentials)
	for _, c := range all {
		put := slices.ContainsFunc(reply.Change.PutCredentials, func(n core.Credential) bool { return n.CredentialKey == c.CredentialKey })
		if !put && !slices.Contains(reply.Change.RemoveCredentials, c.CredentialKey) {
			reply.Change.RemoveCredentials = append(reply.Change.RemoveCredentials, c.CredentialKey)
		}
	}
	reply.EndSessions, reply.EndGrants = true, true
	reply.Events = append(slices.Clone(reply.Events), core.Event{Name: core.EventAccountReclaimed, Account: a.ID})
	return nil
}
