package boltstore

import (
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

// table says how one kind of row is kept. A value in its bucket is the row's
// Version, Change and KeepUntil, then its fields, then its payload.
type table[T any, P stored[T]] struct {
	bucket string
	key    func(tenant core.ID, v P) key
	row    func(v P) *core.Row
	// kept is when the row goes, by its payload as well; nil is its KeepUntil.
	kept func(v P) time.Time
	// fields lists what of v is not payload.
	fields func(f *fields, v P)
	// entries lists what a row is found by, beside its key; nil for nothing.
	entries func(tenant core.ID, v P) []entry
}

// stored is a pointer to a T that codes its own payload.
type stored[T any] interface {
	*T
	MarshalPayload() ([]byte, error)
	UnmarshalPayload(b []byte) error
}

// bare is embedded by rows that have no payload.
type bare struct{}

// MarshalPayload gives nothing.
func (bare) MarshalPayload() ([]byte, error) { return nil, nil }

// UnmarshalPayload reads nothing.
func (bare) UnmarshalPayload([]byte) error { return nil }

// entry is a line of an index, which leads to a row. No two rows share one: where
// several may be found by the same thing, the key ends with the row's own id,
// which also puts them in order.
type entry struct {
	bucket string
	key    key
	// taken names the key in a core.ConflictError.
	taken string
}

// record is a row as bytes, with all that is written beside it.
type record struct {
	bucket     string
	key, value []byte
	expires    []byte // its key in the index that Purge reads; nil: kept for good
	entries    []entry
}

// encode makes a record of v. It runs before the transaction, so that the one
// writer waits for no encoding.
func (tb table[T, P]) encode(tenant core.ID, v P) (record, error) {
	payload, err := v.MarshalPayload()
	if err != nil {
		return record{}, err
	}
	var f fields
	f.row(tb.row(v))
	tb.fields(&f, v)
	f.fixed(payload)
	r := tb.placed(tenant, v)
	r.value = f.bytes
	return r, nil
}

// placed is where v stands and what leads there.
func (tb table[T, P]) placed(tenant core.ID, v P) record {
	r := record{bucket: tb.bucket, key: tb.key(tenant, v)}
	keep := tb.row(v).KeepUntil
	if tb.kept != nil {
		keep = tb.kept(v)
	}
	if !keep.IsZero() {
		r.expires = key(nil).time(keep).text(tb.bucket).with(r.key)
	}
	if tb.entries != nil {
		r.entries = tb.entries(tenant, v)
	}
	return r
}

// decode reads a value.
func (tb table[T, P]) decode(value []byte) (T, error) {
	v, payload, err := tb.decodeFields(value)
	if err != nil {
		return v, err
	}
	return v, P(&v).UnmarshalPayload(payload)
}

// decodeFields reads a value up to its payload: enough to know where most rows
// stand.
func (tb table[T, P]) decodeFields(value []byte) (v T, payload []byte, err error) {
	f := fields{reading: true, bytes: value}
	f.row(tb.row(&v))
	tb.fields(&f, &v)
	if f.err != nil {
		err = fmt.Errorf("%w: %s", f.err, tb.bucket)
	}
	return v, f.bytes, err
}
