package bunstore

import (
	"bytes"
	"context"
	"errors"
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
	is, due := was.at(now)
	if !due || limit == 0 {
		return purgeResult{more: due}, nil
	}
	c := codes{db: db, now: now, walk: is, limit: limit}
	for err == nil && !c.walk.over() && len(c.left) < limit && c.looked < walkCall {
		err = c.step(ctx)
	}
	removed, failed := c.remove(ctx)
	if err != nil || failed != nil {
		return purgeResult{removed: removed}, errors.Join(err, failed)
	}
	saved, err := db.saveWalk(ctx, was, c.walk)
	return purgeResult{removed: removed, more: !saved || !c.walk.over()}, err
}

// codes is a part of a walk.
type codes struct {
	db      *DB
	now     time.Time
	walk    walk
	holders []holder // that come next
	last    bool     // there are none after them
	left    []leftCode
	limit   int // of what is left
	looked  int // at rows and tenants
}

// leftCode is a row that is to be removed as it was read.
type leftCode struct {
	tenant, id []byte
	version    int64
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

// page looks at rows of one tenant and notes those whose code was left.
func (c *codes) page(ctx context.Context) error {
	var id, payload octets
	var version, keep number
	at, looked := c.walk.id, 0
	args := []any{textValue(string(core.GrantCode)), c.walk.tenant, c.walk.id, idAt(c.walk.until)}
	n, err := c.db.askPool(ctx, c.db.hot.walk.page, args, []any{&id, &version, &keep, &payload}, func() error {
		if len(c.left) == c.limit {
			return nil
		}
		at, looked = bytes.Clone(id), looked+1
		if payload != nil && c.isLeft(keep.instant(), payload) {
			c.left = append(c.left, leftCode{c.walk.tenant, at, version.n})
		}
		return nil
	})
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
func (c *codes) remove(ctx context.Context) (removed int, err error) {
	if len(c.left) == 0 {
		return 0, nil
	}
	err = c.db.write(ctx, true, func(r runner) error {
		removed = 0
		for _, row := range c.left {
			n, err := r.exec(c.db.hot.walk.drop, row.tenant, row.id, row.version, textValue(string(core.GrantCode)))
			if err != nil {
				return err
			}
			removed += int(min(n, 1))
		}
		return nil
	})
	if err != nil {
		removed = 0
	}
	return removed, err
}
