package provider_test

import (
	"context"
	"slices"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// factor is an authenticator for tests: whoever has set it up shows it by
// answering "right". It may come first as well, and spend itself.
type factor struct {
	method string
	first  bool
	spends bool
	amr    []string // with MultiFactor, "mfa" is added
}

// The three kinds that matter.
var (
	generator = factor{method: "totp", amr: []string{"otp"}}
	codes     = factor{method: core.MethodRecoveryCode, spends: true, amr: []string{"otp"}}
	key       = factor{method: core.MethodPasskey, first: true, amr: []string{"hwk", "user"}}
)

// page is the name of the page of a factor.
func (f factor) page() string { return "page-" + f.method }

func (f factor) Method() string { return f.method }

func (factor) Label() string                                            { return "" }
func (f factor) Start(core.Tools) error                                 { return nil }
func (f factor) Endpoints() []core.Endpoint                             { return nil }
func (factor) Revoke(context.Context, core.Turn, core.Credential) error { return nil }
func (f factor) Steps() []core.Step                                     { return []core.Step{f.show(), f.new()} }
func (f factor) show() core.Step                                        { return core.Step(f.method) }
func (f factor) new() core.Step                                         { return core.Step(f.method + "-new") }
func (f factor) key(account core.ID) core.CredentialKey {
	return core.CredentialKey{Kind: f.method, Handle: account.String()}
}
func (f factor) Usable(_ core.Account, of []core.Credential) bool {
	return slices.ContainsFunc(of, func(c core.Credential) bool { return c.Kind == f.method })
}

func (f factor) Starts() map[core.TurnPurpose]core.Step {
	starts := map[core.TurnPurpose]core.Step{core.TurnSecond: f.show(), core.TurnEnrol: f.new()}
	if f.first {
		starts[core.TurnSignIn] = f.show()
	}
	return starts
}

func (f factor) Begin(_ context.Context, t core.Turn) (core.Reply, error) {
	return core.Show{Page: core.Page{Name: "page-" + string(t.Step)}}, nil
}

func (f factor) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if t.Form.Get("answer") != "right" {
		return core.Refused{Page: core.Page{Name: f.page(), Problems: []core.Problem{{ID: "code_wrong"}}}}, nil
	}
	account := t.Account
	if t.Step == f.new() {
		c := core.Credential{CredentialKey: f.key(account.ID), Account: account.ID}
		return core.Enrolled{AMR: f.amr, Change: core.AccountChange{Account: account, PutCredentials: []core.Credential{c}}}, nil
	}
	if other := t.Form.Get("of"); other != "" || account.ID.IsZero() {
		found, err := t.Find.ByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: t.Identifier + other})
		if err != nil {
			return nil, err
		}
		account = found
	}
	reply := core.Authenticated{Account: account.ID, AMR: slices.Clone(f.amr)}
	if t.MultiFactor {
		reply.AMR = append(reply.AMR, "mfa")
	}
	if f.spends {
		k := f.key(account.ID)
		reply.Spend = &k
	}
	return reply, nil
}

// newSecondWorld is a world in which second factors exist, under a policy.
func newSecondWorld(t *testing.T, p core.Policy, change ...func(*provider.Config)) *world {
	t.Helper()
	return newWorld(t, append([]func(*provider.Config){func(c *provider.Config) {
		c.Policy = p
		c.Authenticators = append(c.Authenticators, generator, codes, key)
	}}, change...)...)
}

// has sets factors up for whoever has the address.
func (w *world) has(email string, factors ...factor) core.Account {
	w.t.Helper()
	ctx := context.Background()
	a, err := w.store.AccountByIdentifier(ctx, core.Identifier{Kind: core.IdentifierEmail, Value: email})
	w.must(err)
	change := core.AccountChange{Account: a}
	change.Account.Change = core.NewID(w.now())
	for _, f := range factors {
		change.PutCredentials = append(change.PutCredentials, core.Credential{
			CredentialKey: f.key(a.ID), Account: a.ID, Row: core.Row{Change: change.Account.Change},
		})
	}
	w.must(w.store.UpdateAccount(ctx, change))
	return a
}
