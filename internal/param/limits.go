package param

// Limits bounds what is read. A zero field means its default.
type Limits struct {
	// Bytes bounds the whole query or body, encoded. Default 64 KiB.
	Bytes int
	// Count bounds the number of parameters, empty ones included. Default 100.
	Count int
	// Name bounds a decoded name, in bytes. Default 128.
	Name int
	// Value bounds a decoded value, in bytes. Default 32 KiB.
	Value int
	// QueryIgnored lets a form request have a query, which is still not read: for
	// pages of ours whose address carries one. Protocol endpoints leave it false.
	QueryIgnored bool
}

func (l Limits) orDefaults() Limits {
	l.Bytes = or(l.Bytes, 64<<10)
	l.Count = or(l.Count, 100)
	l.Name = or(l.Name, 128)
	l.Value = or(l.Value, 32<<10)
	return l
}

func or(n, otherwise int) int {
	if n <= 0 {
		return otherwise
	}
	return n
}
