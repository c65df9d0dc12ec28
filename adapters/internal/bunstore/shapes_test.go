package bunstore

import "testing"

// What is said of columns by their names is what the migrations made them.
func TestNumbersAreTheColumnsThatMigrationsMadeNumbers(t *testing.T) {
	now, err := shapeOf(stepsOf(t, "mysql"))
	if err != nil {
		t.Fatal(err)
	}
	db := paperDB(&paper{})
	defer func() { _ = db.Close() }()
	seen := 0
	for _, s := range db.writes {
		var table string
		columns := []string{"version"}
		switch {
		case s.Update != nil:
			table, columns = s.Update.Table, append(append(columns, s.Update.Set...), s.Update.Key...)
			for _, condition := range s.Update.Where {
				columns = append(columns, columnOf(condition))
			}
		case s.Insert != nil:
			table, columns = s.Insert.Table, append(columns, s.Insert.Columns...)
		}
		for _, column := range columns[:len(columns)*min(len(table), 1)] {
			seen++
			shape, ok := now[table].columns[column]
			if !ok || (shape.kind == "bigint") != IsNumber(column) {
				t.Errorf("%s.%s is %q", table, column, shape.kind)
			}
		}
	}
	if seen == 0 {
		t.Error("no column was seen")
	}
}
