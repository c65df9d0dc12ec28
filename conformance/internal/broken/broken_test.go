package broken_test

import (
	"context"
	"slices"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/conformance/internal/broken"
	"github.com/keywright/keywright/core"
)

// TestEveryFaultIsCaughtByItsCheck runs each check on the broken store, which
// must fail it, and on the sound one, which must not.
func TestEveryFaultIsCaughtByItsCheck(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range broken.Faults() {
		if seen[f.Name] {
			t.Errorf("two faults are called %q", f.Name)
		}
		seen[f.Name] = true
		t.Run(f.Name, func(t *testing.T) {
			checks := conformance.Store()
			at := slices.IndexFunc(checks, func(c conformance.Check) bool { return c.Name == f.Check })
			if at < 0 {
				t.Fatalf("no check is called %q", f.Check)
			}
			if err := checks[at].Run(t.Context(), memory.New()); err != nil {
				t.Fatalf("a sound store fails %s: %v", f.Check, err)
			}
			err := checks[at].Run(t.Context(), f.Break(memory.New()))
			if err == nil {
				t.Fatalf("%s does not see it", f.Check)
			}
			t.Log(err)
		})
	}
}

func TestReportOfASoundStore(t *testing.T) {
	r := conformance.Run(context.Background(), func() (core.Database, error) { return memory.New(), nil })
	if !r.Passed() {
		t.Fatal(r)
	}
}
