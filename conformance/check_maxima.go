package conformance

import (
	"strings"

	"github.com/keywright/keywright/core"
)

func maximaChecks() []Check {
	return []Check{
		check("maxima.kept_whole",
			"a value that is cut is another value: an id that no longer matches, or matches somebody else's (IDN08)",
			maximaKept),
		check("maxima.told_apart_at_the_end",
			"ids that differ in their last byte only must not meet, or a long id is taken over by registering a longer one (IDN08)",
			maximaApart),
		check("maxima.large_payload",
			"a client with many redirect URIs, or a person with a long profile, must still be able to sign in",
			maximaPayload),
	}
}

// long is a string of n bytes that is not plain.
func long(n int) string {
	s := strings.Repeat("😀é", n/6)
	return s + strings.Repeat("x", n-len(s))
}

func maximaKept(t *trial) {
	c := clients().sample()
	c.ID = long(core.MaxClientID)
	t.ok(t.s.CreateClient(t.ctx, c), "CreateClient with an id of the greatest length")
	clients().unchanged(t, clients().at(c, 1), "with an id of the greatest length")

	k := credentials().sample()
	k.Handle = long(core.MaxHandle)
	i := core.Identifier{Kind: core.IdentifierEmail, Value: long(core.MaxIdentifier)}
	a := core.AccountChange{
		Account:        core.Account{ID: k.Account, Row: core.Row{Change: newID()}},
		PutIdentifiers: []core.Identifier{i}, PutCredentials: []core.Credential{k},
	}
	t.ok(t.s.CreateAccount(t.ctx, a), "CreateAccount with an identifier and a handle of the greatest length")
	credentials().unchanged(t, credentials().at(k, 1), "with a handle of the greatest length")
	all, err := t.s.Identifiers(t.ctx, k.Account)
	t.ok(err, "Identifiers")
	same(t, []core.Identifier{i}, all, "an identifier of the greatest length")

	g := grants().sample()
	g.Client = c.ID
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant for a client with an id of the greatest length")
	grants().unchanged(t, grants().at(g, 1), "for a client with an id of the greatest length")
	n := consents().sample()
	n.Client = c.ID
	t.ok(t.s.CreateConsent(t.ctx, n), "CreateConsent for a client with an id of the greatest length")
	consents().unchanged(t, consents().at(n, 1), "for a client with an id of the greatest length")
	e := newEvent()
	e.Client = c.ID
	t.ok(t.s.Append(t.ctx, e), "Append for a client with an id of the greatest length")
	t.wantEvent(e, true, "for a client with an id of the greatest length")
}

func maximaApart(t *trial) {
	for _, n := range namedThings() {
		if n.what == "tenant" {
			continue // names of tenants have no maximum in the contract
		}
		most := map[string]int{"client": core.MaxClientID, "identifier": core.MaxIdentifier, "credential": core.MaxHandle}[n.what]
		stem := strings.Repeat("x", most-1)
		for _, end := range []string{"a", "b", "A"} {
			_, err := n.create(t, stem+end)
			t.ok(err, "create of "+n.what+" beside one that differs in the last byte")
		}
		_, err := n.find(t, stem)
		t.notFound(err, n.what+" by all but its last byte")
		textHostile(t, strings.Repeat("y", most+1), strings.Repeat("y", most))
	}
}

func maximaPayload(t *trial) {
	v := clients().sample()
	for range 60 {
		v.RedirectURIs = append(v.RedirectURIs, "https://e.example/"+long(core.MaxRedirectURI-18))
	}
	t.ok(t.s.CreateClient(t.ctx, v), "CreateClient with a payload of 120 kB")
	clients().unchanged(t, clients().at(v, 1), "with a payload of 120 kB")
	v.RedirectURIs = append(v.RedirectURIs, strings.Repeat("x", core.MaxPayload))
	v.Version = 1
	t.that(t.s.UpdateClient(t.ctx, v) != nil, "a payload beyond core.MaxPayload was accepted")
}
