package boltstore

import (
	"bytes"
	"context"
	"slices"

	"github.com/keywright/keywright/core"
)

// create stores v as a new row with version 1, and the events with it.
func create[T any, P stored[T]](ctx context.Context, s *Store, tb table[T, P], v T, events []core.Event) error {
	tb.row(&v).Version = 1
	r, err := tb.encode(s.tenant, &v)
	if err != nil {
		return err
	}
	log, err := encodeEvents(s.tenant, events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(t *tx) error {
		if err := t.insert(r); err != nil {
			return err
		}
		return t.insertAll(log)
	})
}

// update replaces the row that has v's key and still v's version, raises the
// version by one, and stores the events with it.
func update[T any, P stored[T]](ctx context.Context, s *Store, tb table[T, P], v T, events []core.Event) error {
	was := tb.row(&v).Version
	tb.row(&v).Version++
	r, err := tb.encode(s.tenant, &v)
	if err != nil {
		return err
	}
	log, err := encodeEvents(s.tenant, events)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(t *tx) error {
		old, err := tb.at(t, r.key, was)
		if err != nil {
			return err
		}
		if err := t.replace(tb.placed(s.tenant, &old), r); err != nil {
			return err
		}
		return t.insertAll(log)
	})
}

// at reads the row that is to be replaced, without its payload, if it has the
// version.
func (tb table[T, P]) at(t *tx, k key, version uint64) (T, error) {
	old, found, err := tb.peek(t, k)
	if err == nil && (!found || tb.row(&old).Version != version) {
		err = &core.ConflictError{Key: "version"}
	}
	return old, err
}

// set stores v whether or not there is such a row yet.
func (tb table[T, P]) set(t *tx, tenant core.ID, v P) error {
	r, err := tb.encode(tenant, v)
	if err != nil {
		return err
	}
	old, found, err := tb.peek(t, r.key)
	if err != nil {
		return err
	}
	if !found {
		return t.replace(record{}, r)
	}
	return t.replace(tb.placed(tenant, &old), r)
}

// drop removes the row that has the key, if there is one.
func (tb table[T, P]) drop(t *tx, k key) error {
	v, found, err := tb.peek(t, k)
	if err == nil && found {
		t.remove(tb.placed(tenantOf(k), &v))
	}
	return err
}

// insert stores a row whose key and entries are free.
func (t *tx) insert(r record) error {
	if t.get(r.bucket, r.key) != nil {
		return &core.ConflictError{Key: "id"}
	}
	return t.replace(record{}, r)
}

func (t *tx) insertAll(records []record) error {
	for _, r := range records {
		if err := t.insert(r); err != nil {
			return err
		}
	}
	return nil
}

// replace puts a row where old was, which may be no record. It looks before it
// writes, and does not touch an index for what stays as it is.
func (t *tx) replace(old, r record) error {
	for _, e := range r.entries {
		if row := t.get(e.bucket, e.key); row != nil && !bytes.Equal(row, r.key) {
			return &core.ConflictError{Key: e.taken}
		}
	}
	for _, e := range old.entries {
		if !r.has(e) {
			t.delete(e.bucket, e.key)
		}
	}
	for _, e := range r.entries {
		if !old.has(e) {
			t.put(e.bucket, e.key, r.key)
		}
	}
	if !bytes.Equal(old.expires, r.expires) {
		t.expire(old.expires, r.expires)
	}
	t.put(r.bucket, r.key, r.value)
	return nil
}

// remove takes a row away with all that leads to it.
func (t *tx) remove(r record) {
	for _, e := range r.entries {
		t.delete(e.bucket, e.key)
	}
	t.expire(r.expires, nil)
	t.delete(r.bucket, r.key)
}

// expire moves a row in the index that Purge reads; nil is not in it.
func (t *tx) expire(from, to []byte) {
	if from != nil {
		t.delete(expiresBucket, from)
	}
	if to != nil {
		t.put(expiresBucket, to, []byte{})
	}
}

// has says whether the entry is one of the record's.
func (r record) has(e entry) bool {
	return slices.ContainsFunc(r.entries, func(own entry) bool {
		return own.bucket == e.bucket && bytes.Equal(own.key, e.key)
	})
}
