package bunstore

import (
	"bytes"
	"context"
	"time"

	"github.com/keywright/keywright/core"
)

// purgeCodes removes grants whose code was left lying, up to limit, and goes on
// where the last call stopped. How far it came is written down after what it
// removed, so that a process that dies leaves work to repeat and none undone. Of
// several at once each does the same, and what one removed the others do not find.
func (db *DB) purgeCodes(ctx context.Context, now time.Time, limit int) (purgeResult, error) {
	was, err := db.loadWalk(ctx)
	if err != nil {
		return purgeResult{}, err
	}
	c := codes{db: db, now: now, room: limit}
	is, due := was.at(now)
	if !due || limit == 0 {
		return purgeResult{more: due}, nil
	}
	c.walk = is
	for err == nil && !c.walk.over() && c.room > 0 && c.looked < walkCall {
		err = c.step(ctx)
	}
	saved, failed := db.saveWalk(ctx, was, c.walk)
	if err == nil {
		err = failed
	}
	return purgeResult{removed: limit - c.room, more: !saved || !c.walk.over()}, err
}

// codes is a part of a walk.
type codes struct {
	db      *DB
	now     time.Time
	walk    walk
	holders []holder // that come next
	last    bool     // there are none after them
	room    int      // how many rows may still be removed
	looked  int      // at rows and tenants
}

// holder is a tenant that has grants; some says that the stretch may have any.
type holder struct {
	tenant []byte
	some   bool
}

// step looks at one page of a tenant, or goes to the next tenant.
func (c *codes) step(ctx context.Context) error {
	switch {
	case len(c.walk.id) > 0:
		return c.page(ctx)
	case len(c.holders) > 0:
		next := c.holders[0]
		c.holders, c.walk.tenant = c.holders[1:], next.tenant
		if next.some {
			c.walk.id = idAt(c.walk.since)
		}
		return nil
	case c.last:
		c.walk.finish()
		return nil
	}
	return c.next(ctx)
}

// next asks which tenants come next.
func (c *codes) next(ctx context.Context) error {
	var tenant, first octets
	args := []any{notNull(c.walk.tenant), idAt(c.walk.since), idAt(c.walk.until)}
	n, err := c.db.askPool(ctx, c.db.hot.walk.holders, args, []any{&tenant, &first}, func() error {
		c.holders = append(c.holders, holder{bytes.Clone(tenant), first != nil})
		return nil
	})
	c.looked, c.last = c.looked+n+1, n < holdersPage
	return err
}

// leftCode is a row that is to be removed as it was read.
type leftCode struct {
	id      []byte
	version int64
}

// page looks at rows of one tenant and removes those whose code was left.
func (c *codes) page(ctx context.Context) error {
	var left []leftCode
	var id, payload octets
	var version, keep number
	at, looked := c.walk.id, 0
	args := []any{textValue(string(core.GrantCode)), c.walk.tenant, c.walk.id, idAt(c.walk.until)}
	n, err := c.db.askPool(ctx, c.db.hot.walk.page, args, []any{&id, &version, &keep, &payload}, func() error {
		if len(left) == c.room {
			return nil
		}
		at, looked = append(at[:0:0], id...), looked+1
		if payload != nil && c.isLeft(keep.instant(), payload) {
			left = append(left, leftCode{bytes.Clone(id), version.n})
		}
		return nil
	})
	if err == nil {
		err = c.remove(ctx, left)
	}
	if err != nil {
		return err
	}
	c.looked += n + 1
	if c.walk.id = at; looked == n && n < walkPage {
		c.walk.id = nil
	}
	return nil
}

// isLeft says whether the row of a code goes now. One that cannot be read goes at
// its end.
func (c *codes) isLeft(keep time.Time, payload []byte) bool {
	g := core.Grant{State: core.GrantCode, Row: core.Row{KeepUntil: keep}}
	if g.UnmarshalPayload(payload) != nil {
		return false
	}
	kept := g.Kept()
	return !kept.IsZero() && !kept.After(c.now)
}

// remove takes rows away by their keys, each if it is still as it was read: a code
// that was redeemed a moment ago is not.
func (c *codes) remove(ctx context.Context, left []leftCode) error {
	if len(left) == 0 {
		return nil
	}
	removed := 0
	err := c.db.write(ctx, true, func(r runner) error {
		removed = 0
		for _, row := range left {
			n, err := r.exec(c.db.hot.walk.drop, c.walk.tenant, row.id, row.version, textValue(string(core.GrantCode)))
			if err != nil {
				return err
			}
			removed += int(min(n, 1))
		}
		return nil
	})
	if err == nil {
		c.room -= removed
	}
	return err
}
