package provider

import (
	"fmt"
	"testing"

	"github.com/keywright/keywright/core"
)

// However many clients there are, what waits to be written stays within its bound,
// and a client whose day is not over is not kept at all.
func TestUses_areBounded(t *testing.T) {
	r := newRig(t)
	at := r.clock()
	for n := range 2 * maxUses {
		r.used(&core.Client{ID: fmt.Sprint(n), Row: core.Row{Version: 1}}, at)
	}
	if got := len(r.uses.take()); got != maxUses {
		t.Errorf("%d are kept", got)
	}
	r.used(&core.Client{ID: "today", Row: core.Row{Version: 1}, Record: core.ClientRecord{UsedAt: at.Add(-core.ClientUsePeriod + 1)}}, at)
	r.used(&core.Client{ID: "no row"}, at)
	if got := r.uses.take(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// Who acts by an assertion alone is used like any other.
func TestWF01_AWorkloadsClientIsUsed(t *testing.T) {
	f := newFederation(t)
	f.ok(f.work(f.job()))
	f.must(f.WriteUses(t.Context()))
	if c, err := f.Store.Client(t.Context(), "deploy"); err != nil || !c.Record.UsedAt.Equal(f.clock()) {
		t.Errorf("used %v, %v", c.Record.UsedAt, err)
	}
}
