package bunstore

// Rows are what a Pipeline or a Connection has read: value after value, row after
// row.
type Rows struct {
	Columns int
	Values  []Value
	numbers []number // of lists
}

// Value is a column of a row: bytes, or a number, or several, or nothing where it is
// NULL.
type Value struct {
	Bytes    []byte
	Number   int64
	IsNumber bool
	List     List
}

// List are the numbers of one column.
type List []number

// Set says what the n-th is. It is NULL until then.
func (l List) Set(n int, to int64) { l[n] = number{to, true} }

// List makes room for so many numbers of one column.
func (r *Rows) List(n int) List {
	const usual = 10 // of a grant's standing
	if at := len(r.numbers); n <= cap(r.numbers)-at {
		r.numbers = r.numbers[:at+n]
		return List(r.numbers[at : at+n : at+n])
	}
	r.numbers = make([]number, n, max(n, usual))
	return List(r.numbers[:n:n])
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
		case *numbers:
			if v.Bytes != nil || v.IsNumber || v.List != nil && len(v.List) != len(*place) {
				return errColumn
			}
			clear(*place)
			copy(*place, v.List)
		case *number:
			if v.Bytes != nil || v.List != nil {
				return errColumn
			}
			*place = number{v.Number, v.IsNumber}
		case *octets:
			if v.IsNumber || v.List != nil {
				return errColumn
			}
			*place = v.Bytes
		default:
			return errColumn
		}
	}
	return nil
}
