package provider

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// lostMarks keeps some marks and loses the answers, as long as it is told to.
type lostMarks struct {
	core.Store
	mu   sync.Mutex
	lose int
}

func (s *lostMarks) Mark(ctx context.Context, kind string, hash core.Hash, until time.Time, change core.ID) error {
	err := s.Store.Mark(ctx, kind, hash, until, change)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose == 0 {
		return err
	}
	s.lose--
	return core.ErrUnavailable // also what was refused: who asked knows neither
}

// Of requests with one assertion that meet while answers are lost, one at the most
// is answered, and in the end one is: who lost cannot free what the winner used.
func TestThreat_FLT02_AnAssertionIsGoodOnceThoughAnswersAreLost(t *testing.T) {
	r := newRig(t)
	lost := &lostMarks{Store: r.Store}
	r.Store = lost
	key := newSigner(t, jose.EdDSA, "")
	r.client("app", byAssertion(key))
	for range 20 {
		r.pass(failureWindow) // those that are refused are counted
		token := r.assertion(key, "", "app", nil)
		lost.mu.Lock()
		lost.lose = 4
		lost.mu.Unlock()
		won := atOnce(8, func() answer { return r.asserted(token) })["ok"]
		if won == 0 { // whoever had it had lost the answer
			r.ok(r.asserted(token))
			won++
		}
		if won != 1 {
			t.Fatalf("%d requests were answered", won)
		}
		r.refuses(r.asserted(token), 401, core.InvalidClient)
	}
}

// What a request was told, also that it was refused, is an answer: its assertion
// stays used.
func TestThreat_CLA07_AnAssertionStaysUsedOnceItsRequestIsAnswered(t *testing.T) {
	r := newRig(t)
	key := newSigner(t, jose.EdDSA, "")
	r.client("app", byAssertion(key))
	for _, c := range []struct {
		path   string
		status int
		pairs  []string
	}{
		{"/token", 200, []string{"grant_type", "client_credentials"}},
		{"/token", 400, []string{"grant_type", "client_credentials", "scope", "unheard-of"}},
		{"/token", 400, []string{"grant_type", "authorization_code", "code", "forged", "redirect_uri", "https://app.example/"}},
		{"/introspect", 200, []string{"token", "unknown"}},
		{"/revoke", 200, []string{"token", "unknown"}},
	} {
		r.pass(failureWindow) // those that are refused are counted
		token := r.assertion(key, "", "app", nil)
		asserts := form("client_assertion_type", assertionType, "client_assertion", token)
		if got := r.post(c.path, with(asserts, c.pairs...)); got.status != c.status {
			t.Errorf("%s %v: %d %s, want %d", c.path, c.pairs, got.status, got.body, c.status)
		}
		r.refuses(r.asserted(token), 401, core.InvalidClient)
	}
}
