package provider_test

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// countingStore counts the calls that a browser's requests make, and fails the
// one that a test names, before or after it took effect.
type countingStore struct {
	core.Store
	mu     sync.Mutex
	calls  map[string]int
	fail   string
	before bool
	events []core.Event
}

func (s *countingStore) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[name]++
}

func (s *countingStore) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = map[string]int{}
}

func (s *countingStore) seen() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// call runs one store call, or loses it or its answer.
func (s *countingStore) call(name string, run func() error, events ...core.Event) error {
	s.count(name)
	s.mu.Lock()
	failing, before := s.fail == name, s.before
	if failing {
		s.fail = ""
	}
	s.events = append(s.events, events...)
	s.mu.Unlock()
	if failing && before {
		return core.ErrUnavailable
	}
	if err := run(); err != nil || !failing {
		return err
	}
	return core.ErrUnavailable
}

func (s *countingStore) Sessions(ctx context.Context, ids []core.ID) (out []core.SignedIn, err error) {
	err = s.call("Sessions", func() error { out, err = s.Store.Sessions(ctx, ids); return err })
	return out, err
}

func (s *countingStore) Consent(ctx context.Context, a core.ID, c string) (out core.Consent, st core.ClientStanding, err error) {
	err = s.call("Consent", func() error { out, st, err = s.Store.Consent(ctx, a, c); return err })
	return out, st, err
}

func (s *countingStore) Interaction(ctx context.Context, id core.ID) (out core.Interaction, err error) {
	err = s.call("Interaction", func() error { out, err = s.Store.Interaction(ctx, id); return err })
	return out, err
}

func (s *countingStore) Client(ctx context.Context, id string) (core.Client, error) {
	s.count("Client")
	return s.Store.Client(ctx, id)
}

func (s *countingStore) Account(ctx context.Context, id core.ID) (core.Account, error) {
	s.count("Account")
	return s.Store.Account(ctx, id)
}

func (s *countingStore) Take(ctx context.Context, at time.Time, l []core.Limit) ([]core.Taken, error) {
	s.count("Take")
	return s.Store.Take(ctx, at, l)
}

func (s *countingStore) CreateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	return s.call("CreateGrant", func() error { return s.Store.CreateGrant(ctx, g, e...) }, e...)
}

func (s *countingStore) Grant(ctx context.Context, id core.ID) (g core.Grant, st core.Standing, err error) {
	err = s.call("Grant", func() error { g, st, err = s.Store.Grant(ctx, id); return err })
	return g, st, err
}

func (s *countingStore) GrantByUserCode(ctx context.Context, codes []core.Hash) (g core.Grant, err error) {
	err = s.call("GrantByUserCode", func() error { g, err = s.Store.GrantByUserCode(ctx, codes); return err })
	return g, err
}

func (s *countingStore) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	return s.call("UpdateGrant", func() error { return s.Store.UpdateGrant(ctx, g, e...) }, e...)
}

func (s *countingStore) CreateInteraction(ctx context.Context, i core.Interaction) error {
	return s.call("CreateInteraction", func() error { return s.Store.CreateInteraction(ctx, i) })
}

func (s *countingStore) UpdateInteraction(ctx context.Context, i core.Interaction, e ...core.Event) error {
	return s.call("UpdateInteraction", func() error { return s.Store.UpdateInteraction(ctx, i, e...) }, e...)
}

func (s *countingStore) CreateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	return s.call("CreateSession", func() error { return s.Store.CreateSession(ctx, v, e...) }, e...)
}

func (s *countingStore) UpdateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	return s.call("UpdateSession", func() error { return s.Store.UpdateSession(ctx, v, e...) }, e...)
}

func (s *countingStore) CreateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	return s.call("CreateConsent", func() error { return s.Store.CreateConsent(ctx, c, e...) }, e...)
}

func (s *countingStore) UpdateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	return s.call("UpdateConsent", func() error { return s.Store.UpdateConsent(ctx, c, e...) }, e...)
}

func (s *countingStore) UpdateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	return s.call("UpdateAccount", func() error { return s.Store.UpdateAccount(ctx, c, e...) }, e...)
}

func (s *countingStore) Credentials(ctx context.Context, account core.ID) ([]core.Credential, error) {
	s.count("Credentials")
	return s.Store.Credentials(ctx, account)
}

func (s *countingStore) Consents(ctx context.Context, account core.ID, after string, limit int) (out []core.Consent, err error) {
	err = s.call("Consents", func() error { out, err = s.Store.Consents(ctx, account, after, limit); return err })
	return out, err
}

func (s *countingStore) Grants(ctx context.Context, f core.GrantFilter, p core.PageOf) (out []core.Grant, err error) {
	err = s.call("Grants", func() error { out, err = s.Store.Grants(ctx, f, p); return err })
	return out, err
}

func (s *countingStore) SessionsOf(ctx context.Context, account core.ID, p core.PageOf) (out []core.Session, err error) {
	err = s.call("SessionsOf", func() error { out, err = s.Store.SessionsOf(ctx, account, p); return err })
	return out, err
}
