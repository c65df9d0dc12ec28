package emailcode

import (
	"context"
	"errors"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/mailaddress"
)

// beginAddress asks where to send the letter. An account that is known already is
// not asked: it has one address.
func beginAddress(t core.Turn) (core.Reply, error) {
	if !t.Account.ID.IsZero() {
		return core.GoTo{Step: StepCode}, nil
	}
	page := addressPage(t.Identifier)
	if _, err := mailaddress.Canonical(t.Identifier); err != nil && t.Identifier != "" {
		page = addressPage(t.Identifier, &core.Problem{Field: "email", ID: "email_format"})
	}
	return core.Show{Page: page}, nil
}

func addressPage(typed string, problems ...*core.Problem) core.Page {
	return withProblems(core.Page{
		Name: PageAddress, Values: map[string]string{"email": typed},
		Links: map[string]string{"signin": string(core.StepSignIn)},
	}, problems...)
}

func withProblems(page core.Page, problems ...*core.Problem) core.Page {
	for _, p := range problems {
		if p != nil {
			page.Problems = append(page.Problems, *p)
		}
	}
	return page
}

// address reads where to send the letter, and sends it.
func (a *Authenticator) address(ctx context.Context, t core.Turn) (core.Reply, error) {
	if !t.Account.ID.IsZero() {
		return core.GoTo{Step: StepCode}, nil
	}
	typed := t.Form.Get("email")
	problem := &core.Problem{Field: "email", ID: "email_empty"}
	if typed != "" {
		problem = &core.Problem{Field: "email", ID: "email_format"}
	}
	value, err := mailaddress.Canonical(typed)
	if err != nil {
		page := addressPage(typed, problem)
		page.Status = 400
		return core.Refused{Page: page}, nil
	}
	keep, wait, err := a.send(ctx, t, typed, value)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		page := addressPage(typed, core.ManyTries(wait))
		page.Status = 429
		return core.Refused{Page: page}, nil
	}
	keep.Identifier = typed
	return core.GoTo{Step: StepCode, Keep: keep}, nil
}

// meant reads whom a letter is for, without asking the store: the account in
// question, or who was named on the first page.
func meant(t core.Turn) (typed, value string, ok bool) {
	if !t.Account.ID.IsZero() {
		return t.Account.Email, canonical(t.Account), true
	}
	value, err := mailaddress.Canonical(t.Identifier)
	return t.Identifier, value, err == nil
}

// canonical is the address of an account as it is compared; one from elsewhere
// that has no such form stands for itself.
func canonical(account core.Account) string {
	value, err := mailaddress.Canonical(account.Email)
	if err != nil {
		return strings.ToLower(account.Email)
	}
	return value
}

// find looks an account up by what was typed. A deleted one is none, and so is one
// without an address: nothing can be sent to it.
func find(ctx context.Context, t core.Turn, value string) (core.Account, error) {
	if !t.Account.ID.IsZero() {
		return t.Account, nil
	}
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: value})
	if errors.Is(err, core.ErrNotFound) || err == nil && (account.Deleted || account.Email == "") {
		return core.Account{}, nil
	}
	return account, err
}
