package work

import (
	"context"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestPurgeRunsUnderOneLease(t *testing.T) {
	r := newRig(t)
	store := r.db.Tenant(r.tenant)
	if err := store.Mark(t.Context(), "jti", core.Hash{1}, r.at.Add(time.Minute), core.ID{}); err != nil {
		t.Fatal(err)
	}
	r.at = r.at.Add(time.Hour)
	for range 2 {
		if err := r.worker().Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if there, _, err := store.Marked(t.Context(), "jti", core.Hash{1}, "c"); err != nil || there {
		t.Fatalf("still marked: %v, %v", there, err)
	}
}

// slowDatabase has much to remove, and takes its time for each batch.
type slowDatabase struct {
	core.Database
	batches int
	took    func()
}

func (s *slowDatabase) Purge(context.Context, time.Time, int) (n int, more bool, err error) {
	s.took()
	s.batches--
	return purgeBatch, s.batches > 0, nil
}

func TestPurgeKeepsItsLeaseWhileMoreIsLeft(t *testing.T) {
	r := newRig(t)
	other, others := r.worker(), 0
	other.Database = &slowDatabase{r.db, 1, func() { others++ }}
	w := r.worker()
	w.Database = &slowDatabase{r.db, 5, func() {
		r.at = r.at.Add(purgeEvery / 2)
		if err := other.Purge(t.Context()); err != nil {
			t.Error(err)
		}
	}}
	if err := w.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if others != 0 {
		t.Errorf("another replica removed the same %d times", others)
	}
}
