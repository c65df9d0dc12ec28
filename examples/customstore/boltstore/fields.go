package boltstore

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// errBroken is a value that this package did not write, or not so.
var errBroken = errors.New("boltstore: a stored value cannot be read")

// fields writes the fields of a row into bytes, or reads them from there: a
// table lists its fields once, and both ways agree.
type fields struct {
	reading bool
	bytes   []byte // written so far, or left to be read
	err     error
}

// fixed writes b, or fills it.
func (f *fields) fixed(b []byte) {
	if !f.reading {
		f.bytes = append(f.bytes, b...)
		return
	}
	if len(f.bytes) < len(b) {
		f.err = errBroken
		return
	}
	f.bytes = f.bytes[copy(b, f.bytes):]
}

func (f *fields) id(id *core.ID)    { f.fixed(id[:]) }
func (f *fields) hash(h *core.Hash) { f.fixed(h[:]) }

func (f *fields) number(n *uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], *n)
	f.fixed(b[:])
	*n = binary.BigEndian.Uint64(b[:])
}

func (f *fields) time(t *time.Time) {
	n := sortable(*t)
	f.number(&n)
	*t = instant(n)
}

func (f *fields) flag(v *bool) {
	b := []byte{0}
	if *v {
		b[0] = 1
	}
	f.fixed(b)
	*v = b[0] != 0
}

// count is a number that is small and not negative.
func (f *fields) count(n *int) {
	v := uint64(*n)
	f.number(&v)
	*n = int(v)
}

// text is a string of whatever type, with its length before it.
func text[T ~string](f *fields, s *T) {
	if !f.reading {
		f.bytes = withLength(f.bytes, string(*s))
		return
	}
	var size [4]byte
	f.fixed(size[:])
	n := uint64(binary.BigEndian.Uint32(size[:]))
	if f.err != nil || n > uint64(len(f.bytes)) {
		f.err = errBroken
		return
	}
	*s = T(f.bytes[:n]) // a copy: the bytes belong to the transaction
	f.bytes = f.bytes[n:]
}

// list is several things, with their number before them.
func list[T any](f *fields, all *[]T, each func(*T)) {
	n := len(*all)
	f.count(&n)
	for i := 0; i < n && f.err == nil; i++ {
		if f.reading {
			*all = append(*all, *new(T))
		}
		each(&(*all)[i])
	}
}

// row is what every kind of row has beside its keys.
func (f *fields) row(r *core.Row) {
	f.number(&r.Version)
	f.id(&r.Change)
	f.time(&r.KeepUntil)
}
