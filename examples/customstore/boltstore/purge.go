package boltstore

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// expiresBucket lists the rows that will go, by when: instant, bucket, key.
const expiresBucket = "expires"

// droppers lists how rows are removed, by bucket.
func droppers() map[string]func(*tx, key) error {
	return map[string]func(*tx, key) error{
		accounts.bucket: dropAccount, clients.bucket: clients.drop, consents.bucket: consents.drop,
		credentials.bucket: credentials.drop, deliveries.bucket: deliveries.drop, events.bucket: events.drop,
		grants.bucket: grants.drop, interactions.bucket: interactions.drop, keys.bucket: keys.drop,
		leases.bucket: leases.drop, marks.bucket: marks.drop, sessions.bucket: sessions.drop,
		tenants.bucket: tenants.drop, tickets.bucket: tickets.drop, windows.bucket: windows.drop,
	}
}

// buckets lists all there are.
func buckets() []string {
	names := []string{
		metaBucket, expiresBucket, "credentials_by_account", "deliveries_by_due", "events_by_account", "events_by_client",
		"grants_by_account", "grants_by_client", "grants_by_session", "grants_by_user_code", "identifiers", "keys_by_epoch",
		"sessions_by_account", "tenants_by_name",
	}
	for name := range droppers() {
		names = append(names, name)
	}
	return names
}

// Purge removes what is past its KeepUntil, the oldest first.
func (db *DB) Purge(ctx context.Context, now time.Time, limit int) (n int, more bool, err error) {
	drop := droppers()
	limit = bounded(limit)
	err = db.write(ctx, func(t *tx) error {
		old := t.upTo(expiresBucket, now, limit+1)
		n, more = min(len(old), limit), len(old) > limit
		for _, k := range old[:n] {
			f := fields{reading: true, bytes: k}
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

// upTo gives what follows the instant in the keys of an index that begins with
// one: the earliest, up to limit, none after now.
func (t *tx) upTo(bucket string, now time.Time, limit int) [][]byte {
	var found [][]byte
	last := key(nil).time(now)
	for k := range t.scan(bucket, nil, nil) {
		if len(found) >= limit || bytes.Compare(k[:len(last)], last) > 0 {
			break
		}
		found = append(found, slices.Clone(k[len(last):]))
	}
	return found
}

// dropAccount removes an account with its credentials.
func dropAccount(t *tx, k key) error {
	own, err := t.credentialsOf(tenantOf(k), core.ID(k[len(core.ID{}):]))
	if err != nil {
		return err
	}
	for _, c := range own {
		if err := credentials.drop(t, credentialKey(tenantOf(k), c.CredentialKey)); err != nil {
			return err
		}
	}
	return accounts.drop(t, k)
}
