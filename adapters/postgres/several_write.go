package postgres

import (
	"strconv"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// most is how many bytes of values one statement carries.
const most = 256 << 10

// write lets neighbours who write the same kind of row share a statement. The batch
// is in the order of its keys and stays so, whoever shares with whom: it is what all
// replicas lock in. For the same reason a row is in a statement once.
func (s *several) write(batch []*request) (list []*passenger) {
	if s == nil || !s.writes {
		return apart(batch)
	}
	for len(batch) > 0 {
		n := run(batch)
		if n < worthwhileOf(batch[0].statement) {
			list = append(list, apart(batch[:n])...)
		} else {
			list = append(list, s.shared(batch[0].statement, batch[:n:n]))
		}
		batch = batch[n:]
	}
	return list
}

// From how many on one statement that writes several rows is cheaper than as many
// statements in one round trip, by measurement. What it saves is that each begins and
// ends.
const (
	worthwhileUpdate = 3
	worthwhileInsert = 3
)

func worthwhileOf(s *bunstore.Statement) int {
	if s.Insert != nil {
		return worthwhileInsert
	}
	return worthwhileUpdate
}

// run is how many from the first on can share a statement.
func run(batch []*request) int {
	first := batch[0]
	if !writesSeveral(first.statement) {
		return 1
	}
	size := bunstore.Weight(first.args)
	for n, r := range batch[1:] {
		size += bunstore.Weight(r.args)
		if r.statement != first.statement || r.key == batch[n].key || size > most {
			return n + 1
		}
	}
	return len(batch)
}

// writesSeveral says whether s can be said for several rows. Keys of two columns are
// tenant and id, by which no other index than the primary key is in order: there is
// no other way to find such a row.
func writesSeveral(s *bunstore.Statement) bool {
	return s.Insert != nil || s.Update != nil && len(s.Update.Key) == 2
}

// updateText changes several rows, in the order in which they are given, and says
// which it has changed.
//
// There is one plan for it: for each key in turn a look-up by the primary key. A join
// that reads the table in its own order, and locks rows in that order, needs each
// condition on the key to be an equation, and ANY is none. It is only on the first
// column, since a planner may leave it out on others. What stands in CASE makes no
// index look useful.
func updateText(s *bunstore.Statement) string {
	u, p := s.Update, places{s.Numbers(), 0}
	set := make([]string, len(u.Set))
	for n, column := range u.Set {
		set[n] = column + " = " + p.next()
	}
	p.n++
	first := strconv.Itoa(p.n)
	on := []string{u.Key[0] + " = ANY (ARRAY[v.first])"}
	for _, column := range u.Key[1:] {
		on = append(on, column+" = "+p.next())
	}
	var when []string
	for _, condition := range u.Where {
		when = append(when, strings.Replace(condition, "?", p.next(), 1))
	}
	return "UPDATE " + u.Table + " SET " + strings.Join(set, ", ") + ", version = version + 1" +
		" FROM unnest($" + first + "::bytea[]) WITH ORDINALITY AS v (first, place)" +
		" WHERE " + strings.Join(on, " AND ") +
		" AND CASE WHEN " + strings.Join(append(when, u.Always...), " AND ") + " THEN TRUE ELSE FALSE END RETURNING v.place"
}

// insertText adds several rows, or none where one cannot be.
func insertText(s *bunstore.Statement) string {
	i, p := s.Insert, places{s.Numbers(), 0}
	values := make([]string, len(i.Columns))
	for n := range values {
		values[n] = p.next()
	}
	return "INSERT INTO " + i.Table + " (" + strings.Join(i.Columns, ", ") + ", version) SELECT " +
		strings.Join(values, ", ") + ", 1 FROM unnest($1::bytea[]) WITH ORDINALITY AS v (first, place)"
}

// places writes what stands in an array at the place of a row, parameter after
// parameter.
type places struct {
	numbers []bool
	n       int
}

func (p *places) next() string {
	kind := "bytea"
	if p.numbers[p.n] {
		kind = "bigint"
	}
	p.n++
	return "($" + strconv.Itoa(p.n) + "::" + kind + "[])[v.place]"
}
