package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Clients is what an operator does with clients, by whichever lane they came. Each
// act is one write with its event, so that the audit log says who did it and why;
// it may be repeated, and by several operators and replicas at once. Errors are
// core.ErrNotFound, core.ErrUnavailable, after which the act may or may not have
// been done and is to be repeated, or say what is wrong with what was asked.
//
// What an act says counts at once for all that rests on a grant of the client, on
// every replica, and for its exchanges of what was granted to others; for
// client_credentials and for new requests within core.MaxClientStale. What it was given
// meanwhile does not count wherever tokens are asked about.
type Clients struct {
	// Store of the issuer.
	Store core.Store
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Unstored gives what the id of a client says that registered itself and has no
	// row yet, or core.ErrNotFound. nil knows none: only a running provider can read
	// such an id.
	Unstored func(clientID string) (core.Client, error)
	// Changed, if set, is told the id of what was written.
	Changed func(clientID string)
}

// Act says who does something, and why. Both are for the audit log; neither a
// client nor the people who use it are told.
type Act struct {
	// By names the operator: at most MaxBy bytes, not empty.
	By string
	// Reason is at most MaxReason bytes. To disable takes one.
	Reason string
}

// The most bytes that an Act may take.
const (
	MaxBy     = 200
	MaxReason = 500
)

// maxWrites bounds how often a lost race for a row is decided again: more often than
// for requests, since an operator who ends something does it while it is in use, and
// each use may win the race; and since operators are few, nobody is kept waiting.
const maxWrites = 8

// Disable stops a client and ends all that was granted to it, for good: enabling it
// later gives nothing back. It shows people that the app is switched off and answers
// the client with invalid_client. A client that publishes what it is, or that
// registered itself, can be disabled before it has a row. One that is disabled
// already stays as it is, with the first reason.
func (c Clients) Disable(ctx context.Context, id string, act Act) (core.Client, error) {
	if act.Reason == "" {
		return core.Client{}, errors.New("admin: Reason is empty: say why the client is disabled")
	}
	row, err := c.change(ctx, id, act, change{name: core.EventClientDisabled, unseen: true, to: func(n *core.Client, at time.Time) bool {
		if n.Disabled {
			return false
		}
		n.Disabled, n.Epoch = true, n.Epoch+1
		n.Record.DisabledReason, n.Record.DisabledBy, n.Record.DisabledAt = act.Reason, act.By, at
		n.Record.WaitingSince, n.Record.WaitingFor = time.Time{}, core.ID{} // that is a decision, too
		n.Settle()
		return true
	}})
	if err == nil {
		c.endGrants(ctx, id, core.EventClientDisabled)
	}
	return row, err
}

// Enable lets a client go on that was disabled. People have to sign in to it again.
func (c Clients) Enable(ctx context.Context, id string, act Act) (core.Client, error) {
	return c.change(ctx, id, act, change{name: core.EventClientEnabled, to: func(n *core.Client, _ time.Time) bool {
		was := n.Disabled
		n.Disabled = false
		return was
	}})
}

// Revoke ends everything that was granted to a client before the call: codes,
// refresh tokens, access tokens, of every person and its own. The client itself goes
// on, and what people agreed to is remembered. What is granted while Revoke runs may
// end, too. A repeat revokes again.
func (c Clients) Revoke(ctx context.Context, id string, act Act) (core.Client, error) {
	row, err := c.change(ctx, id, act, change{name: core.EventClientRevoked, to: func(n *core.Client, _ time.Time) bool {
		n.Epoch++
		return true
	}})
	if err == nil {
		c.endGrants(ctx, id, core.EventClientRevoked)
	}
	return row, err
}

// Delete takes a client away for good, with all that was granted to it. What is left
// is a tombstone: its id never returns, also where a seed or a document names it.
func (c Clients) Delete(ctx context.Context, id string, act Act) (core.Client, error) {
	row, err := c.change(ctx, id, act, change{name: core.EventClientDeleted, unseen: true, to: func(n *core.Client, _ time.Time) bool {
		if n.Deleted {
			return false
		}
		n.Deleted, n.Epoch = true, n.Epoch+1
		n.Settle()
		return true
	}})
	if err == nil {
		c.endGrants(ctx, id, core.EventClientDeleted)
	}
	return row, err
}

// Approve lets a client in that waits for an operator, or will: it may be approved
// before anybody asks. It does not enable one that is disabled, and means nothing to
// clients that the operator wrote down. To refuse a client, disable it.
func (c Clients) Approve(ctx context.Context, id string, act Act) (core.Client, error) {
	return c.change(ctx, id, act, change{name: core.EventClientApproved, unseen: true, to: func(n *core.Client, at time.Time) bool {
		if !n.Lane.SelfRegistered() || !n.Record.ApprovedAt.IsZero() {
			return false
		}
		n.Record.ApprovedAt, n.Record.ApprovedBy = at, act.By
		n.Record.WaitingSince, n.Record.WaitingFor = time.Time{}, core.ID{}
		if n.Settle(); n.Lane == core.LaneDCR {
			if least := core.Instant(at.Add(core.MinClientIdle)); n.KeepUntil.Before(least) {
				n.KeepUntil = least
			}
		}
		return true
	}})
}

// change is one act on a row.
type change struct {
	name core.EventName
	// unseen says that it may be done to a client without a row.
	unseen bool
	// to changes the row; false means that it says so already.
	to func(next *core.Client, at time.Time) bool
}

// change writes one act, deciding again from a fresh read where somebody else was
// faster or the answer was lost.
func (c Clients) change(ctx context.Context, id string, act Act, do change) (core.Client, error) {
	if err := act.check(); err != nil {
		return core.Client{}, err
	}
	at := c.now()
	var tried []core.ID
	var failed error
	for range maxWrites {
		row, err := c.read(ctx, id, do)
		if err != nil || slices.Contains(tried, row.Change) && row.Version > 0 {
			return row, err
		}
		next := row
		if !do.to(&next, at) {
			return row, nil
		}
		next.Change = core.NewID(at)
		if failed = c.write(ctx, next, event(&next, do.name, act, at)); failed == nil {
			next.Version++
			return next, nil
		}
		if !errors.Is(failed, core.ErrConflict) && !errors.Is(failed, core.ErrUnavailable) {
			return core.Client{}, fmt.Errorf("admin: client %q: %w", id, failed)
		}
		tried = append(tried, next.Change)
	}
	return core.Client{}, core.Unavailable(fmt.Errorf("admin: client %q: lost every race for a write: %w", id, failed))
}

func (c Clients) write(ctx context.Context, next core.Client, e core.Event) error {
	if c.Changed != nil {
		defer c.Changed(next.ID)
	}
	if next.Version == 0 {
		return c.Store.CreateClient(ctx, next, e)
	}
	return c.Store.UpdateClient(ctx, next, e)
}

// read gives the row, or what there is of a client that has none. A tombstone is
// found by who would make one.
func (c Clients) read(ctx context.Context, id string, do change) (core.Client, error) {
	row, err := c.Store.Client(ctx, id)
	gone := errors.Is(err, core.ErrNotFound)
	switch {
	case gone && do.unseen && strings.HasPrefix(id, "https://") && len(id) <= core.MaxClientID:
		return core.Client{ID: id, Lane: core.LaneCIMD}, nil
	case gone && do.unseen && c.Unstored != nil:
		row, err = c.Unstored(id)
	case err == nil && row.Deleted && do.name != core.EventClientDeleted:
		err = core.ErrNotFound
	}
	if err != nil {
		return core.Client{}, fmt.Errorf("admin: client %q: %w", id, err)
	}
	return row, nil
}

// endGrants ends the rows of what has ended already: a chore, which goes on another
// time where it does not work.
func (c Clients) endGrants(ctx context.Context, id string, why core.EventName) {
	for more, batches := true, 0; more && batches < 20; batches++ {
		var err error
		if _, more, err = c.Store.EndGrants(ctx, core.GrantFilter{Client: id}, string(why), core.NewID(c.now()), 500); err != nil {
			return
		}
	}
}

func (c Clients) now() time.Time {
	if c.Now == nil {
		return core.Instant(time.Now())
	}
	return core.Instant(c.Now())
}

func (a Act) check() error {
	switch {
	case a.By == "":
		return errors.New("admin: By is empty: name who does this, for the audit log")
	case len(a.By) > MaxBy:
		return fmt.Errorf("admin: By has %d bytes: write at most %d", len(a.By), MaxBy)
	case len(a.Reason) > MaxReason:
		return fmt.Errorf("admin: Reason has %d bytes: write at most %d", len(a.Reason), MaxReason)
	}
	return nil
}

// event records an act, as its write leaves the row.
func event(next *core.Client, name core.EventName, act Act, at time.Time) core.Event {
	return core.Event{
		ID: core.NewID(at), At: at, Name: name, Client: next.ID, Version: next.Version + 1, KeepUntil: core.Instant(at.Add(core.KeepEvents)),
		EventTerms: core.EventTerms{Reason: act.Reason, More: map[string]string{"by": act.By}},
	}
}
