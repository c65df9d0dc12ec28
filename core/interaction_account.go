package core

// InQuestion is the account that Next judges: the one chosen in the interaction
// or the only one that is signed in; zero while there is none or a choice is
// open. What is loaded for Next is loaded for this account.
func (f *Facts) InQuestion() ID { return f.account() }
