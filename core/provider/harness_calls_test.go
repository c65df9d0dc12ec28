package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// CallStore counts the calls that requests make of a store, and fails those that a
// test names. It is exported for the tests outside this package.
type CallStore struct {
	core.Store
	mu     sync.Mutex
	calls  map[string]int // since Reset
	cost   [2]int         // reads and writes, since Cost
	events []core.Event   // all that were to be written
	fault  Fault
	met    int // calls that the fault is about, since Arm
}

// Fault says which calls of a store fail.
type Fault struct {
	Calls []string // by their names; none is all
	Nth   int      // the first that fails, counted from 1; 0 is no fault
	Times int      // how many; 0 is one
	After bool     // it has taken effect: the answer is lost
}

// ForGood is Fault.Times where nothing answers any more.
const ForGood = math.MaxInt32

var errCut = core.Unavailable(errors.New("connection cut"))

// Arm has calls fail from now on, in place of those before.
func (s *CallStore) Arm(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.met = f, 0
}

// Cost is the reads and writes since the last call of Cost.
func (s *CallStore) Cost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.cost = [2]int{} }()
	return fmt.Sprintf("%d reads, %d writes", s.cost[0], s.cost[1])
}

// Reset has Seen count anew.
func (s *CallStore) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Seen is how often each method was called since Reset.
func (s *CallStore) Seen() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Written are all events that came with writes, in order.
func (s *CallStore) Written() []core.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// call counts one call and runs it, or loses it or its answer. Whoever lost an
// answer does not know that it was an error.
func (s *CallStore) call(name string, run func() error, events ...core.Event) error {
	fails, after := s.count(name, events)
	if !fails {
		return run()
	}
	if after {
		_ = run()
	}
	return errCut
}

func (s *CallStore) count(name string, events []core.Event) (fails, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[name]++
	s.cost[writes(name)]++
	s.events = append(s.events, events...)
	if f := s.fault; f.Nth > 0 && (f.Calls == nil || slices.Contains(f.Calls, name)) {
		s.met++
		fails = s.met >= f.Nth && s.met < f.Nth+max(1, f.Times)
	}
	return fails, s.fault.After
}

// writes is 1 for calls that change something.
func writes(name string) int {
	for _, verb := range []string{"Create", "Update", "Mark", "Unmark", "Take"} {
		if strings.HasPrefix(name, verb) && name != "Marked" {
			return 1
		}
	}
	return 0
}

func (s *CallStore) Client(ctx context.Context, id string) (c core.Client, err error) {
	err = s.call("Client", func() error { c, err = s.Store.Client(ctx, id); return err })
	return c, err
}

func (s *CallStore) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return s.call("CreateClient", func() error { return s.Store.CreateClient(ctx, c, e...) }, e...)
}

func (s *CallStore) UpdateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return s.call("UpdateClient", func() error { return s.Store.UpdateClient(ctx, c, e...) }, e...)
}

func (s *CallStore) Account(ctx context.Context, id core.ID) (a core.Account, err error) {
	err = s.call("Account", func() error { a, err = s.Store.Account(ctx, id); return err })
	return a, err
}

func (s *CallStore) AccountByIdentifier(ctx context.Context, i core.Identifier) (a core.Account, err error) {
	err = s.call("AccountByIdentifier", func() error { a, err = s.Store.AccountByIdentifier(ctx, i); return err })
	return a, err
}

func (s *CallStore) CreateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	return s.call("CreateAccount", func() error { return s.Store.CreateAccount(ctx, c, e...) }, e...)
}

func (s *CallStore) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	return s.call("UpdateAccount", func() error { return s.Store.UpdateAccount(ctx, c, e...) }, e...)
}

func (s *CallStore) Credential(ctx context.Context, k core.CredentialKey) (c core.Credential, err error) {
	err = s.call("Credential", func() error { c, err = s.Store.Credential(ctx, k); return err })
	return c, err
}

func (s *CallStore) Credentials(ctx context.Context, account core.ID) (c []core.Credential, err error) {
	err = s.call("Credentials", func() error { c, err = s.Store.Credentials(ctx, account); return err })
	return c, err
}

func (s *CallStore) UpdateCredential(ctx context.Context, c core.Credential, e ...core.Event) error {
	return s.call("UpdateCredential", func() error { return s.Store.UpdateCredential(ctx, c, e...) }, e...)
}

func (s *CallStore) Grant(ctx context.Context, id core.ID) (g core.Grant, t core.Standing, err error) {
	err = s.call("Grant", func() error { g, t, err = s.Store.Grant(ctx, id); return err })
	return g, t, err
}

func (s *CallStore) GrantAndAccount(ctx context.Context, id core.ID) (g core.Grant, a core.Account, t core.Standing, err error) {
	err = s.call("GrantAndAccount", func() error { g, a, t, err = s.Store.GrantAndAccount(ctx, id); return err })
	return g, a, t, err
}

func (s *CallStore) GrantByUserCode(ctx context.Context, codes []core.Hash) (g core.Grant, err error) {
	err = s.call("GrantByUserCode", func() error { g, err = s.Store.GrantByUserCode(ctx, codes); return err })
	return g, err
}

func (s *CallStore) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) (g []core.Grant, err error) {
	err = s.call("Grants", func() error { g, err = s.Store.Grants(ctx, f, p); return err })
	return g, err
}

func (s *CallStore) CreateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	return s.call("CreateGrant", func() error { return s.Store.CreateGrant(ctx, g, e...) }, e...)
}

func (s *CallStore) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	return s.call("UpdateGrant", func() error { return s.Store.UpdateGrant(ctx, g, e...) }, e...)
}

func (s *CallStore) Interaction(ctx context.Context, id core.ID) (i core.Interaction, err error) {
	err = s.call("Interaction", func() error { i, err = s.Store.Interaction(ctx, id); return err })
	return i, err
}

func (s *CallStore) CreateInteraction(ctx context.Context, i core.Interaction) error {
	return s.call("CreateInteraction", func() error { return s.Store.CreateInteraction(ctx, i) })
}

func (s *CallStore) UpdateInteraction(ctx context.Context, i core.Interaction, e ...core.Event) error {
	return s.call("UpdateInteraction", func() error { return s.Store.UpdateInteraction(ctx, i, e...) }, e...)
}

func (s *CallStore) Sessions(ctx context.Context, ids []core.ID) (v []core.SignedIn, err error) {
	err = s.call("Sessions", func() error { v, err = s.Store.Sessions(ctx, ids); return err })
	return v, err
}

func (s *CallStore) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) (v []core.Session, err error) {
	err = s.call("SessionsOf", func() error { v, err = s.Store.SessionsOf(ctx, account, p); return err })
	return v, err
}

func (s *CallStore) CreateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	return s.call("CreateSession", func() error { return s.Store.CreateSession(ctx, v, e...) }, e...)
}

func (s *CallStore) UpdateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	return s.call("UpdateSession", func() error { return s.Store.UpdateSession(ctx, v, e...) }, e...)
}

func (s *CallStore) Consent(ctx context.Context, account core.ID, client string) (c core.Consent, t core.ClientStanding, err error) {
	err = s.call("Consent", func() error { c, t, err = s.Store.Consent(ctx, account, client); return err })
	return c, t, err
}

func (s *CallStore) Consents(ctx context.Context, account core.ID, after string, limit int) (c []core.Consent, err error) {
	err = s.call("Consents", func() error { c, err = s.Store.Consents(ctx, account, after, limit); return err })
	return c, err
}

func (s *CallStore) CreateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	return s.call("CreateConsent", func() error { return s.Store.CreateConsent(ctx, c, e...) }, e...)
}

func (s *CallStore) UpdateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	return s.call("UpdateConsent", func() error { return s.Store.UpdateConsent(ctx, c, e...) }, e...)
}

func (s *CallStore) OrganizationByDomain(ctx context.Context, d string) (o core.Organization, c []core.Connection, err error) {
	err = s.call("OrganizationByDomain", func() error { o, c, err = s.Store.OrganizationByDomain(ctx, d); return err })
	return o, c, err
}

func (s *CallStore) Mark(ctx context.Context, kind string, hash core.Hash, until time.Time, change core.ID) error {
	return s.call("Mark", func() error { return s.Store.Mark(ctx, kind, hash, until, change) })
}

func (s *CallStore) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	return s.call("Unmark", func() error { return s.Store.Unmark(ctx, kind, hash, change) })
}

func (s *CallStore) Marked(ctx context.Context, kind string, hash core.Hash, client string) (b bool, t core.ClientStanding, err error) {
	err = s.call("Marked", func() error { b, t, err = s.Store.Marked(ctx, kind, hash, client); return err })
	return b, t, err
}

func (s *CallStore) Take(ctx context.Context, at time.Time, l []core.Limit) (t []core.Taken, err error) {
	err = s.call("Take", func() error { t, err = s.Store.Take(ctx, at, l); return err })
	return t, err
}
