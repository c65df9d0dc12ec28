package mysql

import (
	"slices"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// byKey has a table's rows found by the primary key, whatever the server believes
// of how many there are.
const byKey = " FORCE INDEX (PRIMARY)"

// text is the statement for n rows.
func (k *kind) text(n int) string {
	switch s := k.statement; {
	case s.Lookup != nil:
		return lookupText(s.Lookup, n)
	case s.Insert != nil:
		return insertText(s.Insert, n)
	default:
		return updateText(s.Update, n)
	}
}

// lookupText reads n rows, each with its key before it.
func lookupText(l *bunstore.Lookup, n int) string {
	alias := l.Alias
	if alias == "" {
		alias = "r"
	}
	keys := make([]string, len(l.Key))
	for i, column := range l.Key {
		keys[i] = alias + "." + column
	}
	return quoted("SELECT " + strings.Join(keys, ", ") + ", " + l.Columns + " FROM " + l.Table + " " + alias + byKey + l.Joins +
		" WHERE " + anyOf(keys, n))
}

// anyOf is true of n rows by their keys, with one parameter for each column.
func anyOf(keys []string, n int) string {
	one := "(" + strings.Join(keys, " = ? AND ") + " = ?)"
	return one + strings.Repeat(" OR "+one, n-1)
}

// updateText changes n rows. The parameters are for each column the key and the
// value of each row, then the conditions of each row.
func updateText(u *bunstore.Update, n int) string {
	set, this := make([]string, len(u.Set)), slices.Clone(u.Key)
	slices.Reverse(this) // rows of one tenant are told apart by the first comparison
	for i, column := range u.Set {
		// Whether bytes are text is not for the server to guess.
		value := "CAST(? AS BINARY)"
		if bunstore.IsNumber(column) {
			value = "CAST(? AS SIGNED)"
		}
		set[i] = column + " = CASE" + strings.Repeat(" WHEN "+strings.Join(this, " = ? AND ")+" = ? THEN "+value, n) + " END"
	}
	where := make([]string, 0, len(u.Key)+len(u.Where)+len(u.Always))
	for _, column := range u.Key {
		where = append(where, column+" = ?")
	}
	where = append(append(where, u.Where...), u.Always...)
	one := "(" + strings.Join(where, " AND ") + ")"
	return quoted("UPDATE " + u.Table + byKey + " SET " + strings.Join(set, ", ") + ", version = version + 1 WHERE " +
		one + strings.Repeat(" OR "+one, n-1))
}

// standingText reads who changed n rows last, and how often they were changed.
func standingText(u *bunstore.Update, n int) string {
	return quoted("SELECT " + strings.Join(u.Key, ", ") + ", version, change FROM " + u.Table + byKey + " WHERE " + anyOf(u.Key, n))
}

// insertText adds n rows.
func insertText(i *bunstore.Insert, n int) string {
	row := "(" + strings.Repeat("?, ", len(i.Columns)) + "1)"
	return quoted("INSERT INTO " + i.Table + " (" + strings.Join(i.Columns, ", ") + ", version) VALUES " + row + strings.Repeat(", "+row, n-1))
}
