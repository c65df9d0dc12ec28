package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// scanned is how many rows are read at once.
const scanned = 200

// Filter names clients; zero members do not filter. Tombstones are never among them.
type Filter struct {
	Lane core.Lane
	// Waiting are those that wait for an operator, Disabled those that one stopped.
	Waiting, Disabled bool
	// UnusedSince are those last used before that instant (core.Client.LastUsed).
	UnusedSince time.Time
}

func (f *Filter) fits(c *core.Client) bool {
	return !c.Deleted && (f.Lane == "" || c.Lane == f.Lane) && (!f.Waiting || !c.Record.WaitingSince.IsZero()) &&
		(!f.Disabled || c.Disabled) && (f.UnusedSince.IsZero() || c.LastUsed().Before(f.UnusedSince))
}

// Client reads one, as it stands. A tombstone is core.ErrNotFound.
func (c Clients) Client(ctx context.Context, id string) (core.Client, error) {
	return c.read(ctx, id, change{})
}

// List gives up to limit clients in order of their id, from after, which is an id or
// empty. next is where to go on, empty at the end. It reads every row it passes, so
// it is for operators, not for requests of clients.
func (c Clients) List(ctx context.Context, f Filter, after string, limit int) (list []core.Client, next string, err error) {
	if limit < 1 {
		return nil, "", fmt.Errorf("admin: limit is %d: write at least 1", limit)
	}
	for {
		rows, err := c.Store.Clients(ctx, after, scanned)
		if err != nil {
			return nil, "", fmt.Errorf("admin: clients: %w", err)
		}
		for _, row := range rows {
			if f.fits(&row) {
				list = append(list, row)
			}
			if after = row.ID; len(list) == limit {
				return list, after, nil
			}
		}
		if len(rows) < scanned {
			return list, "", nil
		}
	}
}
