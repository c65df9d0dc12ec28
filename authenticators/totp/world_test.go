package totp

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// world is the authenticator over the memory store. It does with a reply what the
// provider does.
type world struct {
	t       *testing.T
	store   core.Store
	account core.ID
	at      time.Time
	mu      sync.Mutex
	counts  map[string]int
	notes   []byte
	letters []core.Letter
	events  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p := providertest.New(t)
	return &world{
		t: t, store: p.Store(), account: p.Person("mara@example.com", "lantern orbit velvet cascade").Account().ID,
		at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), counts: map[string]int{},
	}
}

// finder is the store as a turn sees it.
type finder struct{ core.Store }

func (f finder) ByIdentifier(ctx context.Context, i core.Identifier) (core.Account, error) {
	return f.AccountByIdentifier(ctx, i)
}

func (w *world) reserve(_ context.Context, limits ...core.NamedLimit) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range limits {
		key := strings.Join(l.Parts, "\x00") + w.at.Truncate(l.Window).String()
		w.counts[key]++
		if w.counts[key] > l.Max {
			return &core.Throttled{Until: w.at.Add(l.Window)}
		}
	}
	return nil
}

// sealed is enough of a seal to see that the label counts.
func sealed(label string, b []byte) ([]byte, error) {
	return append([]byte(label+"\x00"), reversed(b)...), nil
}

func opened(label string, b []byte) ([]byte, error) {
	if rest, ok := strings.CutPrefix(string(b), label+"\x00"); ok {
		return reversed([]byte(rest)), nil
	}
	return nil, errors.New("sealed with another label")
}

func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

func (w *world) turn(interaction byte, purpose core.TurnPurpose, step core.Step, pairs ...string) core.Turn {
	w.t.Helper()
	account, err := w.store.Account(w.t.Context(), w.account)
	if err != nil {
		w.t.Fatal(err)
	}
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return core.Turn{
		Purpose: purpose, Step: step, At: w.at, Interaction: core.ID{interaction}, Account: account, Form: form, Notes: w.notes,
		Find: finder{w.store}, Reserve: w.reserve, Seal: sealed, Open: opened,
	}
}

// do takes a turn and does what the reply says; a write that another was faster
// with is decided again.
func (w *world) do(t core.Turn, post bool) (core.Reply, error) {
	act := New().Begin
	if post {
		act = New().Continue
	}
	for range 20 {
		reply, err := act(w.t.Context(), t)
		if err == nil {
			err = w.write(reply)
		}
		if !errors.Is(err, core.ErrConflict) {
			return reply, err
		}
	}
	return nil, errors.New("lost every race")
}

func (w *world) write(reply core.Reply) error {
	ctx := w.t.Context()
	switch r := reply.(type) {
	case core.Show:
		w.keep(r.Keep)
	case core.Refused:
		w.keep(r.Keep)
	case core.Authenticated:
		c := *r.Credential
		c.Change = core.NewID(w.at)
		return w.store.UpdateCredential(ctx, c)
	case core.Enrolled:
		w.keep(r.Keep)
		r.Change.Account.Change = core.NewID(w.at)
		for n := range r.Change.PutCredentials {
			r.Change.PutCredentials[n].Change = r.Change.Account.Change
		}
		return w.store.UpdateAccount(ctx, r.Change)
	}
	return nil
}

func (w *world) keep(k core.Keep) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k.Notes != nil {
		w.notes = k.Notes
	}
	w.letters = append(w.letters, k.Letters...)
	for _, e := range k.Events {
		w.events = append(w.events, e.Reason)
	}
}

// enrol sets a generator up and gives its seed.
func (w *world) enrol() []byte {
	w.t.Helper()
	if _, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false); err != nil {
		w.t.Fatal(err)
	}
	n, drawn, err := pending(w.turn(1, core.TurnEnrol, StepNew))
	if err != nil || !drawn {
		w.t.Fatalf("drawn %v, %v", drawn, err)
	}
	reply, err := w.do(w.turn(1, core.TurnEnrol, StepNew, "code", codeAt(n.Seed, stepOf(w.at))), true)
	if _, ok := reply.(core.Enrolled); !ok || err != nil {
		w.t.Fatalf("%T, %v", reply, err)
	}
	w.at = w.at.Add(5 * period)
	return n.Seed
}

// show types a code in an interaction; it tells the problem, empty for none.
func (w *world) show(interaction byte, code string) string {
	w.t.Helper()
	reply, err := w.do(w.turn(interaction, core.TurnSecond, StepTOTP, "code", code), true)
	if err != nil {
		w.t.Fatal(err)
	}
	return problem(reply)
}

func problem(reply core.Reply) string {
	switch r := reply.(type) {
	case core.Refused:
		return r.Page.Problems[0].ID
	case core.Authenticated:
		return ""
	}
	return "no answer"
}

func unlimited(context.Context, ...core.NamedLimit) error { return nil }
