package provider

import (
	"cmp"
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

var errNotAnswered = errors.New("assertion: a field that people have to fill in who make an account is not known")

// judgeNew asks the operator's hook about an account that an assertion makes, as of
// every other, and wants what people have to say of themselves who make one: the
// hook may know it. What is missing, or to be mended, needs the person.
func (n *assertedPerson) judgeNew(ctx context.Context, change core.AccountChange) (core.AccountChange, error) {
	if hook := n.p.Hooks.SignUp; hook != nil {
		judged, err := hook(ctx, core.SignUpQuestion{Change: change, Method: n.identity.Key.Kind, Client: n.client})
		var mend *core.ProblemError
		var page *core.PageError
		switch {
		case errors.As(err, &mend), errors.As(err, &page):
			return change, badAssertion("no account is made for the person here", err)
		case err != nil:
			return change, err
		case judged.Account.ID != change.Account.ID || judged.Account.Deleted:
			return change, errors.New("provider: Hooks.SignUp gave another account back")
		}
		change = judged
	}
	for _, f := range n.p.SignUpFields {
		if _, known := change.Account.Claims[cmp.Or(f.Claim, f.Name)]; f.Required && !known {
			return change, badAssertion("the person has to sign in here first, to say what is asked of new people", errNotAnswered)
		}
	}
	return change, n.checkStanding(ctx, change.Account)
}
