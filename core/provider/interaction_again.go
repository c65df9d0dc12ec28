package provider

import (
	"slices"

	"github.com/keywright/keywright/core"
)

// reauthenticates: the account is known and only has to show itself again, so the
// first page has nothing to ask.
func (v *visit) reauthenticates() bool {
	return v.need.Fresh && v.i.Identifier == "" && !v.facts.Account.ID.IsZero() && len(v.firsts()) > 0
}

// lookAtWays finds the way with which an account that is known begins to show itself
// again: the one it came by, if it has that still, else the first one that it has. A
// page for a password that it does not have would be a dead end.
func (v *visit) lookAtWays() error {
	v.begins = nil
	if v.need.Step != core.StepSignIn || !v.reauthenticates() {
		return nil
	}
	ways := v.firsts()
	v.begins = ways[0]
	if len(ways) == 1 {
		return nil
	}
	credentials, err := v.p.Store.Credentials(v.r.Context(), v.facts.Account.ID)
	if err != nil {
		return err
	}
	ways = slices.DeleteFunc(ways, func(a core.Authenticator) bool { return !a.Usable(v.facts.Account, credentials) })
	if len(ways) == 0 {
		return nil
	}
	v.begins = ways[0]
	if v.i.Purpose == core.PurposeAccount { // what would be asked for next does for both
		if at := slices.IndexFunc(ways, func(a core.Authenticator) bool { return slices.Contains(v.p.policy.Seconds, a.Method()) }); at >= 0 {
			v.begins = ways[at]
			return nil
		}
	}
	for _, s := range v.facts.SignedIn {
		if s.Account.ID != v.facts.Account.ID {
			continue
		}
		for _, shown := range slices.Backward(s.Session.Authentications) {
			at := slices.IndexFunc(ways, func(a core.Authenticator) bool {
				return a.Method() == shown.Method && shown.Connection.IsZero() && !shown.Second
			})
			if at >= 0 {
				v.begins = ways[at]
				return nil
			}
		}
	}
	return nil
}
