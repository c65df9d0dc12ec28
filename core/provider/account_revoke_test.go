package provider_test

import (
	"context"
	"errors"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// revoking is the other provider, and hears what it is to revoke.
type revoking struct {
	otherProvider
	heard func(core.Turn, core.Credential) error
}

func (r revoking) Revoke(_ context.Context, t core.Turn, gone core.Credential) error {
	return r.heard(t, gone)
}

// RP-17: who removes a link has what it stood for elsewhere revoked there, and is
// not kept from it by a provider that does not answer.
func TestRP17_RemovingALinkRevokesItElsewhere(t *testing.T) {
	type revoked struct {
		secret     string
		connection bool
	}
	for name, fault := range map[string]error{"it answers": nil, "it is away": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			var heard []revoked
			hear := func(turn core.Turn, gone core.Credential) error {
				heard = append(heard, revoked{string(gone.Secret), turn.Connection != nil && turn.Connection.ID == gone.Connection})
				return fault
			}
			w := newWorld(t, func(c *provider.Config) {
				c.Authenticators = []core.Authenticator{
					secretWord{}, revoking{otherProvider{"elsewhere"}, hear}, revoking{otherProvider{"company"}, hear},
				}
				c.JustInTime = true
			})
			connection := w.connection(justInTime("Harbour"))
			b := w.browser()
			b.answer(b.agree(request("app"), "ada@example.com"))
			ada := w.holder("ada@example.com")
			links := []core.Credential{
				{CredentialKey: core.CredentialKey{Kind: "elsewhere", Handle: "1"}, Account: ada.ID, CredentialTerms: core.CredentialTerms{Secret: []byte("rt-1")}},
				{CredentialKey: core.CredentialKey{Kind: "company", Handle: "2"}, Account: ada.ID, CredentialTerms: core.CredentialTerms{Secret: []byte("rt-2"), Connection: connection.ID}},
			}
			w.must(w.store.UpdateAccount(t.Context(), core.AccountChange{Account: ada, PutCredentials: links}))
			for _, want := range []revoked{{"rt-1", false}, {"rt-2", true}} {
				s := b.get("/account")
				b.want(s, core.PageAccount)
				s = b.submit(s, "act", "remove:"+s.Items[0].Key)
				b.want(s, core.PageAct)
				b.want(b.submit(s), core.PageAccount)
				if len(heard) == 0 || heard[len(heard)-1] != want {
					t.Fatalf("revoked %v", heard)
				}
			}
			left, err := w.store.Credentials(t.Context(), ada.ID)
			w.must(err)
			if len(heard) != 2 || len(left) != 0 {
				t.Errorf("revoked %v, left %v", heard, left)
			}
		})
	}
}
