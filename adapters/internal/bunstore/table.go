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
	own := strings.Split(columns, ", ")
	key := strings.Split(keys, ", ")
	if columns == "" {
		own = nil
	}
	all := append(append([]string{}, key...), own...)
	where := " WHERE tenant = ? AND " + strings.Join(key, " = ? AND ") + " = ?"
	t := &table{name: name, columns: strings.Join(append(all, rowColumns), ", ")}
	set := strings.Join(append(own, "change", "keep_until", "payload"), " = ?, ") + " = ?"
	t.selected = db.dialect.Text(t.columns)
	t.insert = newStatement(db, db.writer.DB, "INSERT INTO "+name+" (tenant, "+t.columns+
		") VALUES (?, "+strings.Repeat("?, ", len(all))+"1, ?, ?, ?)")
	t.update = newStatement(db, db.writer.DB, "UPDATE "+name+db.dialect.ByKey+" SET "+set+
		", version = version + 1"+where+" AND version = ?")
	t.insert.changes(name, from(0, len(key)+1)...)
	t.update.changes(name, from(len(own)+3, len(key)+1)...)
	t.get = newStatement(db, db.reader.DB, "SELECT "+brief(t.columns)+" FROM "+name+where)
	return t
}

// prefixed writes a list of columns as those of an alias.
func prefixed(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ", ", ", "+alias+".")
}
