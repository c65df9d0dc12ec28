package bunstore

// Rows are what a Pipeline or a Connection has read: value after value, row after
// row.
type Rows struct {
	Columns int
	Values  []Value
}

// Value is a column of a row: bytes, or a number, or neither where it is NULL.
type Value struct {
	Bytes    []byte
	Number   int64
	IsNumber bool
}

// Begin makes room for a row of so many columns, whose values are to be appended.
func (r *Rows) Begin(columns int) {
	r.Columns = columns
	if r.Values == nil {
		r.Values = make([]Value, 0, columns)
	}
}

// Keep ends a row: its bytes are copied, all to one place. Until then they may be
// those of a connection, which are good until its next row.
func (r *Rows) Keep() {
	row, size := r.Values[len(r.Values)-r.Columns:], 0
	for _, v := range row {
		size += len(v.Bytes)
	}
	kept := make([]byte, 0, size)
	for n, v := range row {
		if v.Bytes != nil {
			at := len(kept)
			kept = append(kept, v.Bytes...)
			row[n].Bytes = kept[at:len(kept):len(kept)]
		}
	}
}

// scan puts one row after another into the places and tells each of it.
func (r *Rows) scan(into []any, each func() error) (n int, err error) {
	for left := r.Values; len(left) > 0; left = left[r.Columns:] {
		if err := scan(left[:r.Columns], into); err != nil {
			return n, err
		}
		n++
		if err := each(); err != nil {
			return n, err
		}
	}
	return n, nil
}

// scan puts a row into the places that drivers scan into elsewhere.
func scan(row []Value, into []any) error {
	if len(row) != len(into) {
		return errColumn
	}
	for n, v := range row {
		switch place := into[n].(type) {
		case *number:
			if v.Bytes != nil {
				return errColumn
			}
			*place = number{v.Number, v.IsNumber}
		case *octets:
			if v.IsNumber {
				return errColumn
			}
			*place = v.Bytes
		default:
			return errColumn
		}
	}
	return nil
}
