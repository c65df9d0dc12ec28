package bunstore

import (
	"errors"
	"slices"
	"testing"
)

// TestSeveralNumbersInAColumn: a pipeline gives them as a list, a driver as text. They
// are as many as there are places, and all NULL where the row is not there.
func TestSeveralNumbersInAColumn(t *testing.T) {
	rows := &Rows{}
	list, other := rows.List(3), rows.List(9)
	list.Set(0, 7)
	list.Set(2, -8)
	other.Set(0, 1)
	want := numbers{{7, true}, {}, {-8, true}}
	for name, fill := range map[string]func(*numbers) error{
		"a list":          func(to *numbers) error { return scan([]Value{{List: list}}, []any{to}) },
		"a driver's text": func(to *numbers) error { return to.Scan("{7,NULL,-8}") },
		"its bytes":       func(to *numbers) error { return to.Scan([]byte("{7,NULL,-8}")) },
	} {
		got := numbers{{1, true}, {2, true}, {3, true}}
		if err := fill(&got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, empty := range map[string]func(*numbers) error{
		"nothing":          func(to *numbers) error { return scan([]Value{{}}, []any{to}) },
		"a driver's NULL":  func(to *numbers) error { return to.Scan(nil) },
		"nothing in lists": func(to *numbers) error { return scan([]Value{{List: rows.List(3)}}, []any{to}) },
	} {
		got := numbers{{1, true}, {2, true}, {3, true}}
		if err := empty(&got); err != nil || !slices.Equal(got, make(numbers, 3)) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	to := make(numbers, 3)
	for name, err := range map[string]error{
		"too few":              scan([]Value{{List: rows.List(2)}}, []any{&to}),
		"bytes":                scan([]Value{{Bytes: []byte{1}}}, []any{&to}),
		"one number":           scan([]Value{{IsNumber: true}}, []any{&to}),
		"several for one":      scan([]Value{{List: list}}, []any{&number{}}),
		"several for bytes":    scan([]Value{{List: list}}, []any{&octets{}}),
		"a text of too few":    to.Scan("{7,8}"),
		"a text of no numbers": to.Scan("{a,b,c}"),
		"a number":             to.Scan(int64(7)),
	} {
		if !errors.Is(err, errColumn) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
