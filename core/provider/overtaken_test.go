package provider_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright/core"
)

// between runs an act once, just before the write that ends an interaction.
type between struct {
	core.Store
	acted atomic.Bool
	act   func(core.Interaction)
}

func (s *between) UpdateInteraction(ctx context.Context, i core.Interaction, e ...core.Event) error {
	if i.Finished && s.acted.CompareAndSwap(false, true) {
		s.act(i)
	}
	return s.Store.UpdateInteraction(ctx, i, e...)
}

// CSR06, INV-A4: two tabs decide differently, and the second decision is stored
// before the first has become an outcome. What was stored last counts: once a
// denial is kept there is no code.
func TestThreat_CSR06_ADenialOvertakesWhatWasAllowed(t *testing.T) {
	w := newWorld(t)
	s := &between{Store: w.store.Store}
	w.store.Store = s
	s.act = func(i core.Interaction) {
		stands, err := s.Store.Interaction(t.Context(), i.ID)
		w.must(err)
		denied := *stands.Decision
		denied.Allow = false
		stands.Decision, stands.Change = &denied, core.NewID(w.now())
		w.must(s.Store.UpdateInteraction(t.Context(), stands))
	}
	b := w.browser()
	consent := b.signIn(request("app"), "ada@example.com")
	b.want(consent, core.PageConsent)
	a := b.do(http.MethodPost, consent.Form.Action, consent.fields("decision", "allow"))
	if !s.acted.Load() || !strings.Contains(a.location, "error=access_denied") || strings.Contains(a.location, "code=") {
		t.Errorf("answered %q", a.location)
	}
}
