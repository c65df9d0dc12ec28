package postgres

import (
	"strconv"
	"strings"
	"sync"

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
const worthwhile = 2

// several holds the texts of statements that read or write several rows at once.
type several struct {
	texts sync.Map // by *bunstore.Statement
	// writes says that rows that are written are sure to be found by their keys, one
	// after another.
	writes bool
}

// read lets those who read the same kind of row share a statement. The order of
// reads means nothing.
func (s *several) read(batch []*request) []*passenger {
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
		list = append(list, s.shared(statement, requests))
	}
	return list
}

// shared is one statement for all who want the same.
func (s *several) shared(statement *bunstore.Statement, requests []*request) *passenger {
	text, ok := s.texts.Load(statement)
	if !ok {
		switch {
		case statement.Update != nil:
			text = updateText(statement)
		case statement.Insert != nil:
			text = insertText(statement)
		default:
			text = lookupText(statement.Lookup)
		}
		s.texts.Store(statement, text)
	}
	return &passenger{text: text.(string), args: arrays(statement, requests), requests: requests}
}

// lookupText reads several rows: the columns of their keys come as arrays, and each
// row says first which key it belongs to.
func lookupText(l *bunstore.Lookup) string {
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
	return "SELECT k.place, " + l.Columns + " FROM unnest(" + strings.Join(types, ", ") + ") WITH ORDINALITY AS k (" +
		strings.Join(names, ", ") + ", place) JOIN LATERAL (SELECT * FROM " + l.Table + " WHERE " +
		strings.Join(on, " AND ") + " LIMIT 1) " + alias + " ON TRUE" + l.Joins
}
