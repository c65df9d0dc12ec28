package bunstore

import "strings"

// Statement is one that callers repeat, as the database wants it, and what it is
// made of where it can be said for several rows at once: at most one of Lookup,
// Update and Insert is set.
type Statement struct {
	Text   string
	Lookup *Lookup
	Update *Update
	Insert *Insert
	single *single
}

// Lookup reads at most one row, by its whole key, and what stands beside it. The
// parameters are the key's.
type Lookup struct {
	Columns      string   // each has a name of its own
	Table, Alias string   // Alias may be empty where nothing stands beside
	Key          []string // names of the columns
	Joins        string
}

// Update changes at most one row, by its whole key. The parameters are the values
// of Set, then those of the key, then those of Where.
type Update struct {
	Table string
	Set   []string // names of the columns; the version is counted on as well
	Key   []string
	// Where are conditions with one parameter each, Always those without.
	Where, Always []string
}

// Insert adds a row at version 1. The parameters are those of Columns.
type Insert struct {
	Table   string
	Columns []string // without the version
}

// lookup makes a statement that reads.
func (db *DB) lookup(l Lookup) *statement {
	from, prefix := l.Table, ""
	if l.Alias != "" {
		from, prefix = l.Table+" "+l.Alias, l.Alias+"."
	}
	s := newStatement(db, db.reader.DB, "SELECT "+l.Columns+" FROM "+from+l.Joins+
		" WHERE "+prefix+strings.Join(l.Key, " = ? AND "+prefix)+" = ?")
	s.Lookup = &l
	return s
}

// update makes a statement that changes a row.
func (db *DB) update(u Update) *statement {
	where := append(append([]string{}, equal(u.Key)...), u.Where...)
	s := newStatement(db, db.writer.DB, "UPDATE "+u.Table+db.dialect.ByKey+" SET "+strings.Join(equal(u.Set), ", ")+
		", version = version + 1 WHERE "+strings.Join(append(where, u.Always...), " AND "))
	s.Update = &u
	s.changes(u.Table, from(len(u.Set), len(u.Key))...)
	return s
}

// insert makes a statement that adds a row, whose key are the first columns.
func (db *DB) insert(i Insert, key int) *statement {
	s := newStatement(db, db.writer.DB, "INSERT INTO "+i.Table+" ("+strings.Join(i.Columns, ", ")+
		", version) VALUES ("+strings.Repeat("?, ", len(i.Columns))+"1)")
	s.Insert = &i
	s.changes(i.Table, from(0, key)...)
	return s
}

// equal writes conditions, or assignments, with one parameter each.
func equal(columns []string) []string {
	list := make([]string, len(columns))
	for n, c := range columns {
		list[n] = c + " = ?"
	}
	return list
}

// Numbers says of each parameter of an Update or an Insert whether it is a number;
// all others are bytes.
func (s *Statement) Numbers() []bool {
	var columns []string
	switch u := s.Update; {
	case u != nil:
		columns = append(append(columns, u.Set...), u.Key...)
		for _, condition := range u.Where {
			columns = append(columns, columnOf(condition))
		}
	case s.Insert != nil:
		columns = s.Insert.Columns
	}
	list := make([]bool, len(columns))
	for n, c := range columns {
		list[n] = IsNumber(c)
	}
	return list
}

// columnOf is the column that a condition is about: the first word of "a = ?", or of
// "COALESCE(a, 0) = ?".
func columnOf(condition string) string {
	condition = strings.TrimPrefix(condition, "COALESCE(")
	return condition[:strings.IndexAny(condition, " ,")]
}

// IsNumber says whether a column that an Update or an Insert names is a number; all
// others are bytes. A name means the same in every table.
func IsNumber(column string) bool {
	switch column {
	case "version", "keep_until", "disabled", "deleted", "epoch", "sign_in_epoch", "grants_epoch", "ended", "ends",
		"idle_ends", "finished", "spent":
		return true
	}
	return false
}

// Weight is about how many bytes parameters take, for a bound on what one statement
// for several rows carries.
func Weight(args []any) (n int) {
	for _, arg := range args {
		b, _ := arg.([]byte)
		n += len(b) + 8
	}
	return n
}
