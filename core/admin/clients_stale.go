package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// leaving is how long the row of a client stays that is to go. Whoever uses it
// meanwhile keeps it.
const leaving = 7 * 24 * time.Hour

// StaleClient is one line of the report on clients that nobody seems to use.
type StaleClient struct {
	core.Client
	// Used is core.Client.LastUsed.
	Used time.Time
	// Live says that something granted to it has not ended.
	Live bool
	// Goes is when its row is removed, if nobody uses it again; zero is never.
	Goes time.Time
}

// Stale reports the clients of a lane, or of all for the empty one, that were last
// used before since. Pages are as those of List.
func (c Clients) Stale(ctx context.Context, lane core.Lane, since time.Time, after string, limit int) (list []StaleClient, next string, err error) {
	if since.IsZero() {
		return nil, "", errors.New("admin: since is zero: say since when a client was not used")
	}
	rows, next, err := c.List(ctx, Filter{Lane: lane, UnusedSince: since}, after, limit)
	if err != nil {
		return nil, "", err
	}
	for _, row := range rows {
		live, err := c.live(ctx, row.ID)
		if err != nil {
			return nil, "", err
		}
		list = append(list, StaleClient{Client: row, Used: row.LastUsed(), Live: live, Goes: row.KeepUntil})
	}
	return list, next, nil
}

// CleanedUp is what one batch came to.
type CleanedUp struct {
	// IDs of those that go.
	IDs []string
	// Kept were not used for as long, and have something that has not ended.
	Kept int
	// Next is where the next batch begins; empty at the end.
	Next string
}

// CleanUp lets clients go that publish what they are and were last used before
// since, which is at least core.MinClientIdle ago (DR-09). It looks at no more than
// limit of them, from after. What has a grant that has not ended is kept, and so is
// what is disabled, since that has to be remembered. The rest goes within a week,
// unless it is used meanwhile; whoever wants it later begins anew, with the approval
// of an operator where clients wait for one.
//
// Clients that registered themselves go by their own end, without this. What the
// operator wrote down never goes by itself: use Delete.
func (c Clients) CleanUp(ctx context.Context, since time.Time, after string, limit int, act Act) (CleanedUp, error) {
	if latest := c.now().Add(-core.MinClientIdle); since.After(latest) {
		return CleanedUp{}, fmt.Errorf("admin: since is %s: choose %s or earlier, a client is kept for 90 days after its last use",
			since.UTC().Format(time.DateTime), latest.UTC().Format(time.DateTime))
	}
	if err := act.check(); err != nil {
		return CleanedUp{}, err
	}
	rows, next, err := c.List(ctx, Filter{Lane: core.LaneCIMD, UnusedSince: since}, after, limit)
	done := CleanedUp{Next: next}
	for _, row := range rows {
		if err != nil {
			break
		}
		if row.Disabled || !row.KeepUntil.IsZero() {
			continue
		}
		live := false
		if live, err = c.live(ctx, row.ID); live {
			done.Kept++
		}
		if live || err != nil {
			continue
		}
		var gone bool
		if gone, err = c.letGo(ctx, row.ID, since, act); gone {
			done.IDs = append(done.IDs, row.ID)
		}
	}
	return done, err
}

// letGo gives the row an end, if it is still as it was when it was looked at.
func (c Clients) letGo(ctx context.Context, id string, since time.Time, act Act) (gone bool, err error) {
	row, err := c.change(ctx, id, act, change{name: core.EventClientCollected, to: func(n *core.Client, at time.Time) bool {
		if n.Disabled || !n.KeepUntil.IsZero() || !n.LastUsed().Before(since) {
			return false
		}
		n.KeepUntil = core.Instant(at.Add(leaving))
		return true
	}})
	if errors.Is(err, core.ErrNotFound) {
		return false, nil // deleted meanwhile
	}
	return err == nil && !row.KeepUntil.IsZero() && !row.Disabled, err
}

// live says whether something granted to the client has not ended by itself. What
// has ended by an epoch alone counts as live: once the row is gone, nothing would
// remember that it has.
func (c Clients) live(ctx context.Context, id string) (bool, error) {
	const batch = 100
	at, page := c.now(), core.PageOf{Limit: batch}
	for {
		grants, err := c.Store.Grants(ctx, core.GrantFilter{Client: id}, page)
		if err != nil {
			return false, fmt.Errorf("admin: grants of client %q: %w", id, err)
		}
		for _, g := range grants {
			ended := g.State == core.GrantRevoked || g.State == core.GrantDenied || !at.Before(g.Ends) ||
				!g.IdleEnds.IsZero() && !at.Before(g.IdleEnds) || g.State == core.GrantCode && !at.Before(g.CodeEnds)
			if !ended {
				return true, nil
			}
			page.After = g.ID
		}
		if len(grants) < batch {
			return false, nil
		}
	}
}
