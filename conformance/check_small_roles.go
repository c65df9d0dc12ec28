package conformance

import (
	"errors"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

func sessionChecks() []Check {
	return []Check{
		check("session.read_with_accounts", "a browser's sessions are judged by the accounts they came with; a missing account is a session that has ended", sessionsRead),
	}
}

func sessionsRead(t *trial) {
	a, orphan, other := accounts().sample(), sessions().sample(), sessions().sample()
	s := sessions().sample()
	s.Account, other.Account = a.ID, a.ID
	t.ok(t.s.CreateAccount(t.ctx, core.AccountChange{Account: a}), "CreateAccount")
	for _, one := range []core.Session{s, orphan, other} {
		t.ok(t.s.CreateSession(t.ctx, one), "CreateSession")
	}
	a.Version, s.Version, orphan.Version = 1, 1, 1
	none, err := t.s.Sessions(t.ctx, nil)
	t.ok(err, "Sessions of nothing")
	t.that(len(none) == 0, "asked for no session and got %d", len(none))
	all, err := t.s.Sessions(t.ctx, []core.ID{s.ID, newID(), orphan.ID})
	t.ok(err, "Sessions")
	t.that(len(all) == 2, "%d sessions for two that are there and one that is not", len(all))
	if all[0].Session.ID != s.ID {
		slices.Reverse(all)
	}
	same(t, core.SignedIn{Session: s, Account: a}, all[0], "a session with its account")
	same(t, core.SignedIn{Session: orphan}, all[1], "a session whose account is not there")
}

func keyChecks() []Check {
	return []Check{
		check("key.one_of_each_epoch", "replicas that start together must make one key, or half of the tokens fail to verify (KEY09)", keyOneEpoch),
		check("key.tenants_apart_in_epochs", "issuers make their keys without regard to each other", keyTenants),
	}
}

func keyOneEpoch(t *trial) {
	rivals := make([]core.Key, callers)
	for n := range rivals {
		rivals[n] = keys().sample()
	}
	errs := t.race(callers, func(n int) error { return t.s.CreateKey(t.ctx, rivals[n]) })
	winner := t.oneWinner(errs, "keys of one use, algorithm and epoch")
	want := []core.Key{keys().at(rivals[winner], 1)}
	got, err := t.s.Keys(t.ctx)
	t.ok(err, "Keys")
	same(t, want, got, "the keys after the race")
	for _, differ := range []func(*core.Key){
		func(k *core.Key) { k.Epoch++ },
		func(k *core.Key) { k.Algorithm = "EdDSA" },
		func(k *core.Key) { k.Algorithm = "" },
		func(k *core.Key) { k.Use = core.KeyHandle },
	} {
		k := keys().sample()
		differ(&k)
		t.ok(t.s.CreateKey(t.ctx, k), "CreateKey that differs in use, algorithm or epoch")
	}
}

func keyTenants(t *trial) {
	k, other := keys().sample(), t.neighbour()
	t.ok(t.s.CreateKey(t.ctx, k), "CreateKey")
	none, err := other.s.Keys(t.ctx)
	t.ok(err, "Keys")
	t.that(len(none) == 0, "a neighbour's keys are listed")
	k.ID = newID()
	t.ok(other.s.CreateKey(t.ctx, k), "CreateKey of an epoch that only a neighbour has")
}

func replayChecks() []Check {
	return []Check{
		check("replay.marked_once", "a client assertion, a proof or a mailed code that counts twice is a replay that worked", markOnce),
		check("replay.taken_back_by_its_maker", "a client that repeats a lost request is refused, or who lost a race frees what the winner used",
			markTakenBack),
		check("replay.kinds_and_tenants_apart", "what was seen in one place must not refuse what is new in another", markApart),
	}
}

func markOnce(t *trial) {
	hash := newHash()
	there, _, err := t.s.Marked(t.ctx, "assertion", hash, "app")
	t.ok(err, "Marked")
	t.that(!there, "a hash is marked that nobody marked")
	errs := t.race(callers, func(int) error { return t.s.Mark(t.ctx, "assertion", hash, noon, core.ID{}) })
	t.oneWinner(errs, "marks of one hash")
	there, _, err = t.s.Marked(t.ctx, "assertion", hash, "app")
	t.ok(err, "Marked")
	t.that(there, "a hash that was marked is not")
	t.conflict(t.s.Mark(t.ctx, "assertion", hash, noon.Add(time.Hour), core.ID{}), "a second mark that would be kept longer")
}

// markTakenBack wants a mark to go with the request that made it, and with no
// other.
func markTakenBack(t *trial) {
	hash, mine, other := newHash(), newID(), t.neighbour()
	t.ok(t.s.Unmark(t.ctx, "assertion", hash, mine), "Unmark of what nobody marked")
	t.ok(t.s.Mark(t.ctx, "assertion", hash, noon, mine), "Mark")
	t.ok(other.s.Mark(t.ctx, "assertion", hash, noon, mine), "Mark at another tenant")
	t.ok(t.s.Mark(t.ctx, "proof", hash, noon, mine), "Mark of another kind")
	t.ok(t.s.Unmark(t.ctx, "assertion", hash, newID()), "Unmark of what another made")
	t.ok(t.s.Unmark(t.ctx, "assertion", hash, core.ID{}), "Unmark of nobody's")
	t.conflict(t.s.Mark(t.ctx, "assertion", hash, noon, newID()), "a mark that another took back")
	t.ok(t.s.Unmark(t.ctx, "assertion", hash, mine), "Unmark")
	t.ok(t.s.Unmark(t.ctx, "assertion", hash, mine), "Unmark again")
	there, _, err := t.s.Marked(t.ctx, "assertion", hash, "app")
	t.ok(err, "Marked")
	t.that(!there, "a mark is there that was taken back")
	t.conflict(t.s.Mark(t.ctx, "proof", hash, noon, newID()), "a mark of another kind")
	t.conflict(other.s.Mark(t.ctx, "assertion", hash, noon, newID()), "a neighbour's mark")
	markRaced(t, hash)
	t.ok(t.s.Mark(t.ctx, "kept", hash, noon, core.ID{}), "Mark that stays")
	t.ok(t.s.Unmark(t.ctx, "kept", hash, core.ID{}), "Unmark of nobody's")
	t.conflict(t.s.Mark(t.ctx, "kept", hash, noon, newID()), "a mark that stays")
}

// markRaced lets callers meet, of whom all that lost take their own back.
func markRaced(t *trial, hash core.Hash) {
	errs := t.race(callers, func(int) error {
		change := newID()
		err := t.s.Mark(t.ctx, "assertion", hash, noon, change)
		if errors.Is(err, core.ErrConflict) {
			err = errors.Join(err, t.s.Unmark(t.ctx, "assertion", hash, change))
		}
		return err
	})
	t.oneWinner(errs, "marks of a hash that was taken back")
	there, _, err := t.s.Marked(t.ctx, "assertion", hash, "app")
	t.ok(err, "Marked")
	t.that(there, "who lost took the winner's mark back")
}

func markApart(t *trial) {
	hash, other := newHash(), t.neighbour()
	t.ok(t.s.Mark(t.ctx, "assertion", hash, noon, core.ID{}), "Mark")
	there, _, err := other.s.Marked(t.ctx, "assertion", hash, "app")
	t.ok(err, "Marked")
	t.that(!there, "a neighbour's mark counts here")
	there, _, err = t.s.Marked(t.ctx, "proof", hash, "app")
	t.ok(err, "Marked")
	t.that(!there, "a mark of another kind counts")
	t.ok(t.s.Mark(t.ctx, "proof", hash, noon, core.ID{}), "Mark of another kind")
	t.ok(other.s.Mark(t.ctx, "assertion", hash, noon, core.ID{}), "Mark at another tenant")
}

func limitChecks() []Check {
	return []Check{
		check("limit.exact_under_contention", "guesses made at once must count one by one, or a limit of five allows as many as there are connections", limitExact),
		check("limit.windows", "people who waited must be let in, and those who did not must not", limitWindows),
		check("limit.forgive", "a success is no guess; forgiving must never give more than was taken", limitForgive),
		check("limit.forgive_exact_under_contention", "people who sign in at once must each get their own attempt back, and no more", limitForgiveRacing),
		check("limit.tenants_apart", "guessing at one issuer must not lock people out of another", limitTenants),
	}
}

func limitExact(t *trial) {
	const most = 5
	limits := []core.Limit{{Key: newHash(), Max: most, Window: time.Minute}, {Key: newHash(), Max: 2 * most, Window: time.Hour}}
	taken := make([][]core.Taken, callers)
	for _, err := range t.race(callers, func(n int) (err error) {
		mine := slices.Clone(limits)
		if n%2 == 1 {
			slices.Reverse(mine) // callers name the keys in any order
		}
		if taken[n], err = t.s.Take(t.ctx, noon, mine); err == nil && len(taken[n]) != len(mine) {
			t.failf("Take against %d limits tells of %d", len(mine), len(taken[n]))
		}
		if err == nil && n%2 == 1 {
			slices.Reverse(taken[n])
		}
		return err
	}) {
		t.ok(err, "Take in a race")
	}
	for i, l := range limits {
		seen := map[int]bool{}
		for _, one := range taken {
			seen[one[i].Count] = true
			same(t, core.Taken{Count: one[i].Count, Over: one[i].Count > l.Max, Resets: noon.Add(l.Window)}, one[i], "how a limit stands")
		}
		t.that(len(seen) == callers && seen[1] && seen[callers], "%d attempts at once were counted as %d", callers, len(seen))
	}
}

// take counts one attempt against one key.
func (t *trial) take(at time.Time, key core.Hash) core.Taken {
	all, err := t.s.Take(t.ctx, at, []core.Limit{{Key: key, Max: 2, Window: time.Minute}})
	t.ok(err, "Take")
	t.that(len(all) == 1, "Take against one limit tells of %d", len(all))
	return all[0]
}

func limitWindows(t *trial) {
	key, ends := newHash(), noon.Add(time.Minute)
	for _, one := range []struct {
		at    time.Time
		count int
		ends  time.Time
	}{
		{noon, 1, ends},
		{noon.Add(30 * time.Second), 2, ends},
		{ends.Add(-time.Microsecond), 3, ends},
		{ends, 1, ends.Add(time.Minute)},
		{ends.Add(time.Second), 2, ends.Add(time.Minute)},
		{ends.Add(time.Hour), 1, ends.Add(time.Hour + time.Minute)},
	} {
		want := core.Taken{Count: one.count, Over: one.count > 2, Resets: one.ends}
		same(t, want, t.take(one.at, key), "an attempt "+one.at.Sub(noon).String()+" after the first")
	}
	none, err := t.s.Take(t.ctx, noon, nil)
	t.ok(err, "Take against nothing")
	t.that(len(none) == 0, "Take against no limit tells of %d", len(none))
}

func limitForgive(t *trial) {
	key, never := newHash(), newHash()
	for range 3 {
		t.take(noon, key)
	}
	t.ok(t.s.Forgive(t.ctx, noon, []core.Hash{key, never}), "Forgive")
	t.that(t.take(noon, key).Count == 3, "an attempt that was forgiven still counts, or more than one was")
	for range 9 {
		t.ok(t.s.Forgive(t.ctx, noon, []core.Hash{key}), "Forgive")
	}
	t.that(t.take(noon, key).Count == 1, "forgiving more than was taken is saved up")
	t.that(t.take(noon, never).Count == 1, "forgiving a key that was never counted is saved up")
	later := noon.Add(2 * time.Minute)
	t.ok(t.s.Forgive(t.ctx, later, []core.Hash{key}), "Forgive after the window")
	t.that(t.take(later, key).Count == 1, "forgiving after the window is saved up for the next")
}

func limitForgiveRacing(t *trial) {
	key := newHash()
	for range 2 * callers {
		t.take(noon, key)
	}
	for _, err := range t.race(callers, func(int) error { return t.s.Forgive(t.ctx, noon, []core.Hash{key}) }) {
		t.ok(err, "Forgive in a race")
	}
	n := t.take(noon, key).Count
	t.that(n == callers+1, "%d attempts, of which %d were forgiven at once: the next counts as %d", 2*callers, callers, n)
}

func limitTenants(t *trial) {
	key, other := newHash(), t.neighbour()
	t.take(noon, key)
	t.that(other.take(noon, key).Count == 1, "attempts at a neighbour count here")
	t.ok(other.s.Forgive(t.ctx, noon, []core.Hash{key}), "Forgive")
	t.that(t.take(noon, key).Count == 2, "a neighbour forgave what was taken here")
}
