package memory

// index finds the keys of rows by something they share.
type index[S, K comparable] map[S]map[K]struct{}

// move follows a row whose shared value changes; was or is may be nil.
func move[S, K comparable, V any](x index[S, K], was, is *V, key func(*V) K, by func(*V) S) {
	if was != nil && is != nil && by(was) == by(is) {
		return
	}
	if was != nil {
		delete(x[by(was)], key(was))
		if len(x[by(was)]) == 0 {
			delete(x, by(was))
		}
	}
	if is != nil {
		if x[by(is)] == nil {
			x[by(is)] = map[K]struct{}{}
		}
		x[by(is)][key(is)] = struct{}{}
	}
}

// rowsOf yields the rows that an index names for a value.
func rowsOf[S, K comparable, V any](t table[K, V], x index[S, K], value S) func(yield func(*row[V])) {
	return func(yield func(*row[V])) {
		for key := range x[value] {
			yield(t[key])
		}
	}
}

// rowsIn yields all rows of a table.
func rowsIn[K comparable, V any](t table[K, V]) func(yield func(*row[V])) {
	return func(yield func(*row[V])) {
		for _, r := range t {
			yield(r)
		}
	}
}
