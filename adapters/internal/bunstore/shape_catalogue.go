package bunstore

import (
	"context"
	"database/sql"
	"strings"
)

// checkShape reads the catalogue once and compares it with what the steps of
// this release make (MIG07).
func (db *DB) checkShape(ctx context.Context, on *sql.DB, steps []step) error {
	need, err := shapeOf(steps)
	if err != nil {
		return err
	}
	got, err := db.readShape(ctx, on, sortedKeys(need))
	if err != nil {
		return err
	}
	if err := need.check(got); err != nil {
		return err
	}
	db.fit.Store(true)
	return nil
}

// readShape reads what the database says of some tables. The dialect's query
// gives eight columns: one row for each table ("table", table, "", what is wrong
// with it, "", 0, 0, 0), each column ("column", table, column, type, "", can it be
// NULL, does it fill itself, 0) and each column of a key ("key", table, key,
// column, condition, is it unique, 0, place), where keys come in order of place.
func (db *DB) readShape(ctx context.Context, on *sql.DB, names []string) (shape, error) {
	rows, err := on.QueryContext(ctx, db.dialect.Catalogue("'"+strings.Join(names, "', '")+"'"))
	if err != nil {
		return nil, db.classified(err)
	}
	var is, table, name, detail, where string
	var first, second bool
	var place int
	got := shape{}
	at := func() *tableShape {
		if got[table] == nil {
			got[table] = &tableShape{columns: map[string]columnShape{}}
		}
		return got[table]
	}
	_, err = db.drain(rows, []any{&is, &table, &name, &detail, &where, &first, &second, &place}, func() error {
		switch t := at(); is {
		case "table":
			t.there, t.wrong = true, detail
		case "column":
			t.columns[name] = columnShape{kind: strings.ToLower(detail), null: first, given: second}
		case "key":
			t.keys = withColumn(t.keys, keyShape{name, detail, predicate(where), first})
		}
		return nil
	})
	return got, err
}

// withColumn adds a key, or one more column to the last.
func withColumn(keys []keyShape, k keyShape) []keyShape {
	if n := len(keys) - 1; n >= 0 && keys[n].name == k.name {
		keys[n].columns += ", " + k.columns
		return keys
	}
	return append(keys, k)
}
