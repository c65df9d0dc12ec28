package bunstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// A caller whose time is over is told so in the words of the contract, reading
// and writing: its deadline is no error of the provider's.
func TestADeadlineThatHasPassedIsUnavailable(t *testing.T) {
	s := paperDB(&paper{}).Tenant(core.NewID(time.Now()))
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	_, read := s.Client(ctx, "app")
	for name, err := range map[string]error{
		"a read":  read,
		"a write": s.Mark(ctx, "proof", core.Hash{1}, time.Now(), core.ID{}),
	} {
		if !errors.Is(err, core.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s past its deadline gives %v, want core.ErrUnavailable", name, err)
		}
	}
}

// Of two callers that use a prepared statement one may find that its tables have
// changed and let it go. The other has not run it, and prepares it anew.
func TestAStatementThatSomebodyLetGoIsStale(t *testing.T) {
	db := paperDB(&paper{})
	s := db.hot.mark
	prepared, err := s.on(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.ready.Swap(nil).Close() != nil {
		t.Fatal("it was not let go")
	}
	_, err = prepared.ExecContext(t.Context())
	if err == nil || db.class(err) != Stale {
		t.Errorf("%v has class %d, want %d", err, db.class(err), Stale)
	}
}
