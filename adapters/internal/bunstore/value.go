package bunstore

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

var errColumn = errors.New("bunstore: a column holds what it cannot")

// What goes in. Zero ids are kept as such, so that equality needs no care for
// NULL; a time that is not set is NULL, so that no range finds it.

func idValue(id core.ID) any       { return id[:] }
func textValue(s string) any       { return []byte(s) }
func countValue(n uint64) any      { return int64(n) }
func instantValue(t time.Time) any { return t.UnixMicro() }

func idValues(ids []core.ID) (list [][]byte) {
	for n := range ids {
		list = append(list, ids[n][:])
	}
	return list
}

func hashValue(h core.Hash) any {
	if h.IsZero() {
		return []byte{}
	}
	return h[:]
}

func endValue(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func flagValue(b bool) any {
	if b {
		return int64(1)
	}
	return int64(0)
}

// What comes out: scanners that allocate nothing and take NULL where a column
// of a row that was not joined has it.

// number is an integer; has is false for NULL.
type number struct {
	n   int64
	has bool
}

// Scan reads a column.
func (v *number) Scan(src any) error {
	switch n := src.(type) {
	case int64:
		*v = number{n, true}
	case uint64: // of MySQL's bit operators
		*v = number{int64(n), true}
	case nil:
		*v = number{}
	default:
		return errColumn
	}
	return nil
}

func (v *number) count() uint64 { return uint64(v.n) }
func (v *number) flag() bool    { return v.n != 0 }

func (v *number) instant() time.Time {
	if !v.has {
		return time.Time{}
	}
	return time.UnixMicro(v.n).UTC()
}

// numbers is a column that packs several: all NULL where it is.
type numbers []number

// Scan reads a column as text, which is how a driver gives an array that it knows
// nothing of: {1,NULL,2}.
func (v *numbers) Scan(src any) error {
	clear(*v)
	if src == nil {
		return nil
	}
	text, ok := src.(string)
	if b, isBytes := src.([]byte); isBytes {
		text, ok = string(b), true
	}
	parts := strings.Split(strings.Trim(text, "{}"), ",")
	if !ok || len(parts) != len(*v) {
		return errColumn
	}
	for n, part := range parts {
		if part == "NULL" {
			continue
		}
		at, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return errColumn
		}
		(*v)[n] = number{at, true}
	}
	return nil
}

// octets is a column of bytes. They are the driver's, and good only until the
// next row.
type octets []byte

// Scan reads a column.
func (v *octets) Scan(src any) error {
	switch b := src.(type) {
	case []byte:
		*v = b
	case nil:
		*v = nil
	default:
		return errColumn
	}
	return nil
}

func (v octets) id() (id core.ID) {
	copy(id[:], v)
	return id
}

func (v octets) hash() (h core.Hash) {
	copy(h[:], v)
	return h
}

// rowValues are the places for rowColumns.
type rowValues struct {
	version, keepUntil number
	change, payload    octets
}

func (v *rowValues) into() []any { return []any{&v.version, &v.change, &v.keepUntil, &v.payload} }

func (v *rowValues) row() core.Row {
	return core.Row{Version: v.version.count(), Change: v.change.id(), KeepUntil: v.keepUntil.instant()}
}

// insertArgs are the parameters of a table's insert statement.
func (s *store) insertArgs(r *core.Row, payload []byte, own ...any) []any {
	args := make([]any, 0, len(own)+4)
	args = append(append(args, s.key), own...)
	return append(args, idValue(r.Change), endValue(r.KeepUntil), payload)
}

// updateArgs are the parameters of a table's update statement: own columns,
// then those of the row, then its keys.
func (s *store) updateArgs(r *core.Row, payload []byte, keys []any, own ...any) []any {
	args := make([]any, 0, len(own)+len(keys)+5)
	args = append(append(args, own...), idValue(r.Change), endValue(r.KeepUntil), payload, s.key)
	return append(append(args, keys...), countValue(r.Version))
}
