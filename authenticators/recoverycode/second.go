package recoverycode

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

func page(p *core.Problem) core.Page {
	page := core.Page{Name: PageCode}
	if p != nil {
		page.Problems = []core.Problem{*p}
		switch p.ID {
		case "many_tries":
			page.Status = 429
		case "code_empty":
			page.Status = 400
		}
	}
	return page
}

// second takes one of the codes. It is removed before the person is believed.
func second(ctx context.Context, t core.Turn) (core.Reply, error) {
	code, empty, ok := parse(t.Form.Get("code"))
	if empty {
		return core.Refused{Page: page(&core.Problem{Field: "code", ID: "code_empty"})}, nil
	}
	wait, err := reserveTry(ctx, t)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return core.Refused{Page: page(core.ManyTries(wait))}, nil
	}
	var key core.CredentialKey
	if ok {
		key, ok, err = find(ctx, t, code)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return core.Refused{
			Page: page(&core.Problem{Field: "code", ID: "recovery_wrong"}),
			Keep: core.Keep{Events: []core.Event{t.Event(core.EventSignInRefused, t.Account.ID, "recovery_wrong")}},
		}, nil
	}
	left, err := count(ctx, t)
	if err != nil {
		return nil, err
	}
	left = max(left-1, 0)
	return core.Authenticated{
		Account: t.Account.ID, AMR: []string{AMR}, Spend: &key,
		Keep: core.Keep{Letters: told(t, left), Events: []core.Event{t.Event(core.EventAccountChanged, t.Account.ID, "recovery_code_used")}},
	}, nil
}

// find looks a code up under every key that may have been in use when it was made.
func find(ctx context.Context, t core.Turn, code string) (core.CredentialKey, bool, error) {
	for _, key := range handles(t, code) {
		c, err := t.Find.Credential(ctx, key)
		switch {
		case err == nil && c.Account == t.Account.ID:
			return key, true, nil
		case err != nil && !errors.Is(err, core.ErrNotFound):
			return core.CredentialKey{}, false, err
		}
	}
	return core.CredentialKey{}, false, nil
}

// mine lists the codes that an account has left.
func mine(ctx context.Context, t core.Turn) ([]core.CredentialKey, error) {
	all, err := t.Find.Credentials(ctx, t.Account.ID)
	var keys []core.CredentialKey
	for _, c := range all {
		if c.Kind == Method {
			keys = append(keys, c.CredentialKey)
		}
	}
	return keys, err
}

func count(ctx context.Context, t core.Turn) (int, error) {
	keys, err := mine(ctx, t)
	return len(keys), err
}

// told tells the owner of the account, at its address, that a code was used; with
// few left, to make new ones.
func told(t core.Turn, left int) []core.Letter {
	name := "recovery_used"
	if left <= few {
		name = "recovery_few"
	}
	return letter(t, name, left)
}

func letter(t core.Turn, name string, left int) []core.Letter {
	if t.Account.Email == "" || !t.Account.EmailVerified {
		return nil
	}
	return []core.Letter{{Name: name, To: t.Account.Email, Locales: t.Locales, Brand: t.Brand, Thing: Method, Count: left}}
}
