package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// TestNumbersInOneColumn: an array as the server writes it; what is cut off, or of
// another type, is refused.
func TestNumbersInOneColumn(t *testing.T) {
	const head = "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x14\x00\x00\x00\x02\x00\x00\x00\x01"
	const whole = head + "\xff\xff\xff\xff" + "\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x01\x02"
	read := func(b string) (bunstore.Rows, error) {
		var rows bunstore.Rows
		err := decode(&rows, []pgconn.FieldDescription{{DataTypeOID: pgtype.Int8ArrayOID}}, [][]byte{[]byte(b)})
		return rows, err
	}
	want := (&bunstore.Rows{}).List(2)
	want.Set(1, 258)
	rows, err := read(whole)
	if err != nil || len(rows.Values) != 1 || len(rows.Values[0].List) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	for n, got := range rows.Values[0].List {
		if got != want[n] {
			t.Errorf("number %d: %v, want %v", n, got, want[n])
		}
	}
	for n := range len(whole) {
		if _, err := read(whole[:n]); !errors.Is(err, errArray) {
			t.Errorf("cut off after %d: %v", n, err)
		}
	}
	for name, b := range map[string]string{
		"bytes":          head[:11] + "\x11" + head[12:],
		"two dimensions": "\x00\x00\x00\x02" + head[4:],
		"far too many":   head[:12] + "\xff\xff\xff\xff" + head[16:],
		"a short number": head + "\xff\xff\xff\xff" + "\x00\x00\x00\x04\x00\x00\x00\x01",
	} {
		if _, err := read(b); !errors.Is(err, errArray) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
