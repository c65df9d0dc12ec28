package history

import (
	"strings"
	"testing"
	"time"
)

// The histories here are short-hand: at is a call that took from the first to the second second.
func at(from, to int, kind Kind, outcome Outcome, more ...func(*Call)) Call {
	c := Call{Kind: kind, Outcome: outcome, From: Time(from) * time.Second, To: Time(to) * time.Second}
	for _, m := range more {
		m(&c)
	}
	return c
}

// shows is the generation, or the number of the access token, that was presented.
func shows(n int) func(*Call) { return func(c *Call) { c.Presented = n } }

// gives is the generation and the number of the access token that were answered.
func gives(generation, token int) func(*Call) {
	return func(c *Call) { c.Given, c.Token = generation, token }
}

func outage(c *Call) { c.Outage = true }

// grant is one whose codes live a minute, tokens ten, and generations overlap for half a minute.
func grant(calls ...Call) *Grant {
	return &Grant{ID: "g", Rotates: true, Offline: true, CodeLife: time.Minute, AccessLife: 10 * time.Minute, Overlap: 30 * time.Second, Calls: calls}
}

// redeemed is how most of the histories begin: generation 1 and token 1 are out by second 4.
func redeemed(calls ...Call) *Grant {
	return grant(append([]Call{at(1, 2, Authorize, Done), at(3, 4, Redeem, Done, gives(1, 1))}, calls...)...)
}

func session(calls ...Call) *Register {
	return &Register{ID: "s", Calls: append([]Call{at(1, 2, Begin, Done)}, calls...)}
}

func TestTheCheckerCatches(t *testing.T) {
	for name, c := range map[string]struct {
		want Fault
		from *Grant
	}{
		"TOK01 a code that is good twice": {DoubleRedemption, redeemed(at(10, 11, Redeem, Done, gives(1, 2)))},
		"TOK01 a code that is good for two at once": {DoubleRedemption, grant(
			at(1, 2, Authorize, Done), at(3, 5, Redeem, Done, gives(1, 1)), at(4, 6, Redeem, Done, gives(1, 2)))},
		"a code that is good after its time": {DoubleRedemption, grant(at(1, 2, Authorize, Done), at(70, 71, Redeem, Done, gives(1, 1)))},
		"RFR01 an old token outside the overlap": {ForkedFamily, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(50, 51, Refresh, Done, shows(1), gives(2, 3)))},
		"RFR01 a token two generations old": {ForkedFamily, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Done, shows(2), gives(3, 3)), at(9, 10, Refresh, Done, shows(1), gives(2, 4)))},
		"INV-F1 one token, two successors": {ForkedFamily, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Done, shows(1), gives(3, 3)))},
		"INV-R1 active after a revocation": {Resurrected, redeemed(
			at(5, 6, RevokeRefresh, Done, shows(1)), at(7, 8, Introspect, Done, shows(1)))},
		"INV-R1 refreshed after a revocation": {Resurrected, redeemed(
			at(5, 6, RevokeRefresh, Done, shows(1)), at(7, 8, Refresh, Done, shows(1), gives(2, 2)))},
		"an access token after its revocation": {Resurrected, redeemed(
			at(5, 6, RevokeAccess, Done, shows(1)), at(7, 8, UserInfo, Done, shows(1)))},
		"a replay that revokes nothing": {Resurrected, redeemed(
			at(5, 6, Redeem, Refused), at(7, 8, Introspect, Done, shows(1)))},
		"STA01 alive after the account was disabled": {Resurrected, redeemed(
			at(5, 6, End, Done), at(7, 8, Introspect, Done, shows(1)))},
		"a code after its session ended": {Resurrected, grant(
			at(1, 2, Authorize, Done), at(3, 4, EndSession, Done), at(5, 6, Redeem, Done, gives(1, 1)))},
		"a revocation that comes and goes": {Resurrected, redeemed(
			at(5, 9, RevokeRefresh, Done, shows(1)), at(6, 7, Introspect, Refused, shows(1)), at(8, 9, Introspect, Done, shows(1)))},
		"the token that was answered is refused": {LostGrant, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Refused, shows(2)))},
		"a code that was answered is refused": {LostGrant, grant(
			at(1, 2, Authorize, Done), at(3, 4, Redeem, Refused))},
		"the predecessor is refused within the overlap": {LostGrant, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Refused, shows(1)))},
		"an access token that is suddenly inactive": {LostGrant, redeemed(at(5, 6, Introspect, Refused, shows(1)))},
		"a row that fell back": {LostGrant, redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Stored, Done, gives(1, 0)))},
		"a row that is not revoked": {LostGrant, redeemed(
			at(5, 6, RevokeRefresh, Done, shows(1)), at(7, 8, Stored, Done, gives(1, 0)))},
		"a session's end ends more than it may": {LostGrant, redeemed(
			at(5, 6, EndSession, Done), at(7, 8, Refresh, Refused, shows(1)))},
		"refused while the database was away": {OutageRefusal, redeemed(
			at(5, 6, Refresh, Unknown, shows(1)), at(7, 8, Refresh, Refused, shows(1), outage))},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.from.Check()
			if v == nil {
				t.Fatal("it was not caught")
			}
			if v.Fault != c.want || !strings.Contains(v.Excerpt, ">>") {
				t.Errorf("caught as %s:\n%s", v.Fault, v.Excerpt)
			}
		})
	}
}

func TestTheCheckerLetsPass(t *testing.T) {
	for name, g := range map[string]*Grant{
		"CRH02 a redemption whose answer was lost, and the replay": grant(
			at(1, 2, Authorize, Done), at(3, 9, Redeem, Unknown), at(5, 6, Redeem, Refused)),
		"a redemption that came to nothing, and the next": grant(
			at(1, 2, Authorize, Done), at(3, 9, Redeem, Unknown), at(5, 6, Redeem, Done, gives(1, 1)), at(10, 11, Introspect, Done, shows(1))),
		"a redemption that lands late and is a replay": grant(
			at(1, 2, Authorize, Done), at(3, 9, Redeem, Unknown), at(5, 6, Redeem, Done, gives(1, 1)), at(10, 11, Introspect, Refused, shows(1))),
		"TOK01 two at once: one wins and both lose": grant(
			at(1, 2, Authorize, Done), at(3, 5, Redeem, Done, gives(1, 1)), at(4, 6, Redeem, Refused), at(7, 8, Introspect, Refused, shows(1))),
		"a code that is too old": grant(at(1, 2, Authorize, Done), at(63, 64, Redeem, Refused)),
		"a code that may be too old, or not": grant(
			at(1, 5, Authorize, Done), at(62, 63, Redeem, Done, gives(1, 1))),
		"CRH03 a refresh whose answer was lost, and the repeat": redeemed(
			at(5, 9, Refresh, Unknown, shows(1)), at(6, 7, Refresh, Done, shows(1), gives(2, 2)), at(10, 11, Refresh, Done, shows(2), gives(3, 3))),
		"the repeat comes too late": redeemed(
			at(5, 9, Refresh, Unknown, shows(1)), at(50, 51, Refresh, Refused, shows(1)), at(52, 53, Introspect, Refused, shows(1))),
		"it never landed, so the repeat is the first": redeemed(
			at(5, 9, Refresh, Unknown, shows(1)), at(50, 51, Refresh, Done, shows(1), gives(2, 2))),
		"RFR02 three processes at once": redeemed(
			at(5, 9, Refresh, Done, shows(1), gives(2, 2)), at(5, 8, Refresh, Done, shows(1), gives(2, 3)), at(6, 7, Refresh, Done, shows(1), gives(2, 4)),
			at(10, 11, Introspect, Done, shows(2)), at(10, 11, Introspect, Done, shows(4))),
		"at the very end of the overlap both may be": redeemed(
			at(5, 8, Refresh, Done, shows(1), gives(2, 2)), at(36, 37, Refresh, Done, shows(1), gives(2, 3))),
		"and the other": redeemed(
			at(5, 8, Refresh, Done, shows(1), gives(2, 2)), at(36, 37, Refresh, Refused, shows(1)), at(38, 39, Refresh, Refused, shows(2))),
		"reuse ends everything": redeemed(
			at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Done, shows(2), gives(3, 3)),
			at(9, 10, Refresh, Refused, shows(1)), at(11, 12, Refresh, Refused, shows(3)), at(13, 14, Introspect, Refused, shows(3))),
		"INV-R2 a revocation that races": redeemed(
			at(5, 9, RevokeRefresh, Done, shows(1)), at(6, 7, Introspect, Done, shows(1)), at(8, 9, Refresh, Refused, shows(1))),
		"a revocation whose answer was lost, either way": redeemed(
			at(5, 9, RevokeRefresh, Unknown, shows(1)), at(6, 7, Introspect, Done, shows(1)), at(20, 21, Introspect, Refused, shows(1))),
		"a revocation that was lost before it arrived": redeemed(
			at(5, 9, RevokeRefresh, Unknown, shows(1)), at(20, 21, Introspect, Done, shows(1))),
		"CRH04 access tokens end, the refresh token lives": redeemed(
			at(5, 6, RevokeAccess, Done, shows(1)), at(7, 8, Introspect, Refused, shows(1)),
			at(9, 10, Refresh, Done, shows(1), gives(2, 2)), at(11, 12, Introspect, Done, shows(2))),
		"an old access token revokes nothing any more": redeemed(
			at(5, 6, RevokeAccess, Done, shows(1)), at(7, 8, Refresh, Done, shows(1), gives(2, 2)),
			at(9, 10, RevokeAccess, Done, shows(1)), at(11, 12, Introspect, Done, shows(2))),
		"an access token that has expired": redeemed(at(700, 701, Introspect, Refused, shows(1)), at(702, 703, RevokeAccess, Done, shows(1))),
		"what was ended before it was made": grant(
			at(1, 5, Authorize, Done), at(2, 3, End, Done), at(6, 7, Redeem, Done, gives(1, 1))),
		"what was ended while it was made": grant(
			at(1, 5, Authorize, Done), at(2, 3, End, Done), at(6, 7, Redeem, Refused)),
		"an operator who does not know": redeemed(
			Call{Kind: End, Outcome: Unknown, From: 5 * time.Second, To: Never}, at(6, 7, Introspect, Done, shows(1)), at(8, 9, Refresh, Refused, shows(1))),
		"offline outlives its session": redeemed(
			at(5, 6, EndSession, Done), at(7, 8, Refresh, Done, shows(1), gives(2, 2))),
		"a row that was revoked in a batch": redeemed(at(5, 6, End, Done), at(7, 8, Stored, Refused, gives(1, 0))),
		"a reader who heard nothing":        redeemed(at(5, 6, Introspect, Unknown, shows(1)), at(7, 8, Introspect, Done, shows(1))),
	} {
		t.Run(name, func(t *testing.T) {
			if v := g.Check(); v != nil {
				t.Error(v)
			}
		})
	}
}

func TestTheCheckerKnowsGrantsWithoutRotationAndOfASession(t *testing.T) {
	steady := redeemed(at(5, 6, Refresh, Done, shows(1), gives(1, 2)), at(500, 501, Refresh, Done, shows(1), gives(1, 3)))
	steady.Rotates = false
	if v := steady.Check(); v != nil {
		t.Error(v)
	}
	bound := redeemed(at(5, 6, EndSession, Done), at(7, 8, Refresh, Refused, shows(1)))
	bound.Offline = false
	if v := bound.Check(); v != nil {
		t.Error(v)
	}
	bound.Calls[len(bound.Calls)-1] = at(7, 8, Refresh, Done, shows(1), gives(2, 2))
	if v := bound.Check(); v == nil || v.Fault != Resurrected {
		t.Errorf("a grant outlived its session: %v", v)
	}
}

func TestTheCheckerJudgesSessions(t *testing.T) {
	for name, c := range map[string]struct {
		want Fault
		from *Register
	}{
		"used and ended":               {"", session(at(3, 4, Use, Done), at(5, 6, EndSession, Done), at(7, 8, Use, Refused))},
		"perhaps ended":                {"", session(at(5, 9, EndSession, Unknown), at(10, 11, Use, Refused))},
		"perhaps not":                  {"", session(at(5, 9, EndSession, Unknown), at(10, 11, Use, Done))},
		"CSR20 alive after a sign-out": {Resurrected, session(at(5, 6, EndSession, Done), at(7, 8, Use, Done))},
		"lost without a cause":         {LostSession, session(at(3, 4, Use, Refused))},
		"lost, then there":             {LostSession, session(at(3, 4, Use, Refused), at(5, 6, Use, Done))},
		"ended by a call that has no end": {"", session(
			Call{Kind: EndSession, Outcome: Unknown, From: 3 * time.Second, To: Never}, at(4, 5, Use, Refused))},
	} {
		t.Run(name, func(t *testing.T) {
			switch v := c.from.Check(LostSession); {
			case v == nil && c.want != "":
				t.Error("it was not caught")
			case v != nil && v.Fault != c.want:
				t.Error(v)
			}
		})
	}
}

func TestTheCheckerJudgesClients(t *testing.T) {
	second := func(n int) Time { return Time(n) * time.Second }
	windows := []Window{{second(10), second(12), second(20), second(22)}, {second(90), second(91), Never, Never}}
	for name, c := range map[string]struct {
		want bool
		call Call
	}{
		"before":                      {true, at(1, 2, Refresh, Done)},
		"while it is switched off":    {true, at(11, 14, Refresh, Done)},
		"after it was":                {false, at(13, 14, Refresh, Done)},
		"while it is switched on":     {true, at(13, 21, Refresh, Done)},
		"refused before":              {false, at(1, 2, Refresh, Refused)},
		"refused while it is off":     {true, at(13, 14, Refresh, Refused)},
		"refused by a stale replica":  {true, at(26, 27, Refresh, Refused)},
		"refused long after":          {false, at(40, 41, Refresh, Refused)},
		"refused since it was not on": {true, at(500, 501, Refresh, Refused)},
		"done though it was never on": {false, at(500, 501, Refresh, Done)},
	} {
		if got := CheckClient(windows, &c.call, 5*time.Second); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestTheCheckerJudgesKeys(t *testing.T) {
	second := func(n int) Time { return Time(n) * time.Second }
	k := Keys{Age: 2 * time.Second}
	k.Published("1", second(1), []string{"a"})
	k.Published("1", second(10), []string{"a"})
	k.Published("1", second(11), []string{"a", "b"})
	k.Published("2", second(15), []string{"a", "b"})
	k.Signed("a", second(5), "a caller")
	k.Signed("b", second(13), "a caller")
	k.Signed("b", second(30), "a caller")
	if wrong := k.Check(); len(wrong) != 0 || k.Used() != 2 {
		t.Errorf("%v", wrong)
	}
	k.Published("2", second(12), []string{"a"}) // known to one replica and not to the other
	if wrong := k.Check(); len(wrong) != 1 || wrong[0].Fault != BadSignature {
		t.Errorf("a key that a cache could not know: %v", wrong)
	}
	k.Published("1", second(40), []string{"b"}) // too early: a is still out
	if wrong := k.Check(); len(wrong) != 2 {
		t.Errorf("a key that was taken away: %v", wrong)
	}
}

func TestAnExcerptShowsWhatIsWrong(t *testing.T) {
	g := redeemed(at(5, 6, Refresh, Done, shows(1), gives(2, 2)), at(7, 8, Refresh, Refused, shows(2)), at(9, 10, Introspect, Done, shows(2)))
	v := g.Check()
	const want = `       asked   answered  seconds of the provider's clock
       1.000      2.000  authorize: done
       3.000      4.000  redeem: done, generation 1, token 1
       5.000      6.000  refresh generation 1: done, generation 2, token 2
>>     7.000      8.000  refresh generation 2: refused
       9.000     10.000  introspect token 2: done
`
	if v == nil || v.Excerpt != want {
		t.Errorf("%v", v)
	}
}
