package provider

import (
	"github.com/keywright/keywright/core"
)

// drawAccounts shows the accounts of this browser. The key of each means
// nothing elsewhere, and only sessions whose cookies are held are listed
// (LGO05).
func (v *visit) drawAccounts() error {
	page := core.Page{Name: core.PageAccounts, Links: map[string]string{"another": string(core.StepSignIn)}}
	for _, s := range v.facts.SignedIn {
		view := accountView(s.Account)
		view.Key, view.SignedOut = s.Session.ID.String(), !s.Live(v.at)
		page.Accounts = append(page.Accounts, *view)
	}
	return v.show(core.StepAccounts, page)
}

// chooseAccount keeps which account was picked. One that is signed out has to
// show itself next, because Next then finds no session of it.
func (v *visit) chooseAccount(form map[string][]string) error {
	key := one(form, "account")
	for _, s := range v.facts.SignedIn {
		if s.Session.ID.String() != key {
			continue
		}
		err := v.write(func(i *core.Interaction) {
			i.Chosen, i.PickedAt, i.Identifier = s.Account.ID, v.at, ""
		})
		return v.settled(err, v.proceed)
	}
	return v.drawAccounts()
}
