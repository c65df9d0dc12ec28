package password

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/passwordhash"
)

// person is who a password is claimed for: an account, or only a name.
type person struct {
	account core.Account // zero if there is none
	typed   string       // as the page shows it
	value   string       // canonical
}

func (a *Authenticator) beginSignIn(t core.Turn) (core.Reply, error) {
	if t.Account.ID.IsZero() && t.Identifier == "" {
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	p, problem := claimed(t)
	if problem != nil {
		return core.Show{Page: signInPage(p, 400, problem)}, nil
	}
	return core.Show{Page: signInPage(p, 0, nil)}, nil
}

// signInPage holds what was typed and nothing of what is stored, unless this
// browser has named the account already.
func signInPage(p person, status int, problem *core.Problem) core.Page {
	page := core.Page{
		Name: core.PagePassword, Status: status, Account: &core.AccountView{Email: p.typed},
		Links: map[string]string{"reset": string(StepReset)},
	}
	return withProblems(page, problem)
}

func withProblems(page core.Page, problems ...*core.Problem) core.Page {
	for _, p := range problems {
		if p != nil {
			page.Problems = append(page.Problems, *p)
		}
	}
	return page
}

// claimed reads who is meant, without asking the store. An account that the
// interaction is about already cannot be exchanged by typing another name.
func claimed(t core.Turn) (person, *core.Problem) {
	if !t.Account.ID.IsZero() {
		return person{account: t.Account, typed: t.Account.Email}, nil
	}
	i, err := Canonical(t.Identifier)
	if err != nil {
		return person{typed: t.Identifier}, &core.Problem{Field: "identifier", ID: "email_format"}
	}
	return person{typed: t.Identifier, value: i.Value}, nil
}

// signIn counts, then compares. Known, unknown, deleted, disabled and damaged
// cost one hash and the same calls (threats ENU01, ENU04, PWD15).
func (a *Authenticator) signIn(ctx context.Context, t core.Turn) (core.Reply, error) {
	p, problem := claimed(t)
	given, unusable := typed(t.Form.Get("password"), "password")
	if problem == nil {
		problem = unusable
	}
	if problem != nil {
		return core.Refused{Page: signInPage(p, 400, problem)}, nil
	}
	p, err := find(ctx, t, p)
	if err != nil {
		return nil, err
	}
	wait, err := reserveTry(ctx, t, p)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: signInPage(p, 429, core.ManyTries(wait))}, nil
	}
	c, err := a.compare(ctx, t, p.account.ID, given)
	if err != nil {
		return nil, err
	}
	if !c.right {
		keep := core.Keep{Events: []core.Event{t.Event(core.EventSignInRefused, p.account.ID, "password")}}
		return core.Refused{Page: signInPage(p, 0, &core.Problem{Field: "password", ID: "password_wrong"}), Keep: keep}, nil
	}
	if p.account.Disabled {
		keep := core.Keep{Events: []core.Event{t.Event(core.EventSignInRefused, p.account.ID, "disabled")}}
		return core.Refused{Page: signInPage(p, 403, &core.Problem{ID: "account_off"}), Keep: keep}, nil
	}
	return core.Authenticated{Account: p.account.ID, AMR: []string{amr}, Credential: a.upgraded(ctx, t, c, given)}, nil
}

// find looks the account up by name. A deleted one is none.
func find(ctx context.Context, t core.Turn, p person) (person, error) {
	if !p.account.ID.IsZero() {
		return p, nil
	}
	account, err := byEmail(ctx, t, p.value)
	p.account = account
	return p, err
}

func byEmail(ctx context.Context, t core.Turn, value string) (core.Account, error) {
	account, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: value})
	if errors.Is(err, core.ErrNotFound) || err == nil && account.Deleted {
		return core.Account{}, nil
	}
	return account, err
}

// reserveTry counts an attempt. All names of an account share its counters
// (PWD04); a browser that has signed in to it has counters of its own, so that
// nobody else can use them up (PWD02). The long windows count only what gets past
// the short ones. A new password, which raises the epoch, starts them afresh.
func reserveTry(ctx context.Context, t core.Turn, p person) (time.Duration, error) {
	who := []string{"name", p.value}
	if !p.account.ID.IsZero() {
		who = []string{"account", p.account.ID.String(), strconv.FormatUint(p.account.SignInEpoch, 10)}
	}
	known := !p.account.ID.IsZero() && slices.Contains(t.KnownFor, p.account.ID)
	tries, total := triesAccount, totalAccount
	if known {
		tries, total = triesKnown, totalKnown
	}
	wait, err := reserve(ctx, t, limit(tries, false, who...), limit(triesAddress, known, t.Address))
	if wait > 0 || err != nil {
		return wait, err
	}
	return reserve(ctx, t, limit(total, false, who...), limit(triesAll, known))
}

// comparison is what came of a password and what is stored.
type comparison struct {
	credential     core.Credential // zero if there is none
	right, upgrade bool
}

// compare takes one hash, whoever it is.
func (a *Authenticator) compare(ctx context.Context, t core.Turn, account core.ID, given string) (comparison, error) {
	c, err := credential(ctx, t, account)
	if err != nil {
		return comparison{}, err
	}
	if len(c.Secret) == 0 {
		return comparison{}, a.hasher.Spend(ctx, given)
	}
	right, upgrade, err := a.hasher.Verify(ctx, string(c.Secret), given)
	if errors.Is(err, passwordhash.ErrUnknownHash) {
		a.log.ErrorContext(ctx, "a stored password hash is not understood", "account", account.String())
		err = nil
	}
	return comparison{c, right, upgrade}, err
}

// credential reads an account's password; the zero value if it has none. For no
// account it asks for one that cannot be there.
func credential(ctx context.Context, t core.Turn, account core.ID) (core.Credential, error) {
	c, err := t.Find.Credential(ctx, credentialKey(account))
	if errors.Is(err, core.ErrNotFound) || err == nil && c.Account != account {
		return core.Credential{}, nil
	}
	return c, err
}

func credentialKey(account core.ID) core.CredentialKey {
	return core.CredentialKey{Kind: Method, Handle: account.String()}
}

// upgraded is the credential with a hash as new ones are, if it is not yet
// (PW-07). Its version makes a change of password meanwhile win (PWD13). If the
// machine is busy it waits for the next sign-in.
func (a *Authenticator) upgraded(ctx context.Context, t core.Turn, c comparison, given string) *core.Credential {
	if !c.upgrade {
		return nil
	}
	hash, err := a.hasher.Hash(ctx, given)
	if err != nil {
		return nil
	}
	fresh := c.credential
	fresh.Secret, fresh.UsedAt = []byte(hash), t.At
	return &fresh
}
