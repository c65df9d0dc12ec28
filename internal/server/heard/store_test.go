package heard

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
)

type ear struct{ heard []core.EventName }

func (e *ear) Observe(_ context.Context, event core.Event) { e.heard = append(e.heard, event.Name) }

func TestWhatIsStoredIsHeardAndNothingElse(t *testing.T) {
	now, listening := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), &ear{}
	s := Store(memory.New().Tenant(core.NewID(now)), listening)
	event := core.Event{ID: core.NewID(now), At: now, Name: core.EventClientSeeded, KeepUntil: now.Add(time.Hour)}
	client := core.Client{ID: "a", Lane: core.LaneSeeded, Row: core.Row{Change: core.NewID(now)}}
	if err := s.CreateClient(t.Context(), client, event); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateClient(t.Context(), client, event); err == nil {
		t.Fatal("created twice")
	}
	if len(listening.heard) != 1 || listening.heard[0] != core.EventClientSeeded {
		t.Fatalf("heard %v, want the one event that was stored", listening.heard)
	}
}

// A method that takes events and is added to the contract must be added here.
func TestEveryWriteWithEventsIsHeard(t *testing.T) {
	contract, err := os.ReadFile("../../../core/store.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("store.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\t(\w+)\(ctx context.Context.*events \.\.\.Event\)`).FindAllSubmatch(contract, -1)
	if len(found) < 15 {
		t.Fatalf("only %d methods with events were found", len(found))
	}
	for _, m := range found {
		if !strings.Contains(string(own), "func (s *store) "+string(m[1])+"(") {
			t.Errorf("%s is stored unheard", m[1])
		}
	}
}
