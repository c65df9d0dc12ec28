package recoverycode

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/keywright/keywright/core"
)

// notes are a set that is shown and not yet active, sealed by the provider.
type notes struct {
	Account core.ID  `json:"account"`
	Codes   []string `json:"codes"`
}

// pending is the set that this interaction shows, if it has drawn one.
func pending(t core.Turn) (notes, bool, error) {
	var n notes
	if len(t.Notes) == 0 {
		return n, false, nil
	}
	if err := json.Unmarshal(t.Notes, &n); err != nil {
		return n, false, fmt.Errorf("recoverycode: notes: %w", err)
	}
	return n, n.Account == t.Account.ID && len(n.Codes) == setSize, nil
}

// beginNew shows a set. Looking at the page again, before it is active, shows the
// same one; afterwards nothing shows it again.
func beginNew(ctx context.Context, t core.Turn) (core.Reply, error) {
	left, err := count(ctx, t)
	if err != nil {
		return nil, err
	}
	n, drawn, err := pending(t)
	if err != nil {
		return nil, err
	}
	var keep core.Keep
	if !drawn {
		n = notes{Account: t.Account.ID}
		for range setSize {
			n.Codes = append(n.Codes, draw())
		}
		keep.Notes, _ = json.Marshal(n) // never fails: text and an id
	}
	return core.Show{Page: newPage(n, left, nil), Keep: keep}, nil
}

// newPage shows the set, and how many of the one before still work.
func newPage(n notes, left int, p *core.Problem) core.Page {
	page := core.Page{Name: PageNew, Args: map[string]any{"n": left, "replaces": left > 0}}
	for _, c := range n.Codes {
		page.Secrets = append(page.Secrets, shown(c))
	}
	if p != nil {
		page.Status, page.Problems = 400, []core.Problem{*p}
	}
	return page
}

// confirm makes the set active once the person says that it is kept. What was left
// of the one before is void.
func confirm(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, drawn, err := pending(t)
	if err != nil {
		return nil, err
	}
	if !drawn {
		return core.GoTo{Step: StepNew}, nil
	}
	old, err := mine(ctx, t)
	if err != nil {
		return nil, err
	}
	if t.Form.Get("kept") == "" {
		return core.Refused{Page: newPage(n, len(old), &core.Problem{Field: "kept", ID: "recovery_keep"})}, nil
	}
	return core.Enrolled{Change: replaced(t, n, old), Keep: core.Keep{
		Notes: []byte("{}"), Letters: letter(t, "changed", 0),
		Events: []core.Event{t.Event(core.EventAccountChanged, t.Account.ID, "recovery_codes_made")},
	}}, nil
}

// replaced puts the new set in place of the old one. What a turn that is taken
// again finds written already, it leaves.
func replaced(t core.Turn, n notes, old []core.CredentialKey) core.AccountChange {
	account := t.Account
	account.UpdatedAt = t.At
	change := core.AccountChange{Account: account, RemoveCredentials: old}
	for _, code := range n.Codes {
		key := handles(t, code)[0]
		if i := slices.Index(change.RemoveCredentials, key); i >= 0 {
			change.RemoveCredentials = slices.Delete(slices.Clone(change.RemoveCredentials), i, i+1)
			continue
		}
		change.PutCredentials = append(change.PutCredentials, core.Credential{
			CredentialKey: key, Account: account.ID, CredentialTerms: core.CredentialTerms{CreatedAt: t.At},
		})
	}
	return change
}
