//go:build unix

package torture

import (
	"cmp"
	"slices"
	"sync"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// ledger keeps what was asked and answered, by what it is about.
type ledger struct {
	mu       sync.Mutex
	grants   []*grantRecord
	sessions []*sessionRecord
	jobs     []*sessionRecord
	consents map[consentKey]*history.Register
	ends     []ending
	windows  map[string][]*history.Window
	clients  []clientCall
	stuck    []stuck
}

// stuck is a visit that did not end where it should: somebody has to be the cause.
type stuck struct {
	what     string
	troubled bool // an answer was lost on the way
	from, to history.Time
	account  core.ID
	client   string
}

// grantRecord is the history of one grant, and what it depends on.
type grantRecord struct {
	mu      sync.Mutex
	history history.Grant
	tokens  int
	account core.ID
	client  string
	session string
}

// sessionRecord is the history of one session under one secret.
type sessionRecord struct {
	mu      sync.Mutex
	history history.Register
	account core.ID
	session string // sid
}

type consentKey struct {
	account core.ID
	client  string
}

// ending is something that ends grants or sessions. What is zero does not matter to it.
type ending struct {
	call    history.Call
	account core.ID
	client  string
	session string
}

// clientCall is an answer that depends on whether a client is enabled.
type clientCall struct {
	client string
	call   history.Call
}

func newLedger() *ledger {
	return &ledger{consents: map[consentKey]*history.Register{}, windows: map[string][]*history.Window{}}
}

// add puts a call into the history of a grant; one that was answered with an access token is given its number.
func (g *grantRecord) add(c history.Call, gaveToken bool) (token int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if gaveToken {
		g.tokens++
		c.Token = g.tokens
	}
	g.history.Calls = append(g.history.Calls, c)
	return c.Token
}

func (s *sessionRecord) add(c history.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history.Calls = append(s.history.Calls, c)
}

func (l *ledger) grant(g *grantRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.grants = append(l.grants, g)
}

func (l *ledger) session(s *sessionRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sessions = append(l.sessions, s)
}

func (l *ledger) job(s *sessionRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = append(l.jobs, s)
}

func (l *ledger) consent(k consentKey, c history.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.consents[k]
	if r == nil {
		r = &history.Register{ID: "consent of " + k.account.String() + " for " + k.client}
		l.consents[k] = r
	}
	r.Calls = append(r.Calls, c)
}

func (l *ledger) end(e ending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = append(l.ends, e)
}

// window opens a time in which a client is off; whoever gets it fills it in under change.
func (l *ledger) window(client string, from history.Time) *history.Window {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &history.Window{OffFrom: from, OffTo: history.Never, OnFrom: history.Never, OnTo: history.Never}
	l.windows[client] = append(l.windows[client], w)
	return w
}

func (l *ledger) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}

// served notes an answer that needs the client to be enabled, or says that it is not.
func (l *ledger) served(client string, c history.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clients = append(l.clients, clientCall{client, c})
}

// check judges everything. Nothing may be added meanwhile.
func (l *ledger) check() []history.Violation {
	var all []history.Violation
	slices.SortFunc(l.ends, func(a, b ending) int { return cmp.Compare(a.call.From, b.call.From) })
	for _, g := range l.grants {
		l.attach(&g.history.Calls, g.account, g.client, g.session, history.End, history.EndSession)
		all = appendViolation(all, g.history.Check())
	}
	for _, s := range l.sessions {
		l.attach(&s.history.Calls, s.account, "", s.session, history.EndSession)
		all = appendViolation(all, s.history.Check(history.LostSession))
	}
	for k, c := range l.consents {
		l.attachConsent(c, k)
		all = appendViolation(all, c.Check(history.LostConsent))
	}
	for _, j := range l.jobs {
		all = appendViolation(all, j.history.Check(history.LostGrant))
	}
	return append(append(all, l.checkClients()...), l.checkStuck()...)
}

func appendViolation(all []history.Violation, v *history.Violation) []history.Violation {
	if v == nil {
		return all
	}
	return append(all, *v)
}

// attach adds the endings that touch a history to it: those that were not over before it began.
func (l *ledger) attach(calls *[]history.Call, account core.ID, client, session string, kinds ...history.Kind) {
	begun, over := span(*calls)
	for _, e := range l.ends {
		touches := slices.Contains(kinds, e.call.Kind) && (e.account.IsZero() || e.account == account) &&
			(e.client == "" || e.client == client) && (e.session == "" || e.session == session)
		if touches && e.call.To >= begun && e.call.From <= over {
			*calls = append(*calls, e.call)
		}
	}
}

// attachConsent adds what was withdrawn, and nothing else.
func (l *ledger) attachConsent(r *history.Register, k consentKey) {
	for _, e := range l.ends {
		if e.account == k.account && e.client == k.client {
			r.Calls = append(r.Calls, e.call)
		}
	}
}

func span(calls []history.Call) (begun, over history.Time) {
	begun = history.Never
	for i := range calls {
		begun, over = min(begun, calls[i].From), max(over, calls[i].To)
	}
	return begun, over
}

// checkStuck wants a cause: an answer that was lost, an account that ended, or a client that was off.
func (l *ledger) checkStuck() []history.Violation {
	var all []history.Violation
	for _, s := range l.stuck {
		caused := s.troubled
		for _, e := range l.ends {
			touches := e.account == s.account || e.account.IsZero() && e.client == s.client
			caused = caused || touches && e.call.From <= s.to && (e.call.To >= s.from || e.call.Kind == history.End)
		}
		for _, w := range l.windows[s.client] {
			caused = caused || w.OffFrom <= s.to && w.OnTo >= s.from-core.MaxClientStale-history.Skew
		}
		if !caused {
			all = append(all, history.Violation{Fault: history.Unexpected, Subject: "a visit without an end", Excerpt: s.what})
		}
	}
	return all
}

func (l *ledger) checkClients() []history.Violation {
	var all []history.Violation
	for _, c := range l.clients {
		var windows []history.Window
		for _, w := range l.windows[c.client] {
			windows = append(windows, *w)
		}
		if !history.CheckClient(windows, &c.call, core.MaxClientStale) {
			fault := history.Unexpected
			if c.call.Outcome == history.Done {
				fault = history.Resurrected
			}
			all = append(all, history.Violation{Fault: fault, Subject: "client " + c.client, Excerpt: c.call.String() + "\n"})
		}
	}
	return all
}

// calls counts by kind and outcome.
func (l *ledger) calls() map[string]map[history.Outcome]int {
	all := map[string]map[history.Outcome]int{}
	count := func(what string, calls []history.Call) {
		for i := range calls {
			name := what + string(calls[i].Kind)
			if all[name] == nil {
				all[name] = map[history.Outcome]int{}
			}
			all[name][calls[i].Outcome]++
		}
	}
	for _, g := range l.grants {
		count("grant: ", g.history.Calls)
	}
	for _, s := range l.sessions {
		count("session: ", s.history.Calls)
	}
	for _, c := range l.consents {
		count("consent: ", c.Calls)
	}
	for _, j := range l.jobs {
		count("job: ", j.history.Calls)
	}
	return all
}

func (l *ledger) stuckAt(s stuck) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = append(l.stuck, s)
}

func (g *grantRecord) length() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.history.Calls)
}

func (l *ledger) size() (grants, sessions, consents, stuck int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.grants), len(l.sessions), len(l.consents), len(l.stuck)
}
