package bunstore

import (
	"strings"
)

// rowColumns are on every row of a versioned thing, after its own.
const rowColumns = "version, change, keep_until, payload"

// table is a versioned thing's statements, all of one shape.
type table struct {
	name string
	// columns as read: own ones, then rowColumns; selected are the same as the
	// dialect writes them.
	columns, selected   string
	insert, update, get *statement
}

// newTable writes the statements of a table: keys find a row after the tenant,
// columns are searched but may change.
func newTable(db *DB, name, keys, columns string) *table {
	own, key := split(columns), split(keys)
	all := append(append([]string{}, key...), own...)
	t := &table{name: name, columns: strings.Join(append(all, rowColumns), ", ")}
	t.selected = db.dialect.Text(t.columns)
	whole := append([]string{"tenant"}, key...)
	written := []string{"change", "keep_until", "payload"}
	t.insert = db.insert(Insert{
		Table: name, Columns: append(append(append([]string{}, whole...), own...), written...),
	}, len(whole))
	t.update = db.update(Update{Table: name, Set: append(own, written...), Key: whole, Where: []string{"version = ?"}})
	t.get = db.lookup(Lookup{Columns: brief(t.columns), Table: name, Key: whole})
	return t
}

// prefixed writes a list of columns as those of an alias.
func prefixed(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ", ", ", "+alias+".")
}

func split(columns string) []string {
	if columns == "" {
		return nil
	}
	return strings.Split(columns, ", ")
}
