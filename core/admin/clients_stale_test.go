package admin_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
)

const day = 24 * time.Hour

// DR-09, DCR05: a thousand that nobody has used go, in bounded batches; what is in
// use, granted, disabled or written down by the operator stays.
func TestDR09_aThousandStale(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		for n := range 1000 {
			d.has(fmt.Sprintf("https://a%04d.example/c", n), core.LaneCIMD, 200)
		}
		d.has("https://busy.example/c", core.LaneCIMD, 10)
		d.has("https://granted.example/c", core.LaneCIMD, 200)
		d.granted("https://granted.example/c", d.now.Add(day))
		d.has("https://ended.example/c", core.LaneCIMD, 200)
		d.granted("https://ended.example/c", d.now.Add(-day))
		d.has("https://off.example/c", core.LaneCIMD, 200, func(c *core.Client) { c.Disabled = true })
		d.has("https://seeded.example/c", core.LaneSeeded, 200)
		d.has("batch", core.LaneSeeded, 200)
		d.has("kw_cl_x", core.LaneDCR, 200, func(c *core.Client) { c.KeepUntil = d.now.Add(30 * day) })

		since, after, batches := d.now.Add(-100*day), "", 0
		var gone []string
		kept := 0
		for {
			done, err := d.CleanUp(t.Context(), since, after, 100, byOla)
			d.must(err)
			if len(done.IDs) > 100 {
				t.Fatalf("a batch of %d", len(done.IDs))
			}
			gone, kept, batches = append(gone, done.IDs...), kept+done.Kept, batches+1
			if after = done.Next; after == "" {
				break
			}
		}
		if len(gone) != 1001 || kept != 1 || batches < 10 {
			t.Errorf("%d gone, %d kept, %d batches", len(gone), kept, batches)
		}
		if again, err := d.CleanUp(t.Context(), since, "", 2000, byOla); err != nil || len(again.IDs) != 0 {
			t.Errorf("again: %d, %v", len(again.IDs), err)
		}
		d.now = d.now.Add(8 * day)
		for more := true; more; {
			var err error
			_, more, err = d.db.Purge(t.Context(), d.now, 500)
			d.must(err)
		}
		left, next, err := d.List(t.Context(), admin.Filter{}, "", 5000)
		if err != nil || len(left) != 6 || next != "" {
			t.Errorf("%d are left, %v", len(left), err)
		}
	})
}

func TestClients_cleanUpSparesWhatIsUsedAgain(t *testing.T) {
	d := newDesk(t, memory.New())
	const id = "https://back.example/c"
	d.has(id, core.LaneCIMD, 200)
	if _, err := d.CleanUp(t.Context(), d.now.Add(-89*day), "", 10, byOla); err == nil {
		t.Error("a client may go that was used 89 days ago")
	}
	done, err := d.CleanUp(t.Context(), d.now.Add(-100*day), "", 10, byOla)
	if err != nil || len(done.IDs) != 1 || len(d.events(core.EventClientCollected)) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	list, _, err := d.Stale(t.Context(), core.LaneCIMD, d.now.Add(-100*day), "", 10)
	if err != nil || len(list) != 1 || list[0].Goes.IsZero() || list[0].Live || !list[0].Used.Equal(d.now.AddDate(0, 0, -200)) {
		t.Errorf("%+v, %v", list, err)
	}
	if c, err := d.Approve(t.Context(), id, byOla); err != nil || !c.KeepUntil.IsZero() {
		t.Errorf("approved, and it goes nevertheless: %+v, %v", c, err)
	}
}

func TestClients_lists(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		for n := range 450 {
			d.has(fmt.Sprintf("a%03d", n), core.LaneSeeded, n)
		}
		d.has("https://w.example/c", core.LaneCIMD, 0, func(c *core.Client) { c.Record.WaitingSince = d.now })
		d.has("off", core.LaneSeeded, 0, func(c *core.Client) { c.Disabled = true })
		d.has("gone", core.LaneSeeded, 0, func(c *core.Client) { c.Deleted = true })
		for _, c := range []struct {
			filter admin.Filter
			want   int
		}{
			{admin.Filter{}, 452}, {admin.Filter{Lane: core.LaneCIMD}, 1}, {admin.Filter{Waiting: true}, 1}, {admin.Filter{Disabled: true}, 1},
			{admin.Filter{UnusedSince: d.now.AddDate(0, 0, -99)}, 350},
		} {
			seen, after := map[string]bool{}, ""
			for {
				list, next, err := d.List(t.Context(), c.filter, after, 100)
				d.must(err)
				for _, one := range list {
					seen[one.ID] = true
				}
				if after = next; after == "" {
					break
				}
			}
			if len(seen) != c.want {
				t.Errorf("%+v: %d, want %d", c.filter, len(seen), c.want)
			}
		}
		if _, err := d.Client(t.Context(), "gone"); !errors.Is(err, core.ErrNotFound) {
			t.Error(err)
		}
	})
}
