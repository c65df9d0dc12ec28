package recoverycode

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/url"
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
	other   core.ID // somebody else
	at      time.Time
	mu      sync.Mutex
	counts  map[string]int
	notes   []byte
	keys    []string // of hashes, newest first
	letters []core.Letter
	events  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p := providertest.New(t)
	other := p.Person("zoe@example.com", "lantern orbit velvet cascade").Account().ID
	return &world{
		other: other,
		t:     t, store: p.Store(), account: p.Person("mara@example.com", "lantern orbit velvet cascade").Account().ID,
		at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), counts: map[string]int{}, keys: []string{"first"},
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

// keyed is a keyed hash whose key has changed once: codes made under the old one
// are found too.
func (w *world) keyed(parts ...string) []core.Hash {
	var out []core.Hash
	for _, key := range w.keys {
		out = append(out, sha256.Sum256([]byte(key+"\x00"+strings.Join(parts, "\x00"))))
	}
	return out
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
		Find: finder{w.store}, Reserve: w.reserve, Hash: w.keyed,
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
		account, err := w.store.Account(ctx, w.account)
		if err != nil {
			return err
		}
		if _, err := w.store.Credential(ctx, *r.Spend); err != nil {
			return core.ErrConflict
		}
		account.Change = core.NewID(w.at)
		if err := w.store.UpdateAccount(ctx, core.AccountChange{Account: account, RemoveCredentials: []core.CredentialKey{*r.Spend}}); err != nil {
			return err
		}
		w.keep(r.Keep)
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

// enrol makes a set and keeps it.
func (w *world) enrol() []string {
	w.t.Helper()
	shown, err := w.do(w.turn(1, core.TurnEnrol, StepNew), false)
	if err != nil {
		w.t.Fatal(err)
	}
	reply, err := w.do(w.turn(1, core.TurnEnrol, StepNew, "kept", "1"), true)
	if _, ok := reply.(core.Enrolled); !ok || err != nil {
		w.t.Fatalf("%T, %v", reply, err)
	}
	return shown.(core.Show).Page.Secrets
}

func (w *world) left() []core.CredentialKey {
	w.t.Helper()
	keys, err := mine(w.t.Context(), w.turn(1, core.TurnEnrol, StepNew))
	if err != nil {
		w.t.Fatal(err)
	}
	return keys
}

// show types a code in an interaction; it tells the problem, empty for none.
func (w *world) show(interaction byte, code string) string {
	w.t.Helper()
	reply, err := w.do(w.turn(interaction, core.TurnSecond, StepCode, "code", code), true)
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
