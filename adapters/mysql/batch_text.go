package mysql

import (
	"slices"
	"strconv"
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
	return "(" + strings.Join(keys, ", ") + ") IN (" + times("("+times("?", len(keys))+")", n) + ")"
}

// times lists the same so many times.
func times(s string, n int) string { return s + strings.Repeat(", "+s, n-1) }

// updateText changes n rows. The parameters are for each column the names of the rows
// and then their values; then their keys; then how each has to stand.
func updateText(u *bunstore.Update, n int) string {
	numbers := (&bunstore.Statement{Update: u}).Numbers()[len(u.Set):]
	set, name := make([]string, len(u.Set)), textOf(u.Key, numbers)
	for i, column := range u.Set {
		// Whether bytes are text is not for the server to guess.
		value := "CAST(? AS BINARY)"
		if bunstore.IsNumber(column) {
			value = "CAST(? AS SIGNED)"
		}
		set[i] = column + " = ELT(FIELD(" + name + ", " + times("?", n) + "), " + times(value, n) + ")"
	}
	where := append([]string{anyOf(u.Key, n), textOf(compared(u), numbers) + " IN (" + times("?", n) + ")"}, u.Always...)
	return quoted("UPDATE " + u.Table + byKey + " SET " + strings.Join(set, ", ") + ", version = version + 1 WHERE " +
		strings.Join(where, " AND "))
}

// compared is what an update compares with its parameters: the key, then the left side
// of each condition.
func compared(u *bunstore.Update) []string {
	all := slices.Clone(u.Key)
	for _, condition := range u.Where {
		all = append(all, strings.TrimSuffix(condition, " = ?"))
	}
	return all
}

// textOf writes values as one text, no two lists of them alike: first the numbers, and
// of bytes how many there are, each with a colon after it, then the bytes. The server
// compares that with one parameter for less than it does each value with its own.
func textOf(values []string, numbers []bool) string {
	var head, tail []string
	for n, v := range values {
		if numbers[n] {
			head = append(head, v, "':'")
		} else {
			head, tail = append(head, "LENGTH("+v+")", "':'"), append(tail, v)
		}
	}
	return "CONCAT(" + strings.Join(append(head, tail...), ", ") + ")"
}

// textOfValues is textOf for parameters; nil, like NULL, is equal to nothing.
func textOfValues(args []any) any {
	size := 0
	for _, arg := range args {
		b, _ := arg.([]byte)
		size += len(b) + 4
	}
	text := make([]byte, 0, size+2*len("-9223372036854775808"))
	for _, arg := range args {
		switch v := arg.(type) {
		case []byte:
			text = strconv.AppendInt(text, int64(len(v)), 10)
		case int64:
			text = strconv.AppendInt(text, v, 10)
		default:
			return nil
		}
		text = append(text, ':')
	}
	for _, arg := range args {
		b, _ := arg.([]byte)
		text = append(text, b...)
	}
	return text
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
