package provider

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// maxUses bounds the memory that uses take until they are written. What does not
// fit is noted by the client's next use.
const maxUses = 4096

// clientUses are clients whose use is not written yet, and when it was.
type clientUses struct {
	mu   sync.Mutex
	last map[string]time.Time
}

func (u *clientUses) add(id string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[string]time.Time{}
	}
	if len(u.last) < maxUses && u.last[id].Before(at) {
		u.last[id] = at
	}
}

// take empties what was noted.
func (u *clientUses) take() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.last
	u.last = nil
	return all
}

// used notes that a client was given something. It costs no statement: the row as
// it was read says whether its day is over, and WriteUses writes the rest.
func (p *Provider) used(c *core.Client, at time.Time) {
	if c.Version > 0 && writesUse(c, at) {
		p.uses.add(c.ID, at)
	}
}

func writesUse(c *core.Client, at time.Time) bool {
	return !at.Before(c.Record.UsedAt.Add(core.ClientUsePeriod))
}

// WriteUses writes when clients were last used, each at most once in
// core.ClientUsePeriod, without an event. It is the worker's: a process that dies
// loses what it noted since. One that was let go because nobody used it stays.
func (p *Provider) WriteUses(ctx context.Context) error {
	var away, failed error
	for id, at := range p.uses.take() {
		err := away // a store that did not answer is not asked again now
		if err == nil {
			err = p.writeUse(ctx, id, at)
		}
		switch {
		case err == nil, errors.Is(err, core.ErrNotFound):
			continue
		case errors.Is(err, core.ErrUnavailable):
			away = err
		case !errors.Is(err, core.ErrConflict):
			failed = err
			continue // it would not go better; its next use tries again
		}
		p.uses.add(id, at) // the next round has it
	}
	return errors.Join(away, failed)
}

func (p *Provider) writeUse(ctx context.Context, id string, at time.Time) error {
	c, err := p.Store.Client(ctx, id)
	if err != nil || c.Deleted || !writesUse(&c, at) {
		return err
	}
	c.Record.UsedAt, c.Change = at, core.NewID(p.now())
	if c.Record.WaitingSince.IsZero() {
		c.Settle()
	}
	return p.Store.UpdateClient(ctx, c)
}

// UnstoredClient is what the id of a client says that registered itself and has no
// row yet; core.ErrNotFound where it says nothing.
func (p *Provider) UnstoredClient(id string) (core.Client, error) {
	if p.registrar == nil || !p.registrar.Owns(id) {
		return core.Client{}, core.ErrNotFound
	}
	c, _, err := p.openRegistration(context.Background(), id, p.now()) // nobody's request
	return c, err
}

// ForgetClient has the next request read the client.
func (p *Provider) ForgetClient(id string) { p.clients.drop(id) }
