package core

import "slices"

// StepConnection is where a person chooses one of the connections of their
// organization, or hears that no other way counts.
const StepConnection Step = "connection"

// Enforcement is the rule of an organization that its people sign in by its own
// connections and by nothing else (RP-15).
type Enforcement struct {
	Organization ID
	// Connections that count: those that are switched on.
	Connections []ID
}

// needConnection asks for a sign-in by a connection of the organization that the
// account's address belongs to, where that requires it. A password, a passkey, a
// mailed code, a reset: none of them counts, however recent. What had to happen
// here, or lately, must have happened by the connection.
func needConnection(f Facts) Need {
	account := f.account()
	if f.Enforced == nil || account.IsZero() {
		return Need{}
	}
	if slices.ContainsFunc(f.here(account), f.Enforced.by) {
		return Need{}
	}
	anew := f.Request.Asks(PromptLogin) || f.Request.Asks(PromptCreate)
	for s := range f.live() {
		if s.Account.ID != account || anew {
			continue
		}
		for _, a := range s.Session.Authentications {
			old := f.Request.MaxAge != nil && f.At.Sub(a.At) > *f.Request.MaxAge ||
				!f.fresh(&a)
			if f.Enforced.by(a) && !old {
				return Need{}
			}
		}
	}
	n := Need{Step: StepConnection, Account: account, Fresh: true}
	if f.Request.Asks(PromptNone) {
		n.Error = LoginRequired
	}
	return n
}

// by says whether the sign-in went by a connection that counts.
func (e *Enforcement) by(a Authentication) bool {
	return !a.Connection.IsZero() && slices.Contains(e.Connections, a.Connection)
}
