package migrations

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// What a release wrote of a thing, this one still writes of the same thing: every
// column, and every member of the payload with its value. So a release that runs
// beside this one finds what it reads. Members of its own may stand beside them.
// Things that no later release has touched are written another way, so both are
// looked at.
func TestThreat_MIG05_EarlierReleasesReadThisOne(t *testing.T) {
	for name, keepsRest := range map[string]bool{"as it is": false, "after a later release": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			today := rowsOfToday(t, keepsRest)
			for step := 1; step <= len(pendingOfEmpty(t)); step++ {
				text, err := os.ReadFile(fixture(step))
				if err != nil {
					t.Fatal(err)
				}
				for table, rows := range rowsIn(string(text)) {
					for _, row := range rows {
						if missing := row.missingIn(t, today[table], keepsRest); missing != "" {
							t.Errorf("step %d, %s: %s", step, table, missing)
						}
					}
				}
			}
		})
	}
}

// rowsOfToday are what this release writes. Columns and payloads are the same on
// every database.
func rowsOfToday(t *testing.T, keepsRest bool) map[string][]textRow {
	t.Helper()
	e := engines[0]
	dsn, first, later := e.fresh(t), written(), writtenLater()
	if !keepsRest {
		withoutRest(reflect.ValueOf(&first).Elem())
		withoutRest(reflect.ValueOf(&later).Elem())
	}
	db := e.migrated(t, dsn)
	if err := errors.Join(first.write(t.Context(), db), later.write(t.Context(), db)); err != nil {
		t.Fatal(err)
	}
	return rowsIn(e.dump(t, dsn))
}

// withoutRest forgets what a later release wrote.
func withoutRest(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if row, ok := v.Addr().Interface().(*core.Row); ok {
			row.Rest = nil
			return
		}
		for n := range v.NumField() {
			if v.Field(n).CanSet() {
				withoutRest(v.Field(n))
			}
		}
	case reflect.Slice:
		for n := range v.Len() {
			withoutRest(v.Index(n))
		}
	}
}

// textRow is a row of a file of testdata: its columns by name.
type textRow map[string]string

// rowsIn reads what dump writes, by table.
func rowsIn(text string) map[string][]textRow {
	rows, table := map[string][]textRow{}, ""
	for part := range strings.SplitSeq(text, "\n\n") {
		row := textRow{}
		for line := range strings.Lines(part) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			if name == "==" {
				table = value
				continue
			}
			row[name] = value
		}
		if len(row) > 0 {
			rows[table] = append(rows[table], row)
		}
	}
	return rows
}

// missingIn says what the row that is most like it lacks; nothing if all is there.
func (r textRow) missingIn(t *testing.T, rows []textRow, rest bool) string {
	t.Helper()
	best := []string{"no row"}
	for n, other := range rows {
		var lacks []string
		for column, value := range r {
			switch {
			case column == "payload":
				lacks = append(lacks, lacking(members(t, value), members(t, other[column]), rest)...)
			case other[column] != value:
				lacks = append(lacks, fmt.Sprintf("%s is %s, was %s", column, other[column], value))
			}
		}
		if n == 0 || len(lacks) < len(best) {
			best = lacks
		}
	}
	return strings.Join(best, "; ")
}

// lacking names the members that are not in the later payload, or are otherwise.
// Its release is told by "v".
func lacking(earlier, later map[string]any, rest bool) (names []string) {
	for name, value := range earlier {
		if name == "v" || name == "of_a_later_release" && !rest {
			continue
		}
		if !reflect.DeepEqual(later[name], value) {
			names = append(names, fmt.Sprintf("member %s is %v, was %v", name, later[name], value))
		}
	}
	return names
}

func members(t *testing.T, value string) (all map[string]any) {
	t.Helper()
	text, ok := parsed(t, value).([]byte)
	if !ok {
		return nil
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return all
}
