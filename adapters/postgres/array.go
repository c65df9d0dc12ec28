package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// array is a parameter of the type bytea[] or bigint[]: what each request has at
// one place.
type array struct {
	requests []*request
	at       int
	numbers  bool
}

// arrays turns the parameters of requests into one array for each place.
func arrays(statement *bunstore.Statement, requests []*request) []any {
	numbers := statement.Numbers()
	args := make([]any, len(requests[0].args))
	for n := range args {
		args[n] = &array{requests: requests, at: n, numbers: n < len(numbers) && numbers[n]}
	}
	return args
}

// null is the length of NULL.
const null = ^uint32(0)

// binary writes it as the server reads it: dimensions, whether there may be NULL, the
// type; length and first index; then each with its length.
func (a *array) binary() ([]byte, error) {
	oid, size := uint32(pgtype.ByteaOID), 20
	if a.numbers {
		oid = pgtype.Int8OID
	}
	for _, r := range a.requests {
		size += 4 + 8
		if b, ok := r.args[a.at].([]byte); ok {
			size += len(b)
		}
	}
	out := make([]byte, 0, size)
	for _, n := range []uint32{1, 1, oid, uint32(len(a.requests)), 1} {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	for _, r := range a.requests {
		b, isBytes := r.args[a.at].([]byte)
		number, isNumber := r.args[a.at].(int64)
		switch {
		case r.args[a.at] == nil, isBytes && b == nil:
			out = binary.BigEndian.AppendUint32(out, null)
		case isBytes && !a.numbers:
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
		case isNumber && a.numbers:
			out = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(out, 8), uint64(number))
		default:
			return nil, fmt.Errorf("postgres: a parameter of type %T in an array of type %d", r.args[a.at], oid)
		}
	}
	return out, nil
}

var errArray = errors.New("postgres: an array that is none of numbers")

// numbers reads what the server wrote in the same way.
func numbers(rows *bunstore.Rows, v *bunstore.Value, b []byte) error {
	const head, dimensions, kind, length = 20, 0, 8, 12
	if len(b) < head || binary.BigEndian.Uint32(b[dimensions:]) != 1 || binary.BigEndian.Uint32(b[kind:]) != pgtype.Int8OID {
		return errArray
	}
	n := binary.BigEndian.Uint32(b[length:])
	if b = b[head:]; uint64(len(b)) < 4*uint64(n) {
		return errArray
	}
	v.List = rows.List(int(n))
	for at := range v.List {
		if len(b) < 4 {
			return errArray
		}
		size := binary.BigEndian.Uint32(b)
		if b = b[4:]; size == null {
			continue
		}
		if size != 8 || len(b) < 8 {
			return errArray
		}
		v.List.Set(at, int64(binary.BigEndian.Uint64(b)))
		b = b[8:]
	}
	return nil
}
