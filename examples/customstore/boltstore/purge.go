package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// expiresBucket lists the rows that will go, by when: instant, bucket, key.
const expiresBucket = "expires"

// droppers lists how rows are removed, by bucket.
func droppers() map[string]func(*tx, key) error {
	return map[string]func(*tx, key) error{
		accounts.bucket: dropAccount, clients.bucket: clients.drop, connections.bucket: connections.drop,
		consents.bucket: consents.drop, credentials.bucket: credentials.drop, deliveries.bucket: deliveries.drop,
		events.bucket: events.drop, grants.bucket: grants.drop, groups.bucket: groups.drop,
		interactions.bucket: interactions.drop, keys.bucket: keys.drop, leases.bucket: leases.drop,
		marks.bucket: marks.drop, memberships.bucket: memberships.drop, organizations.bucket: organizations.drop,
		sessions.bucket: sessions.drop, tenants.bucket: tenants.drop, tickets.bucket: tickets.drop,
		windows.bucket: windows.drop,
	}
}

// buckets lists all there are.
func buckets() []string {
	names := []string{
		metaBucket, expiresBucket, "connections_by_organization", "credentials_by_account", "deliveries_by_due",
		"deliveries_by_tenant", "domains", "events_by_account", "events_by_client", "grants_by_account", "grants_by_client",
		"grants_by_session", "grants_by_user_code", "groups_by_name", "groups_by_organization", "identifiers",
		"keys_by_epoch", "members", "organizations_by_name", "sessions_by_account", "tenants_by_name",
	}
	for name := range droppers() {
		names = append(names, name)
	}
	return names
}

// Purge removes what is past its end, the oldest first.
func (db *DB) Purge(ctx context.Context, now time.Time, limit int) (n int, more bool, err error) {
	drop := droppers()
	limit = bounded(limit)
	err = db.write(ctx, func(t *tx) error {
		old := t.upTo(expiresBucket, nil, now, limit+1)
		n, more = min(len(old), limit), len(old) > limit
		for _, k := range old[:n] {
			f := fields{reading: true, bytes: k[instantSize:]}
			var bucket string
			text(&f, &bucket)
			if f.err != nil || drop[bucket] == nil {
				return fmt.Errorf("%w: %s", errBroken, expiresBucket)
			}
			if err := drop[bucket](t, f.bytes); err != nil {
				return err
			}
		}
		return nil
	})
	return n, more, err
}

// upTo gives what follows the prefix in the keys of an index that goes on with
// an instant: the earliest, up to limit, none after now.
func (t *tx) upTo(bucket string, prefix key, now time.Time, limit int) []key {
	var found []key
	last := key(nil).time(now)
	for k := range t.scan(bucket, prefix, nil) {
		k = k[len(prefix):]
		if len(found) >= limit || bytes.Compare(k[:instantSize], last) > 0 {
			break
		}
		found = append(found, slices.Clone(k))
	}
	return found
}

// dropAccount removes an account with all that is part of it.
func dropAccount(t *tx, k key) error {
	c, err := credentials.collect(t, span{"credentials_by_account", k, nil}, everything, nil)
	if err != nil {
		return err
	}
	m, err := memberships.collect(t, span{"memberships", k, nil}, everything, nil)
	if err != nil {
		return err
	}
	for _, v := range c {
		t.remove(credentials.placed(tenantOf(k), &v))
	}
	for _, v := range m {
		t.remove(memberships.placed(tenantOf(k), &v))
	}
	return accounts.drop(t, k)
}
