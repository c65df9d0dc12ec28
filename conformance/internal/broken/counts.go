package broken

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

func countFaults() []Fault {
	return []Fault{
		{"limits are read, then written", "limit.exact_under_contention", counted},
		{"a window is kept for good", "purge.spent_limits", stores(func(s core.Store) core.Store { return keepsWindows{s} })},
		{"a limit never forgives", "limit.forgive", stores(func(s core.Store) core.Store { return unforgiving{s} })},
		{"forgiving is saved up", "limit.forgive", savedUp},
		{"what was seen may be seen again", "replay.marked_once", stores(func(s core.Store) core.Store { return forgetful{s} })},
		{"a mark cannot be taken back", "replay.taken_back_by_its_maker", stores(func(s core.Store) core.Store { return keptMarks{s} })},
		{"a mark is taken back by anybody", "replay.taken_back_by_its_maker", takenByAnybody},
		{"marks of all kinds are one", "replay.kinds_and_tenants_apart", stores(func(s core.Store) core.Store { return kindless{s} })},
		{"two keys may have one epoch", "key.one_of_each_epoch", stores(func(s core.Store) core.Store { return anyEpoch{s} })},
	}
}

func fold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// counted keeps counts of its own, without holding a lock from reading to
// writing.
func counted(db core.Database) core.Database {
	counts := &countStore{all: map[countKey]core.Taken{}, read: newMeeting()}
	return database{db, func(tenant core.ID, s core.Store) core.Store { return readThenWrite{s, tenant, counts} }}
}

type countKey struct {
	tenant core.ID
	key    core.Hash
}

type countStore struct {
	read *meeting
	mu   sync.Mutex
	all  map[countKey]core.Taken
}

type readThenWrite struct {
	core.Store
	tenant core.ID
	counts *countStore
}

func (s readThenWrite) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	taken := make([]core.Taken, len(limits))
	for n, l := range limits {
		key := countKey{s.tenant, l.Key}
		s.counts.mu.Lock()
		one := s.counts.all[key]
		s.counts.mu.Unlock()
		if !at.Before(one.Resets) {
			one = core.Taken{Resets: at.Add(l.Window)}
		}
		one.Count++
		one.Over = one.Count > l.Max
		s.counts.read.wait(ctx)
		s.counts.mu.Lock()
		s.counts.all[key] = one
		s.counts.mu.Unlock()
		taken[n] = one
	}
	return taken, nil
}

type keepsWindows struct{ core.Store }

func (s keepsWindows) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	long := slices.Clone(limits)
	for n := range long {
		long[n].Window += 1000 * time.Hour
	}
	return s.Store.Take(ctx, at, long)
}

type unforgiving struct{ core.Store }

func (s unforgiving) Forgive(context.Context, time.Time, []core.Hash) error { return nil }

// savedUp keeps what was forgiven beyond what was taken.
func savedUp(db core.Database) core.Database {
	var credit sync.Map
	return database{db, func(tenant core.ID, s core.Store) core.Store { return generous{s, tenant, &credit} }}
}

type generous struct {
	core.Store
	tenant core.ID
	credit *sync.Map
}

func (s generous) Forgive(_ context.Context, _ time.Time, keys []core.Hash) error {
	for _, key := range keys {
		had, _ := s.credit.LoadOrStore(countKey{s.tenant, key}, 0)
		s.credit.Store(countKey{s.tenant, key}, had.(int)+1)
	}
	return nil
}

func (s generous) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	taken, err := s.Store.Take(ctx, at, limits)
	for n := range taken {
		if had, found := s.credit.Load(countKey{s.tenant, limits[n].Key}); found {
			taken[n].Count -= had.(int)
			taken[n].Over = taken[n].Count > limits[n].Max
		}
	}
	return taken, err
}

type forgetful struct{ core.Store }

func (s forgetful) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	if err := s.Store.Mark(ctx, kind, hash, keepUntil, change); !errors.Is(err, core.ErrConflict) {
		return err
	}
	return nil
}

type kindless struct{ core.Store }

func (s kindless) Mark(ctx context.Context, _ string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	return s.Store.Mark(ctx, "any", hash, keepUntil, change)
}

func (s kindless) Unmark(ctx context.Context, _ string, hash core.Hash, change core.ID) error {
	return s.Store.Unmark(ctx, "any", hash, change)
}

func (s kindless) Marked(ctx context.Context, _ string, hash core.Hash, client string) (bool, core.ClientStanding, error) {
	return s.Store.Marked(ctx, "any", hash, client)
}

// keptMarks takes no mark back.
type keptMarks struct{ core.Store }

func (keptMarks) Unmark(context.Context, string, core.Hash, core.ID) error { return nil }

func takenByAnybody(db core.Database) core.Database {
	by := &sync.Map{}
	return database{db, func(_ core.ID, s core.Store) core.Store { return anybodysMarks{s, by} }}
}

// anybodysMarks takes marks back whoever made them.
type anybodysMarks struct {
	core.Store
	by *sync.Map
}

func (s anybodysMarks) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	err := s.Store.Mark(ctx, kind, hash, keepUntil, change)
	if err == nil {
		s.by.Store(hash, change)
	}
	return err
}

func (s anybodysMarks) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	if by, found := s.by.Load(hash); found {
		change = by.(core.ID)
	}
	return s.Store.Unmark(ctx, kind, hash, change)
}

type anyEpoch struct{ core.Store }

func (s anyEpoch) CreateKey(ctx context.Context, k core.Key, e ...core.Event) error {
	for {
		taken := new(core.ConflictError)
		if err := s.Store.CreateKey(ctx, k, e...); !errors.As(err, &taken) || taken.Key == "id" {
			return err
		}
		k.Epoch++
	}
}
