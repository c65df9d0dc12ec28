package conformance

import (
	"slices"

	"github.com/keywright/keywright/core"
)

func accountChecks() []Check {
	return []Check{
		check("account.aggregate_comes_back", "an account that is found by what it does not own, or not by what it does, is somebody else's", accountAggregate),
		check("account.all_or_nothing", "a reset that changes the password but keeps the thief's address, or the reverse, is worse than none", accountAllOrNothing),
		check("account.conflict_names_the_key", "the page must say whether the name is taken or somebody else changed the account meanwhile", accountConflicts),
		check("account.identifier_has_one_owner", "two people who sign up with one address at once must become one account (IDN01)", accountOneOwner),
		check("account.credential_has_one_owner", "one passkey must open one account", accountOneCredential),
		check("account.removes_only_its_own", "a change to one account must not take another's way in", accountOwn),
		check("account.put_credential_outdates_reads", "a rehash of the old password, begun before the new one was set, must not bring the old one back", accountOutdates),
		check("account.put_again_outdates_reads", "who takes a way in away and sets it up anew must not have the old one brought back by a use that began before", accountOutdatesRemoved),
		check("account.freed_identifier_can_be_taken", "an address that was given up must be free", accountFreed),
		check("account.names_apart_by_tenant", "an address at one issuer must not be found, or be taken, at another", accountTenants),
	}
}

func email(value string) core.Identifier {
	return core.Identifier{Kind: core.IdentifierEmail, Value: value}
}

// person is an account with an identifier and a credential, stored.
func (t *trial) person(name string) (core.Account, core.Credential) {
	a, c := accounts().sample(), credentials().sample()
	c.Account = a.ID
	t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{
		Account: a, PutIdentifiers: []core.Identifier{email(name)}, PutCredentials: []core.Credential{c},
	}), "CreateAccount")
	a.Version, c.Version = 1, 1
	return a, c
}

// has wants an account to be found by these and nothing else.
func (t *trial) has(a core.Account, identifiers []core.Identifier, credentials []core.Credential, when string) {
	got, err := t.s.Account(t.ctx, a.ID)
	t.ok(err, "Account "+when)
	same(t, a, got, "the account "+when)
	all, err := t.s.Identifiers(t.ctx, a.ID)
	t.ok(err, "Identifiers "+when)
	t.that(len(all) == len(identifiers), "%d identifiers %s, want %d", len(all), when, len(identifiers))
	for _, i := range identifiers {
		t.that(slices.Contains(all, i), "identifier %q is missing %s", i.Value, when)
		got, err := t.s.AccountByIdentifier(t.ctx, i)
		t.ok(err, "AccountByIdentifier "+when)
		same(t, a, got, "the account by identifier "+when)
	}
	held, err := t.s.Credentials(t.ctx, a.ID)
	t.ok(err, "Credentials "+when)
	t.that(len(held) == len(credentials), "%d credentials %s, want %d", len(held), when, len(credentials))
	for _, c := range credentials {
		got, err := t.s.Credential(t.ctx, c.CredentialKey)
		t.ok(err, "Credential "+when)
		same(t, c, got, "a credential "+when)
	}
}

func accountAggregate(t *trial) {
	a, c := t.person("a@example.com")
	t.has(a, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after create")
	extra := credentials().sample()
	extra.Account = a.ID
	a.Change = newID()
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{
		Account:           a,
		PutIdentifiers:    []core.Identifier{email("b@example.com"), {Kind: core.IdentifierUsername, Value: "a@example.com"}},
		RemoveIdentifiers: []core.Identifier{email("a@example.com"), email("never there")},
		PutCredentials:    []core.Credential{extra},
		RemoveCredentials: []core.CredentialKey{c.CredentialKey, {Kind: "totp", Handle: "never there"}},
	}), "UpdateAccount")
	extra.Version = (&core.AccountChange{Account: a}).FirstVersion()
	a.Version = 2
	t.has(a, []core.Identifier{email("b@example.com"), {Kind: core.IdentifierUsername, Value: "a@example.com"}},
		[]core.Credential{extra}, "after a change of everything")
	_, err := t.s.AccountByIdentifier(t.ctx, email("a@example.com"))
	t.notFound(err, "an identifier that was removed")
	_, err = t.s.Credential(t.ctx, c.CredentialKey)
	t.notFound(err, "a credential that was removed")
}

// accountAllOrNothing spoils one part of a change at a time.
func accountAllOrNothing(t *trial) {
	_, taken := t.person("taken@example.com")
	a, c := t.person("a@example.com")
	fresh, stolen := credentials().sample(), credentials().sample()
	fresh.Account, stolen.Account, stolen.CredentialKey = a.ID, a.ID, taken.CredentialKey
	base := core.AccountChange{
		Account:           a,
		PutIdentifiers:    []core.Identifier{email("new@example.com")},
		RemoveIdentifiers: []core.Identifier{email("a@example.com")},
		PutCredentials:    []core.Credential{fresh},
		RemoveCredentials: []core.CredentialKey{c.CredentialKey},
	}
	base.Account.Name, base.Account.Change = "changed", newID()
	for what, spoil := range map[string]func(*core.AccountChange){
		"identifier": func(c *core.AccountChange) { c.PutIdentifiers = append(c.PutIdentifiers, email("taken@example.com")) },
		"credential": func(c *core.AccountChange) { c.PutCredentials = append(c.PutCredentials, stolen) },
		"version":    func(c *core.AccountChange) { c.Account.Version++ },
	} {
		bad, e := base, newEvent()
		bad.PutIdentifiers, bad.PutCredentials = slices.Clone(base.PutIdentifiers), slices.Clone(base.PutCredentials)
		spoil(&bad)
		t.taken(t.s.UpdateAccount(t.ctx, bad, e), what, "UpdateAccount with a bad "+what)
		t.has(a, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after a change with a bad "+what)
		t.wantEvent(e, false, "of a change with a bad "+what)
		_, err := t.s.AccountByIdentifier(t.ctx, email("new@example.com"))
		t.notFound(err, "the new identifier after a change with a bad "+what)
		_, err = t.s.Credential(t.ctx, fresh.CredentialKey)
		t.notFound(err, "the new credential after a change with a bad "+what)
	}
	t.wantDeliveries()
}

func accountConflicts(t *trial) {
	a, c := t.person("a@example.com")
	for key, change := range map[string]core.AccountChange{
		"identifier": {PutIdentifiers: []core.Identifier{email("a@example.com")}},
		"credential": {PutCredentials: []core.Credential{c}},
		"id":         {Account: core.Account{ID: a.ID}},
	} {
		e := newEvent()
		if key != "id" {
			change.Account = core.Account{ID: newID()}
		}
		for n := range change.PutCredentials {
			change.PutCredentials[n].Account = change.Account.ID
		}
		change.Account.Change = newID()
		t.taken(t.s.CreateAccount(t.ctx, change, e), key, "CreateAccount with a taken "+key)
		t.wantEvent(e, false, "of an account that was refused")
		if key != "id" {
			_, err := t.s.Account(t.ctx, change.Account.ID)
			t.notFound(err, "an account that was refused for its "+key)
		}
	}
	t.has(a, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after creates that were refused")
}

func accountOneOwner(t *trial) {
	name := email("one@example.com")
	rivals := make([]core.Account, callers)
	for n := range rivals {
		rivals[n] = core.Account{ID: newID(), Row: core.Row{Change: newID()}}
	}
	errs := t.race(callers, func(n int) error {
		return t.s.CreateAccount(t.ctx, core.AccountChange{Account: rivals[n], PutIdentifiers: []core.Identifier{name}})
	})
	winner := t.oneWinner(errs, "accounts with one identifier")
	got, err := t.s.AccountByIdentifier(t.ctx, name)
	t.ok(err, "AccountByIdentifier")
	t.that(got.ID == rivals[winner].ID, "the identifier leads to an account whose create was refused")
	all, err := t.s.Accounts(t.ctx, core.PageOf{Limit: 1000})
	t.ok(err, "Accounts")
	t.that(len(all) == 1, "%d accounts are left of a race that one could win", len(all))
}

func accountOneCredential(t *trial) {
	key := credentials().sample().CredentialKey
	rivals := make([]core.Account, callers)
	for n := range rivals {
		rivals[n], _ = t.person(newID().String())
	}
	errs := t.race(callers, func(n int) error {
		c := core.Credential{CredentialKey: key, Account: rivals[n].ID, Row: core.Row{Change: newID()}}
		return t.s.UpdateAccount(t.ctx, core.AccountChange{Account: rivals[n], PutCredentials: []core.Credential{c}})
	})
	winner := t.oneWinner(errs, "accounts that enrol one credential")
	got, err := t.s.Credential(t.ctx, key)
	t.ok(err, "Credential")
	t.that(got.Account == rivals[winner].ID, "the credential belongs to an account whose change was refused")
}

func accountOwn(t *trial) {
	a, c := t.person("a@example.com")
	b, _ := t.person("b@example.com")
	_ = t.s.UpdateAccount(t.ctx, core.AccountChange{
		Account: b, RemoveIdentifiers: []core.Identifier{email("a@example.com")}, RemoveCredentials: []core.CredentialKey{c.CredentialKey},
	})
	t.has(a, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after another account tried to remove what is not its own")
}

func accountOutdates(t *trial) {
	a, old := t.person("a@example.com")
	fresh := old
	credentials().alter(&fresh)
	fresh.Change = newID()
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: a, PutCredentials: []core.Credential{fresh}}), "UpdateAccount")
	t.conflict(t.s.UpdateCredential(t.ctx, old), "UpdateCredential with what was read before another was put")
	got, err := t.s.Credential(t.ctx, old.CredentialKey)
	t.ok(err, "Credential")
	fresh.Version = got.Version
	same(t, fresh, got, "a credential that was put over another")
	t.that(got.Version > old.Version, "a credential put over another has version %d, want more than %d", got.Version, old.Version)
}

func accountOutdatesRemoved(t *trial) {
	for _, atOnce := range []bool{false, true} {
		a, old := t.person(newID().String())
		used := old
		used.Change = newID()
		t.ok(t.s.UpdateCredential(t.ctx, used), "UpdateCredential")
		used.Version++
		remove, add := core.AccountChange{Account: a}, core.AccountChange{Account: a}
		remove.RemoveCredentials = []core.CredentialKey{old.CredentialKey}
		fresh := old
		credentials().alter(&fresh)
		fresh.Change = newID()
		add.PutCredentials = []core.Credential{fresh}
		if atOnce {
			add.RemoveCredentials = remove.RemoveCredentials
		} else {
			t.ok(t.s.UpdateAccount(t.ctx, remove), "UpdateAccount that removes a credential")
			add.Account.Version++
		}
		t.ok(t.s.UpdateAccount(t.ctx, add), "UpdateAccount that puts it again")
		for _, read := range []core.Credential{old, used} {
			t.conflict(t.s.UpdateCredential(t.ctx, read), "UpdateCredential with what was read before it was removed and put again")
		}
		got, err := t.s.Credential(t.ctx, old.CredentialKey)
		t.ok(err, "Credential")
		fresh.Version = got.Version
		same(t, fresh, got, "a credential that was removed and put again")
	}
}

func accountFreed(t *trial) {
	a, _ := t.person("a@example.com")
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: a, RemoveIdentifiers: []core.Identifier{email("a@example.com")}}), "UpdateAccount")
	b, c := t.person("a@example.com")
	t.has(b, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "with an identifier that another gave up")
	b.Change = newID()
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: b, PutIdentifiers: []core.Identifier{email("a@example.com")}}),
		"UpdateAccount that puts an identifier it has")
	b.Version = 2
	t.has(b, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after its identifier was put again")
}

func accountTenants(t *trial) {
	other := t.neighbour()
	a, c := t.person("a@example.com")
	_, err := other.s.AccountByIdentifier(t.ctx, email("a@example.com"))
	t.notFound(err, "a neighbour's identifier")
	all, err := other.s.Identifiers(t.ctx, a.ID)
	t.ok(err, "Identifiers")
	held, err := other.s.Credentials(t.ctx, a.ID)
	t.ok(err, "Credentials")
	t.that(len(all) == 0 && len(held) == 0, "a neighbour's account has %d identifiers and %d credentials here", len(all), len(held))
	b, d := other.person("a@example.com")
	other.has(b, []core.Identifier{email("a@example.com")}, []core.Credential{d}, "beside a neighbour's of the same name")
	gone := b
	gone.ID = a.ID
	t.conflict(other.s.UpdateAccount(t.ctx, core.AccountChange{
		Account: gone, RemoveIdentifiers: []core.Identifier{email("a@example.com")}, RemoveCredentials: []core.CredentialKey{c.CredentialKey},
	}), "UpdateAccount of a neighbour's account")
	t.has(a, []core.Identifier{email("a@example.com")}, []core.Credential{c}, "after a neighbour's update")
}
