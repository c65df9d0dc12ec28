package conformance

import (
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

func standingChecks() []Check {
	return []Check{
		check("standing.every_combination",
			"a grant is judged by how person, client, consent and session stand; one that is missed keeps tokens of a disabled person alive, one that is mistaken ends everybody's",
			standingCombinations),
		check("standing.seen_at_the_next_read",
			"disabling a person or a client is one small write that must take effect at the next use, not when a cache ends",
			standingFresh),
		check("standing.of_one_moment",
			"an epoch is raised on the account before it is on the session in use: whoever reads the older account beside the newer session refuses a person who never signed out",
			standingMoment),
		check("standing.of_client_without_grant",
			"tokens without a grant are judged by their client alone",
			standingClient),
		check("standing.tenants_apart",
			"a grant must not stand on the account, client or session of a neighbour",
			standingTenants),
	}
}

// scene is a grant and what it depends on.
type scene struct {
	grant   core.Grant
	account core.Account
	client  core.Client
	consent core.Consent
	session core.Session
}

func newScene() scene {
	s := scene{
		grant: grants().sample(), account: accounts().sample(), client: clients().sample(),
		consent: consents().sample(), session: sessions().sample(),
	}
	s.session.ID, s.session.Account, s.session.SignInEpoch = s.grant.Session, s.grant.Account, 3
	s.account.ID, s.account.SignInEpoch, s.account.GrantsEpoch = s.grant.Account, 4, 5
	s.client.ID, s.client.Epoch = s.grant.Client, 6
	s.consent.Account, s.consent.Client, s.consent.Epoch = s.grant.Account, s.grant.Client, 7
	s.session.Ends, s.session.IdleEnds = noon.Add(time.Hour), noon.Add(time.Minute)
	return s
}

// store keeps the grant and those of the others that are there.
func (s *scene) store(t *trial, account, client, consent, session bool) (want core.Standing) {
	t.ok(t.s.CreateGrant(t.ctx, s.grant), "CreateGrant")
	if account {
		t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{Account: s.account}), "CreateAccount")
		want.Account = core.AccountStanding{Found: true, Disabled: s.account.Disabled || s.account.Deleted, SignInEpoch: 4, GrantsEpoch: 5}
	}
	if client {
		t.ok(t.s.CreateClient(t.ctx, s.client), "CreateClient")
		want.Client = core.ClientStanding{Disabled: s.client.Disabled || s.client.Deleted, Epoch: 6, Version: 1}
	}
	if consent {
		t.ok(t.s.CreateConsent(t.ctx, s.consent), "CreateConsent")
		want.Consent = 7
	}
	if session {
		t.ok(t.s.CreateSession(t.ctx, s.session), "CreateSession")
		want.Session = core.SessionStanding{
			Found: true, Ended: s.session.Ended, SignInEpoch: 3, Ends: s.session.Ends, IdleEnds: s.session.IdleEnds,
		}
	}
	return want
}

// stands wants every read of the grant to tell the same standing.
func (s *scene) stands(t *trial, want core.Standing, when string) {
	g, got, err := t.s.Grant(t.ctx, s.grant.ID)
	t.ok(err, "Grant "+when)
	same(t, grants().at(s.grant, 1), g, "the grant "+when)
	same(t, want, got, "the standing by Grant "+when)
	g, a, got, err := t.s.GrantAndAccount(t.ctx, s.grant.ID)
	t.ok(err, "GrantAndAccount "+when)
	same(t, grants().at(s.grant, 1), g, "the grant by GrantAndAccount "+when)
	same(t, want, got, "the standing by GrantAndAccount "+when)
	t.that(a.ID.IsZero() != want.Account.Found, "GrantAndAccount %s gives an account where there is none, or none where there is one", when)
	_, client, err := t.s.Consent(t.ctx, s.grant.Account, s.grant.Client)
	t.ok(err, "Consent "+when)
	same(t, want.Client, client, "the standing of the client by Consent "+when)
}

func standingCombinations(t *trial) {
	for n := range 16 {
		s := newScene()
		account, client, consent, session := n&1 != 0, n&2 != 0, n&4 != 0, n&8 != 0
		want := s.store(t, account, client, consent, session)
		s.stands(t, want, fmt.Sprintf("with account %t, client %t, consent %t, session %t", account, client, consent, session))
	}
	for n := range 32 {
		s := newScene()
		s.account.Disabled, s.account.Deleted = n&1 != 0, n&2 != 0
		s.client.Disabled, s.client.Deleted = n&4 != 0, n&8 != 0
		s.session.Ended = n&16 != 0
		want := s.store(t, true, true, true, true)
		s.stands(t, want, fmt.Sprintf("with account disabled %t, deleted %t, client disabled %t, deleted %t, session ended %t",
			s.account.Disabled, s.account.Deleted, s.client.Disabled, s.client.Deleted, s.session.Ended))
	}
}

func standingFresh(t *trial) {
	s := newScene()
	want := s.store(t, true, true, true, true)
	s.stands(t, want, "at first")

	s.account.Version, s.account.Disabled, s.account.SignInEpoch, s.account.GrantsEpoch = 1, true, 14, 15
	t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: s.account}), "UpdateAccount")
	want.Account = core.AccountStanding{Found: true, Disabled: true, SignInEpoch: 14, GrantsEpoch: 15}
	s.stands(t, want, "after the account was disabled")

	s.client.Version, s.client.Disabled, s.client.Epoch = 1, true, 16
	t.ok(t.s.UpdateClient(t.ctx, s.client), "UpdateClient")
	want.Client = core.ClientStanding{Disabled: true, Epoch: 16, Version: 2}
	s.stands(t, want, "after the client was disabled")

	s.consent.Version, s.consent.Epoch = 1, 17
	t.ok(t.s.UpdateConsent(t.ctx, s.consent), "UpdateConsent")
	want.Consent = 17
	s.stands(t, want, "after the consent was withdrawn")

	s.session.Version, s.session.Ended, s.session.SignInEpoch = 1, true, 13
	s.session.IdleEnds = noon.Add(2 * time.Minute)
	t.ok(t.s.UpdateSession(t.ctx, s.session), "UpdateSession")
	want.Session.Ended, want.Session.SignInEpoch, want.Session.IdleEnds = true, 13, s.session.IdleEnds
	s.stands(t, want, "after the session ended")
}

// standingMoment raises a number on an account, then on its session, then on its
// grant, while others read: at any moment none is behind what comes after it,
// and the last is behind the first by one at most.
func standingMoment(t *trial) {
	s := newScene()
	s.account.SignInEpoch, s.session.SignInEpoch = 1, 1
	s.grant.Epochs.Account = 1
	s.store(t, true, true, true, true)
	done := make(chan struct{})
	for _, err := range t.race(5, func(caller int) error {
		if caller == 0 {
			defer close(done)
			return s.raise(t)
		}
		for {
			select {
			case <-done:
				return nil
			default:
				s.inStep(t)
			}
		}
	}) {
		t.ok(err, "reading beside writes")
	}
}

// raise writes 60 times.
func (s *scene) raise(t *trial) error {
	for n := uint64(1); n <= 20; n++ {
		s.account.Version, s.account.SignInEpoch, s.account.Change = n, n+1, newID()
		s.session.Version, s.session.SignInEpoch, s.session.Change = n, n+1, newID()
		s.grant.Version, s.grant.Epochs.Account, s.grant.Change = n, n+1, newID()
		t.ok(t.s.UpdateAccount(t.ctx, core.AccountChange{Account: s.account}), "UpdateAccount")
		t.ok(t.s.UpdateSession(t.ctx, s.session), "UpdateSession")
		t.ok(t.s.UpdateGrant(t.ctx, s.grant), "UpdateGrant")
	}
	return nil
}

// inStep reads the three numbers in every way that there is.
func (s *scene) inStep(t *trial) {
	wants := func(account, session, grant uint64, by string) {
		t.that(account >= session && session >= grant && grant+1 >= account,
			"%s gives an account after %d steps, a session after %d and a grant after %d, which were never so at once", by, account, session, grant)
	}
	g, now, err := t.s.Grant(t.ctx, s.grant.ID)
	t.ok(err, "Grant")
	wants(now.Account.SignInEpoch, now.Session.SignInEpoch, g.Epochs.Account, "Grant")
	g, a, now, err := t.s.GrantAndAccount(t.ctx, s.grant.ID)
	t.ok(err, "GrantAndAccount")
	wants(now.Account.SignInEpoch, now.Session.SignInEpoch, g.Epochs.Account, "GrantAndAccount")
	wants(a.SignInEpoch, now.Session.SignInEpoch, g.Epochs.Account, "GrantAndAccount, in the account itself,")
	all, err := t.s.Sessions(t.ctx, []core.ID{s.session.ID})
	t.ok(err, "Sessions")
	t.that(len(all) == 1, "%d sessions of one", len(all))
	wants(all[0].Account.SignInEpoch, all[0].Session.SignInEpoch, all[0].Session.SignInEpoch, "Sessions")
}

func standingClient(t *trial) {
	hash, c := newHash(), clients().sample()
	c.Epoch = 6
	wants := func(want core.ClientStanding, when string) {
		_, got, err := t.s.Marked(t.ctx, "token", hash, c.ID)
		t.ok(err, "Marked "+when)
		same(t, want, got, "the standing by Marked "+when)
		_, got, err = t.s.Consent(t.ctx, newID(), c.ID)
		t.ok(err, "Consent "+when)
		same(t, want, got, "the standing by Consent "+when)
	}
	wants(core.ClientStanding{}, "without a row")
	t.ok(t.s.CreateClient(t.ctx, c), "CreateClient")
	wants(core.ClientStanding{Epoch: 6, Version: 1}, "with a row")
	c.Version, c.Deleted = 1, true
	t.ok(t.s.UpdateClient(t.ctx, c), "UpdateClient")
	wants(core.ClientStanding{Epoch: 6, Version: 2, Disabled: true}, "with a tombstone")
}

func standingTenants(t *trial) {
	s, other := newScene(), t.neighbour()
	s.store(t, true, true, true, true)
	t.ok(other.s.CreateGrant(t.ctx, s.grant), "CreateGrant at a neighbour")
	s.stands(other, core.Standing{}, "at a tenant whose neighbour has all that it names")
	signed := s.session
	t.ok(other.s.CreateSession(t.ctx, signed), "CreateSession at a neighbour")
	all, err := other.s.Sessions(t.ctx, []core.ID{signed.ID})
	t.ok(err, "Sessions")
	t.that(len(all) == 1 && all[0].Account.ID.IsZero(), "a session comes with the account of another tenant")
	_, client, err := other.s.Marked(t.ctx, "token", newHash(), s.client.ID)
	t.ok(err, "Marked")
	same(t, core.ClientStanding{}, client, "the standing of a neighbour's client")
}
