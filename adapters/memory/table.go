package memory

import (
	"context"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// row is a stored thing as a database would keep it. It is never changed, only
// replaced, so a pointer to it may be read without the lock.
type row[V any] struct {
	// columns is the thing without its payload: what it is found, filtered and
	// purged by, with Version, Change and KeepUntil.
	columns V
	payload []byte
}

// table is the rows of one kind in one tenant.
type table[K comparable, V any] map[K]*row[V]

// record is a thing with a payload.
type record[V any] interface {
	*V
	MarshalPayload() ([]byte, error)
	UnmarshalPayload([]byte) error
}

// kind says how things of one kind are kept.
type kind[K comparable, V any] struct {
	table   func(*store) table[K, V]
	key     func(*V) K
	compare func(a, b K) int
	// row gives what every stored thing carries.
	row func(*V) *core.Row
	// kept is when a row goes; nil is its KeepUntil.
	kept func(*V) time.Time
	// columns copies what is not payload, with instants cut.
	columns func(*V) V
	// check refuses what a database could not keep whole.
	check func(*V) error
	// taken names another unique key that somebody else holds, if any.
	taken func(*store, *V) string
	// index follows a change; was or is may be nil.
	index func(s *store, was, is *V)
}

// encode makes the row of v; the lock is not held.
func encode[K comparable, V any, P record[V]](k kind[K, V], v V) (*row[V], error) {
	r := &row[V]{columns: v}
	if err := k.check(&r.columns); err != nil {
		return nil, err
	}
	payload, err := P(&r.columns).MarshalPayload()
	if err != nil {
		return nil, err
	}
	own := *k.row(&r.columns)
	r.columns, r.payload = k.columns(&r.columns), payload
	*k.row(&r.columns) = columnsOfRow(own)
	return r, nil
}

// decode makes a thing of a row; the lock is not held. No row is ErrNotFound.
func decode[V any, P record[V]](r *row[V]) (V, error) {
	if r == nil {
		var none V
		return none, core.ErrNotFound
	}
	v := r.columns
	err := P(&v).UnmarshalPayload(r.payload)
	return v, err
}

// create stores v as Version 1 together with its events.
func create[K comparable, V any, P record[V]](ctx context.Context, s *store, k kind[K, V], v V, events []core.Event) error {
	r, log, err := prepare[K, V, P](ctx, s, k, v, events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.table(s)[k.key(&r.columns)] != nil {
		return conflict("id")
	}
	return commit(s, k, r, 0, log)
}

// update replaces the row if its version is still v's, together with its events.
func update[K comparable, V any, P record[V]](ctx context.Context, s *store, k kind[K, V], v V, events []core.Event) error {
	r, log, err := prepare[K, V, P](ctx, s, k, v, events)
	if err != nil {
		return err
	}
	version := k.row(&r.columns).Version
	s.mu.Lock()
	defer s.mu.Unlock()
	was := k.table(s)[k.key(&r.columns)]
	if was == nil || k.row(&was.columns).Version != version {
		return conflict("version")
	}
	return commit(s, k, r, version, log)
}

// prepare does all of a write that needs no lock.
func prepare[K comparable, V any, P record[V]](ctx context.Context, s *store, k kind[K, V], v V, events []core.Event) (*row[V], []entry, error) {
	if err := s.begin(ctx); err != nil {
		return nil, nil, err
	}
	r, err := encode[K, V, P](k, v)
	if err != nil {
		return nil, nil, err
	}
	log, err := encodeEvents(events)
	return r, log, err
}

// commit is the end of a write under the lock: what can still refuse comes
// first, so that all of it happens or nothing.
func commit[K comparable, V any](s *store, k kind[K, V], r *row[V], version uint64, log []entry) error {
	if k.taken != nil {
		if key := k.taken(s, &r.columns); key != "" {
			return conflict(key)
		}
	}
	if err := s.record(log); err != nil {
		return err
	}
	put(s, k, r, version)
	return nil
}

// put stores r as the successor of version.
func put[K comparable, V any](s *store, k kind[K, V], r *row[V], version uint64) {
	k.row(&r.columns).Version = version + 1
	key := k.key(&r.columns)
	was := k.table(s)[key]
	k.table(s)[key] = r
	if k.index == nil {
		return
	}
	if was == nil {
		k.index(s, nil, &r.columns)
		return
	}
	k.index(s, &was.columns, &r.columns)
}

// remove deletes the row of a key, if there is one.
func remove[K comparable, V any](s *store, k kind[K, V], key K) {
	was := k.table(s)[key]
	if was == nil {
		return
	}
	delete(k.table(s), key)
	if k.index != nil {
		k.index(s, &was.columns, nil)
	}
}

// read finds one thing by its key.
func read[K comparable, V any, P record[V]](ctx context.Context, s *store, k kind[K, V], key K) (V, error) {
	if err := s.begin(ctx); err != nil {
		var none V
		return none, err
	}
	s.mu.RLock()
	r := k.table(s)[key]
	s.mu.RUnlock()
	return decode[V, P](r)
}

// list reads a page of the rows that choose picks: those after a key, in order.
// Choosing happens under the lock, sorting and decoding after it.
func list[K comparable, V any, P record[V]](ctx context.Context, s *store, k kind[K, V], after K, limit int, choose func(yield func(*row[V]))) ([]V, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if err := checkLimit(limit); err != nil {
		return nil, err
	}
	var rows []*row[V]
	s.mu.RLock()
	choose(func(r *row[V]) {
		if k.compare(k.key(&r.columns), after) > 0 {
			rows = append(rows, r)
		}
	})
	s.mu.RUnlock()
	sortRows(k, rows)
	return decodeAll[V, P](rows[:min(limit, len(rows))])
}

func sortRows[K comparable, V any](k kind[K, V], rows []*row[V]) {
	slices.SortFunc(rows, func(a, b *row[V]) int { return k.compare(k.key(&a.columns), k.key(&b.columns)) })
}

func decodeAll[V any, P record[V]](rows []*row[V]) ([]V, error) {
	all := make([]V, 0, len(rows))
	for _, r := range rows {
		v, err := decode[V, P](r)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
