package conformance

import (
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

func maximaChecks() []Check {
	return []Check{
		check("maxima.kept_whole",
			"a value that is cut is another value: an id that no longer matches, or matches somebody else's (IDN08)",
			maximaKept),
		check("maxima.names_kept_whole",
			"a company whose name or domain is cut is found under another's (IDN08)",
			maximaNames),
		check("maxima.words_kept_whole",
			"a kind that is cut is another kind: what was marked, enrolled or joined under it is not found again",
			maximaWords),
		check("maxima.told_apart_at_the_end",
			"ids that differ in their last byte only must not meet, or a long id is taken over by registering a longer one (IDN08)",
			maximaApart),
		check("maxima.payload_of_every_kind",
			"a client with many redirect URIs, or a person with a long profile, must still be able to sign in",
			maximaPayloads),
		check("maxima.requests_kept_whole",
			"a state or nonce that comes back shorter is refused by the client, and the person cannot sign in there",
			maximaRequests),
		check("maxima.sessions_of_a_browser",
			"a browser at which as many people are signed in as may be must show all of them",
			maximaSessions),
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

func maximaNames(t *trial) {
	o, g := organizations().sample(), groups().sample()
	o.Name, g.Name = long(core.MaxName), long(core.MaxName)
	domain := long(core.MaxDomain)
	t.ok(t.s.CreateOrganization(t.ctx, core.OrganizationChange{Organization: o, PutDomains: []string{domain}}),
		"CreateOrganization with a name and a domain of the greatest length")
	t.owns(organizations().at(o, 1), []string{domain}, "with a name and a domain of the greatest length")
	t.ok(t.s.CreateGroup(t.ctx, g), "CreateGroup with a name of the greatest length")
	got, err := t.s.GroupByName(t.ctx, g.Organization, g.Name)
	t.ok(err, "GroupByName")
	same(t, groups().at(g, 1), got, "a group with a name of the greatest length")

	v := t.newTenant(newID())
	v.Name = v.ID.String() + long(core.MaxName-len(v.ID.String()))
	t.ok(t.db.CreateTenant(t.ctx, v), "CreateTenant with a name of the greatest length")
	found, err := t.db.TenantByName(t.ctx, v.Name)
	t.ok(err, "TenantByName")
	v.Version = 1
	same(t, v, found, "a tenant with a name of the greatest length")
	for _, name := range []string{v.Name, v.Name[:len(v.Name)-1] + "y"} {
		held, err := t.db.Lease(t.ctx, name, newID(), noon, noon.Add(time.Hour))
		t.ok(err, "Lease with a name of the greatest length")
		t.that(held, "a lease is held under a name that differs in the last byte")
	}
}

// maximaWords tries the longest word in each place that takes one.
func maximaWords(t *trial) {
	word := long(core.MaxKind)
	k, m := credentials().sample(), joining(newID(), core.MembershipKind(word))
	k.Kind, k.Handle, k.Account = word, long(core.MaxHandle), m.Account
	i := core.Identifier{Kind: word, Value: long(core.MaxIdentifier)}
	t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{
		Account:        core.Account{ID: m.Account, Row: core.Row{Change: newID()}},
		PutIdentifiers: []core.Identifier{i}, PutCredentials: []core.Credential{k}, PutMemberships: []core.Membership{m},
	}), "CreateAccount with kinds of the greatest length")
	credentials().unchanged(t, credentials().at(k, 1), "with a kind of the greatest length")
	memberships().unchanged(t, memberships().at(m, 1), "with a kind of the greatest length")
	_, err := t.s.AccountByIdentifier(t.ctx, i)
	t.ok(err, "AccountByIdentifier with a kind of the greatest length")

	g, c, key, x := grants().sample(), clients().sample(), keys().sample(), connections().sample()
	g.State, c.Lane, key.Use, key.Algorithm, x.Kind = core.GrantState(word), core.Lane(word), core.KeyUse(word), word, word
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant with a state of the greatest length")
	grants().unchanged(t, grants().at(g, 1), "with a state of the greatest length")
	t.ok(t.s.CreateClient(t.ctx, c), "CreateClient with a lane of the greatest length")
	clients().unchanged(t, clients().at(c, 1), "with a lane of the greatest length")
	t.ok(t.s.CreateKey(t.ctx, key), "CreateKey with a use and an algorithm of the greatest length")
	keys().unchanged(t, keys().at(key, 1), "with a use and an algorithm of the greatest length")
	t.ok(t.s.CreateConnection(t.ctx, x), "CreateConnection with a kind of the greatest length")
	connections().unchanged(t, connections().at(x, 1), "with a kind of the greatest length")

	hash, e := newHash(), newEvent()
	t.ok(t.s.Mark(t.ctx, word, hash, noon, core.ID{}), "Mark of a kind of the greatest length")
	t.conflict(t.s.Mark(t.ctx, word, hash, noon, core.ID{}), "a second Mark of a kind of the greatest length")
	e.Name, e.Deliveries[0].Kind = core.EventName(word), word
	t.ok(t.s.Append(t.ctx, e), "Append with a name and a kind of delivery of the greatest length")
	t.wantEvent(e, true, "with a name of the greatest length")
	t.wantDeliveries(e)
}

func maximaApart(t *trial) {
	for _, n := range namedThings() {
		stem := strings.Repeat("x", n.most-1)
		for _, end := range []string{"a", "b", "A"} {
			_, err := n.create(t, stem+end)
			t.ok(err, "create of "+n.what+" beside one that differs in the last byte")
		}
		_, err := n.find(t, stem)
		t.notFound(err, n.what+" by all but its last byte")
		textHostile(t, strings.Repeat("y", n.most+1), strings.Repeat("y", n.most), n)
	}
}

func maximaRequests(t *trial) {
	i, g := interactions().sample(), grants().sample()
	uri := "https://e.example/" + long(core.MaxRedirectURI-18)
	i.Request.State, i.Request.Nonce, i.Request.RedirectURI = long(core.MaxState), long(core.MaxNonce), uri
	scopes := make([]string, core.MaxScopes)
	for n := range scopes {
		scopes[n] = long(100)
	}
	i.Request.Access = []core.Access{{Resource: uri, Scopes: scopes}}
	g.Nonce, g.Access = i.Request.Nonce, i.Request.Access
	t.ok(t.s.CreateInteraction(t.ctx, i), "CreateInteraction with a request of the greatest length")
	interactions().unchanged(t, interactions().at(i, 1), "with a request of the greatest length")
	t.ok(t.s.CreateGrant(t.ctx, g), "CreateGrant with terms of the greatest length")
	grants().unchanged(t, grants().at(g, 1), "with terms of the greatest length")
}

func maximaSessions(t *trial) {
	var ids []core.ID
	for range core.MaxSessions {
		ids = append(ids, sessions().stored(t).ID)
	}
	all, err := t.s.Sessions(t.ctx, ids)
	t.ok(err, "Sessions")
	t.that(len(all) == len(ids), "%d of %d sessions of a browser are read", len(all), len(ids))
}
