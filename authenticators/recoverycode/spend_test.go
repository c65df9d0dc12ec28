package recoverycode_test

import (
	"context"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/recoverycode"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// late is a turn that looked for a code before another one used it: it says that
// the code is there, whenever it is asked.
type late struct {
	*recoverycode.Authenticator
	account core.ID
	code    core.CredentialKey
}

func (*late) Method() string     { return "late" }
func (*late) Label() string      { return "" }
func (*late) Steps() []core.Step { return []core.Step{"late"} }
func (*late) Starts() map[core.TurnPurpose]core.Step {
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: "late"}
}

func (l *late) Begin(context.Context, core.Turn) (core.Reply, error) {
	return core.Authenticated{Account: l.account, AMR: []string{recoverycode.AMR}, Spend: &l.code}, nil
}

func TestThreat_TTP07_ATurnThatLookedTooEarlyIsNotBelieved(t *testing.T) {
	l := &late{code: core.CredentialKey{Kind: recoverycode.Method, Handle: "one"}}
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Authenticators = append(c.Authenticators, l) }))
	app := p.Client(clientreg.Seed{FirstParty: true})
	mara := p.Person("mara@example.com", "lantern orbit velvet cascade")
	account := mara.Account()
	l.account, account.Change = account.ID, core.NewID(p.Now())
	change := core.AccountChange{Account: account, PutCredentials: []core.Credential{{CredentialKey: l.code, Account: account.ID, Row: core.Row{Change: account.Change}}}}
	if err := p.Store().UpdateAccount(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	for n, want := range []bool{true, false} {
		b := mara.Browser()
		b.Open(app.Authorize("openid").URL)
		at := b.Submit("ways", nil, "way=late")
		if in := at.Page() == "" && at.Answer("code") != ""; in != want {
			t.Errorf("use %d: signed in %v, at %q %d", n+1, in, at.Page(), at.Status)
		}
	}
}
