package bunstore

import (
	"context"
	"strings"
	"time"
)

// purged lists the tables that Purge walks, with what finds a row.
var purged = []struct{ table, key string }{
	{"limits", "tenant, hash"}, {"replays", "tenant, kind, hash"}, {"interactions", "tenant, id"},
	{"tickets", "tenant, id"}, {"grants", "tenant, id"}, {"sessions", "tenant, id"}, {"deliveries", "tenant, id"},
	{"events", "tenant, id"}, {"consents", "tenant, account, client"}, {"credentials", "tenant, kind, handle"},
	{"memberships", "tenant, account, kind, member_of"}, {"connections", "tenant, id"}, {"account_groups", "tenant, id"},
	{"organizations", "tenant, id"}, {"accounts", "tenant, id"}, {"clients", "tenant, id"}, {"provider_keys", "tenant, id"}, {"tenants", "id"},
}

// Purge removes rows that have reached KeepUntil, up to limit, each table's in a
// write of its own so that nobody waits long; then codes that nobody redeemed.
func (db *DB) Purge(ctx context.Context, now time.Time, limit int) (n int, more bool, err error) {
	limit = int(limited(limit))
	for at, p := range purged {
		if n == limit {
			more, err = db.overdue(ctx, p.table, p.key, now)
			if more || err != nil {
				return n, more, err
			}
			continue
		}
		found, err := db.purge(ctx, at, now, limit-n)
		n += found.removed
		if err != nil || found.more {
			return n, found.more, err
		}
	}
	found, err := db.purgeCodes(ctx, now, limit-n)
	return n + found.removed, found.more, err
}

type purgeResult struct {
	removed int
	more    bool
}

// purge reads which rows are over, then removes each by its key, if it is
// still over: no database locks more than that.
func (db *DB) purge(ctx context.Context, at int, now time.Time, limit int) (purgeResult, error) {
	rows, err := db.overdueKeys(ctx, purged[at].table, purged[at].key, now, limit+1)
	if err != nil || len(rows) == 0 {
		return purgeResult{}, err
	}
	more := len(rows) > limit
	rows = rows[:min(limit, len(rows))]
	removed := 0
	err = db.write(ctx, true, func(r runner) error {
		removed = 0
		for _, key := range rows {
			n, err := r.exec(db.hot.purge[at], append(key, instantValue(now))...)
			if err != nil {
				return err
			}
			if n > 0 {
				removed++
				if err := r.purgeParts(purged[at].table, key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return purgeResult{}, err
	}
	return purgeResult{removed: removed, more: more}, nil
}

// purgeParts removes what belongs to an aggregate whose row was removed.
func (r runner) purgeParts(table string, key []any) error {
	h := &r.db.hot
	parts := map[string][]*statement{
		"accounts":      {h.purgeIdentifiers, h.purgeCredentials, h.purgeMemberships},
		"organizations": {h.purgeDomains},
	}
	for _, s := range parts[table] {
		if _, err := r.exec(s, key...); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) overdue(ctx context.Context, table, key string, now time.Time) (bool, error) {
	rows, err := db.overdueKeys(ctx, table, key, now, 1)
	return len(rows) > 0, err
}

func (db *DB) overdueKeys(
	ctx context.Context, table, columns string, now time.Time, limit int,
) (keys [][]any, err error) {
	parts := make([]octets, 1+strings.Count(columns, ","))
	into := make([]any, len(parts))
	for n := range parts {
		into[n] = &parts[n]
	}
	q := db.reader.NewSelect().TableExpr(table).ColumnExpr(columns).
		Where("keep_until <= ?", instantValue(now)).OrderExpr("keep_until").Limit(int64(limit))
	err = db.list(ctx, q, into, func() error {
		key := make([]any, len(parts), len(parts)+1)
		for n := range parts {
			key[n] = append([]byte{}, parts[n]...)
		}
		keys = append(keys, key)
		return nil
	})
	return keys, err
}
