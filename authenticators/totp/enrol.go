package totp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// notes are a key that is shown and not yet active, sealed by the provider.
type notes struct {
	Account core.ID `json:"account"`
	Seed    []byte  `json:"seed"`
}

// pending is the key that this interaction shows, if it has drawn one.
func pending(t core.Turn) (notes, bool, error) {
	var n notes
	if len(t.Notes) == 0 {
		return n, false, nil
	}
	if err := json.Unmarshal(t.Notes, &n); err != nil {
		return n, false, fmt.Errorf("totp: notes: %w", err)
	}
	return n, n.Account == t.Account.ID && len(n.Seed) == seedBytes, nil
}

// beginNew shows a key. Looking at the page again shows the same one.
func beginNew(ctx context.Context, t core.Turn) (core.Reply, error) {
	old, err := load(ctx, t)
	if err != nil {
		return nil, err
	}
	n, drawn, err := pending(t)
	if err != nil {
		return nil, err
	}
	var keep core.Keep
	if !drawn {
		n = notes{Account: t.Account.ID, Seed: newSeed()}
		keep.Notes, _ = json.Marshal(n) // never fails: bytes and an id
	}
	return core.Show{Page: newPage(t, n, len(old.Secret) > 0, nil), Keep: keep}, nil
}

func newPage(t core.Turn, n notes, replaces bool, p *core.Problem) core.Page {
	product := t.Brand.Name
	if product == "" {
		product = "Keywright"
	}
	page := core.Page{
		Name: PageNew, Status: statusOf(p), QR: uri(n.Seed, product, t.Account.Email),
		Secrets: []string{grouped(key(n.Seed))}, Args: map[string]any{"replaces": replaces},
	}
	if p != nil {
		page.Problems = []core.Problem{*p}
	}
	return page
}

// grouped puts a blank after every fourth letter; apps leave blanks out.
func grouped(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// confirm makes the key active once a code of it is typed. It takes the place of
// the one before.
func confirm(ctx context.Context, t core.Turn) (core.Reply, error) {
	n, drawn, err := pending(t)
	if err != nil {
		return nil, err
	}
	if !drawn {
		return core.GoTo{Step: StepNew}, nil
	}
	old, err := load(ctx, t)
	if err != nil {
		return nil, err
	}
	again := func(p *core.Problem) (core.Reply, error) {
		return core.Refused{Page: newPage(t, n, len(old.Secret) > 0, p)}, nil
	}
	code, problem := typed(t)
	if problem != nil {
		return again(problem)
	}
	wait, err := t.Wait(ctx, limit(triesKnown, "new", t.Account.ID.String())...)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return again(core.ManyTries(wait))
	}
	step, ok := match(n.Seed, t.At, code)
	if !ok {
		return again(&core.Problem{Field: "code", ID: "totp_wrong"})
	}
	c, err := fresh(t, old, n.Seed, step)
	if err != nil {
		return nil, err
	}
	account := t.Account
	account.UpdatedAt = t.At
	return core.Enrolled{
		Change: core.AccountChange{Account: account, PutCredentials: []core.Credential{c}}, AMR: []string{AMR},
		Keep: core.Keep{
			Notes: []byte("{}"), Letters: told(t),
			Events: []core.Event{t.Event(core.EventAccountChanged, t.Account.ID, "totp_added")},
		},
	}, nil
}

// fresh is a credential with a new seed, in place of the one given. The code that
// confirmed it is used.
func fresh(t core.Turn, old core.Credential, seed []byte, step uint64) (core.Credential, error) {
	made, err := Credential(t.Account.ID, seed, t.At, t.Seal)
	if err != nil {
		return core.Credential{}, err
	}
	made.Row = old.Row
	s := secret{}
	if err := json.Unmarshal(made.Secret, &s); err != nil {
		return core.Credential{}, err
	}
	return used(t, made, s, step), nil
}

// Credential is a generator with a seed that is there already, such as one from
// another system, to be put with core.AccountChange. The app it is in must make
// codes as this package does: SHA-1, six digits, thirty seconds. seal is Turn.Seal.
func Credential(account core.ID, seed []byte, at time.Time, seal func(label string, secret []byte) ([]byte, error)) (core.Credential, error) {
	sealed, err := seal(sealLabel(account), seed)
	if err != nil {
		return core.Credential{}, err
	}
	held, err := json.Marshal(secret{Seed: sealed})
	return core.Credential{
		CredentialKey: keyOf(account), Account: account,
		CredentialTerms: core.CredentialTerms{Secret: held, CreatedAt: at},
	}, err
}

// told tells the owner of the account, at its address.
func told(t core.Turn) []core.Letter {
	if t.Account.Email == "" || !t.Account.EmailVerified {
		return nil
	}
	return []core.Letter{{Name: "changed", To: t.Account.Email, Locales: t.Locales, Brand: t.Brand, Thing: Method}}
}
