package clientreg

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const goodSecret = "0123456789abcdef0123456789abcdef"

func webSeed() Seed {
	return Seed{
		ID: "web", Name: "Web", RedirectURIs: []string{"https://app.example/cb"},
		Secret: Secret{Text: goodSecret}, Scope: "openid profile",
	}
}

func started(t *testing.T, seeds ...Seed) *SeededLane {
	t.Helper()
	l := Seeded(seeds...)
	if err := l.Start(core.Tools{Now: func() time.Time { return start }}); err != nil {
		t.Fatal(err)
	}
	return l
}

func newStore(t *testing.T) core.Store {
	t.Helper()
	db, id := memory.New(), core.NewID(start)
	err := db.CreateTenant(t.Context(), core.Tenant{ID: id, Name: "t", Row: core.Row{Change: core.NewID(start)}})
	if err != nil {
		t.Fatal(err)
	}
	return db.Tenant(id)
}

func seedEvents(t *testing.T, s core.Store) []core.Event {
	t.Helper()
	events, err := s.Events(t.Context(), core.EventFilter{Name: core.EventClientSeeded}, core.PageOf{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestSeeded_applyIsIdempotent(t *testing.T) {
	s := newStore(t)
	for range 3 {
		if err := started(t, webSeed()).Apply(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	c, err := s.Client(t.Context(), "web")
	if err != nil || c.Version != 1 || c.Lane != core.LaneSeeded {
		t.Fatalf("got version %d, lane %q, %v; want one write", c.Version, c.Lane, err)
	}
	if n := len(seedEvents(t, s)); n != 1 {
		t.Fatalf("%d events, want 1", n)
	}
	if c.AuthMethod != core.AuthSecretBasic || c.ApplicationType != "web" || c.IDTokenAlgorithm != "RS256" ||
		!c.MayUse(core.GrantAuthorizationCode) || c.MayUse(core.GrantRefreshToken) {
		t.Errorf("defaults of OR-01 are missing: %+v", c.ClientMetadata)
	}
}

func TestSeeded_changeIsWrittenAndSwitchesSurvive(t *testing.T) {
	s := newStore(t)
	if err := started(t, webSeed()).Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	c, _ := s.Client(t.Context(), "web")
	c.Disabled, c.Epoch, c.Change = true, c.Epoch+1, core.NewID(start)
	if err := s.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	changed := webSeed()
	changed.Name = "Other"
	if err := started(t, changed).Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	c, _ = s.Client(t.Context(), "web")
	if !c.Disabled || c.Epoch != 1 || c.Name != "Other" || c.Version != 3 {
		t.Fatalf("got disabled=%v epoch=%d name=%q version=%d", c.Disabled, c.Epoch, c.Name, c.Version)
	}
	c.Deleted, c.Change = true, core.NewID(start)
	if err := s.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	l := started(t, webSeed())
	if err := l.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if c, _ = s.Client(t.Context(), "web"); !c.Deleted || c.Name != "Other" {
		t.Fatal("a seed brought back a deleted client")
	}
	if _, err := l.Load(t.Context(), s, "web"); !errors.Is(err, core.ErrNotFound) {
		t.Fatalf("Load of a deleted client: %v", err)
	}
}

func TestSeeded_clientsNoLongerSeededStay(t *testing.T) {
	s := newStore(t)
	if err := started(t, webSeed()).Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	l := started(t)
	if err := l.Apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Load(t.Context(), s, "web"); err != nil {
		t.Fatal(err)
	}
}

func TestSeeded_manyReplicasAtOnce(t *testing.T) {
	s := newStore(t)
	var wg sync.WaitGroup
	for range 16 {
		l := started(t, webSeed())
		wg.Go(func() {
			if err := l.Apply(context.Background(), s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(seedEvents(t, s)); n != 1 {
		t.Fatalf("%d events, want 1", n)
	}
}

// lossy loses the answer of the first write, after it has taken effect.
type lossy struct {
	core.Store
	lost bool
}

func (l *lossy) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	err := l.Store.CreateClient(ctx, c, e...)
	if !l.lost {
		l.lost = true
		return core.Unavailable(err)
	}
	return err
}

func TestSeeded_lostAnswerIsFoundOut(t *testing.T) {
	s := newStore(t)
	if err := started(t, webSeed()).Apply(t.Context(), &lossy{Store: s}); err != nil {
		t.Fatal(err)
	}
	if n := len(seedEvents(t, s)); n != 1 {
		t.Fatalf("%d events, want 1", n)
	}
}

func TestSeeded_mustBeStarted(t *testing.T) {
	if err := Seeded(webSeed()).Apply(t.Context(), newStore(t)); err == nil {
		t.Fatal("Apply before Start")
	}
}

func TestSeeded_ownsWhatNoOtherLaneIsShapedLike(t *testing.T) {
	for id, want := range map[string]bool{
		"web": true, "": false, "https://client.example/x": false, "HTTPS://client.example/x": false, "kw_cl_abc": false,
		strings.Repeat("a", core.MaxClientID): true, strings.Repeat("a", core.MaxClientID+1): false,
	} {
		if got := Seeded().Owns(id); got != want {
			t.Errorf("%.40q: %v, want %v", id, got, want)
		}
	}
}
