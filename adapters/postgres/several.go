package postgres

import (
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// passenger is one statement of a batch, and who waits for it: one caller, or
// several who read rows of one kind, whose keys are arrays then.
type passenger struct {
	text     string
	args     []any
	requests []*request
}

// apart gives each request a statement of its own.
func apart(batch []*request) []*passenger {
	list := make([]*passenger, len(batch))
	for n, r := range batch {
		list[n] = &passenger{text: r.statement.Text, args: r.args, requests: batch[n : n+1 : n+1]}
	}
	return list
}

// fail answers all who wait.
func fail(batch []*passenger, err error) {
	for _, p := range batch {
		for _, r := range p.requests {
			r.err = err
		}
	}
}

// worthwhile is from how many on one statement for several keys is cheaper than as
// many statements in one round trip: what it saves is that each begins and ends
// its look into five tables.
const worthwhile = 3

// several holds the texts of statements that read rows by several keys at once.
type several struct{ texts sync.Map } // by *bunstore.Statement

// join lets those who read the same kind of row share a statement. The order of
// reads means nothing.
func (s *several) join(batch []*request) []*passenger {
	if s == nil || len(batch) < worthwhile {
		return apart(batch)
	}
	kinds, order := map[*bunstore.Statement][]*request{}, []*bunstore.Statement{}
	for _, r := range batch {
		if _, ok := kinds[r.statement]; !ok {
			order = append(order, r.statement)
		}
		kinds[r.statement] = append(kinds[r.statement], r)
	}
	var list []*passenger
	for _, statement := range order {
		requests := kinds[statement]
		if statement.Lookup == nil || len(requests) < worthwhile {
			list = append(list, apart(requests)...)
			continue
		}
		list = append(list, &passenger{text: s.text(statement), args: arrays(requests), requests: requests})
	}
	return list
}

// text is the statement for several keys: their columns come as arrays, and each
// row says first which key it belongs to.
func (s *several) text(statement *bunstore.Statement) string {
	if text, ok := s.texts.Load(statement); ok {
		return text.(string)
	}
	l := statement.Lookup
	alias := l.Alias
	if alias == "" {
		alias = "r"
	}
	var types, names, on []string
	for n, column := range l.Key {
		number := strconv.Itoa(n + 1)
		types = append(types, "$"+number+"::bytea[]")
		names = append(names, "k"+number)
		on = append(on, column+" = k.k"+number)
	}
	text := "SELECT k.place, " + l.Columns + " FROM unnest(" + strings.Join(types, ", ") + ") WITH ORDINALITY AS k (" +
		strings.Join(names, ", ") + ", place) JOIN LATERAL (SELECT * FROM " + l.Table + " WHERE " +
		strings.Join(on, " AND ") + " LIMIT 1) " + alias + " ON TRUE" + l.Joins
	s.texts.Store(statement, text)
	return text
}

// arrays turns the keys into one array for each column.
func arrays(requests []*request) []any {
	args := make([]any, len(requests[0].args))
	for n := range args {
		column := make(array, len(requests))
		for i, r := range requests {
			column[i], _ = r.args[n].([]byte)
		}
		args[n] = column
	}
	return args
}

// array is a parameter of the type bytea[].
type array [][]byte

// binary writes it as the server reads it: dimensions, no NULL, the type; length and
// first index; then each with its length.
func (a array) binary() []byte {
	size := 20
	for _, b := range a {
		size += 4 + len(b)
	}
	out := make([]byte, 0, size)
	for _, n := range []uint32{1, 0, pgtype.ByteaOID, uint32(len(a)), 1} {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	for _, b := range a {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
	}
	return out
}
