package clientreg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// SeededLane is the lane of clients that the operator wrote down, here or in
// the console: every client_id that is not shaped like another lane's.
type SeededLane struct {
	core.KeptHere
	clients []core.Client
	open    []open
	err     error
	now     func() time.Time
}

// Seeded makes the lane from code. What is wrong with the seeds is reported by
// Start, all at once.
func Seeded(clients ...Seed) *SeededLane {
	l := &SeededLane{open: openFiles(clients, "", "")}
	l.clients, l.err = checkSeeds(clients, "")
	return l
}

// Lane is core.LaneSeeded.
func (l *SeededLane) Lane() core.Lane { return core.LaneSeeded }

// Start reports every problem of the seeds, each with its remedy.
func (l *SeededLane) Start(t core.Tools) error {
	l.now = t.Now
	warn(t.Logger, l.open)
	if l.err == nil && len(t.Offers.Algorithms) > 0 {
		l.err = checkOffers(l.clients, t.Issuer, t.Offers)
	}
	return l.err
}

// Owns says yes to all but https URLs, http URLs of loopback, and the ids of
// registered clients.
func (l *SeededLane) Owns(clientID string) bool { return owns(clientID) }

func owns(clientID string) bool {
	const https = "https://"
	isURL := len(clientID) >= len(https) && strings.EqualFold(clientID[:len(https)], https)
	for _, loopback := range [...]string{"http://127.", "http://localhost", "http://[::1]"} {
		isURL = isURL || strings.HasPrefix(clientID, loopback) // of the CIMD lane, while developing
	}
	return clientID != "" && len(clientID) <= core.MaxClientID && !isURL && !strings.HasPrefix(clientID, "kw_cl_")
}

// Load reads the client from the store. A deleted one, or a row of another
// lane, is ErrNotFound; a disabled one is not.
func (l *SeededLane) Load(ctx context.Context, store core.Store, clientID string) (core.Client, error) {
	if !owns(clientID) {
		return core.Client{}, core.ErrNotFound
	}
	c, err := store.Client(ctx, clientID)
	if err != nil {
		return core.Client{}, err
	}
	if c.Deleted || c.Lane != core.LaneSeeded {
		return core.Client{}, core.ErrNotFound
	}
	return c, nil
}

// Apply writes the seeds that are new or changed, so that the store says what
// the seed says. It may run on every replica at once and at every start: what
// is the same already is not written. An operator's "disabled" and "deleted"
// stay, and so do clients that are no longer in the seed. The epoch stays too:
// a removed secret or another method counts from the next read of the row, and
// what was granted remains.
func (l *SeededLane) Apply(ctx context.Context, store core.Store) error {
	if l.err != nil {
		return l.err
	}
	if l.now == nil {
		return errors.New("clientreg: the seeded lane was not started")
	}
	for _, c := range l.clients {
		if err := l.apply(ctx, store, c); err != nil {
			return fmt.Errorf("clientreg: seeding client %q: %w", c.ID, err)
		}
	}
	return nil
}

// apply writes one seed. After a lost race or a lost answer it reads again:
// what stands there may be what was to be written.
func (l *SeededLane) apply(ctx context.Context, store core.Store, seed core.Client) error {
	var err error
	for range 4 {
		var row core.Client
		row, err = store.Client(ctx, seed.ID)
		switch {
		case errors.Is(err, core.ErrNotFound):
			err = l.create(ctx, store, seed)
		case err == nil:
			err = l.update(ctx, store, row, seed)
		}
		if !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
			return err
		}
	}
	return err
}

func (l *SeededLane) create(ctx context.Context, store core.Store, seed core.Client) error {
	at := core.Instant(l.now())
	seed.Change = core.NewID(at)
	return store.CreateClient(ctx, seed, seeded(seed.ID, "created", 1, at))
}

func (l *SeededLane) update(ctx context.Context, store core.Store, row, seed core.Client) error {
	if row.Deleted || row.Lane != core.LaneSeeded || same(row.ClientMetadata, seed.ClientMetadata) {
		return nil
	}
	at := core.Instant(l.now())
	row.Change, row.ClientMetadata = core.NewID(at), seed.ClientMetadata
	return store.UpdateClient(ctx, row, seeded(row.ID, "changed", row.Version+1, at))
}

// same compares as the store would keep them.
func same(a, b core.ClientMetadata) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func seeded(clientID, reason string, version uint64, at time.Time) core.Event {
	return core.Event{
		ID: core.NewID(at), At: at, Name: core.EventClientSeeded, Client: clientID, Version: version,
		KeepUntil: at.Add(core.KeepEvents), EventTerms: core.EventTerms{Reason: reason},
	}
}
