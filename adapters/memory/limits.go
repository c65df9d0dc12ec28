package memory

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// window counts the attempts against one key.
type window struct {
	count  int
	resets time.Time
}

var errBadLimit = errors.New("memory: a limit needs a key and a window")

// Take counts one attempt against every limit, those over it included. All are
// counted or none.
func (s *store) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	for _, l := range limits {
		if l.Key.IsZero() || l.Window <= 0 {
			return nil, errBadLimit
		}
	}
	at = core.Instant(at)
	taken := make([]core.Taken, len(limits))
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, l := range limits {
		w := s.limits[l.Key]
		if !at.Before(w.resets) {
			w = window{resets: core.Instant(at.Add(l.Window))}
		}
		w.count++
		s.limits[l.Key] = w
		taken[n] = core.Taken{Count: w.count, Over: w.count > l.Max, Resets: w.resets}
	}
	return taken, nil
}

// Forgive takes back one attempt from each key whose window is not over.
func (s *store) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		if w := s.limits[key]; w.count > 0 && at.Before(w.resets) {
			w.count--
			s.limits[key] = w
		}
	}
	return nil
}
