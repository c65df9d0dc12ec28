package core

// InQuestion is the account that Next judges: the one chosen in the interaction
// or the only one that is signed in; zero while there is none or a choice is
// open. What is loaded for Next is loaded for this account.
func (f *Facts) InQuestion() ID { return f.account() }

// Shown lists what the account showed in this interaction under the sign-in
// epoch given, oldest first.
func (t *InteractionTerms) Shown(account ID, epoch uint64) []Authentication {
	var out []Authentication
	for _, a := range t.Authentications {
		if a.Account == account && a.SignInEpoch == epoch {
			out = append(out, a)
		}
	}
	return out
}
