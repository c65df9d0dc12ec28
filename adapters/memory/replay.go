package memory

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// mark is something seen once.
type mark struct {
	kind string
	hash core.Hash
}

// marked is how long it stays, and whose it is.
type marked struct {
	until  time.Time
	change core.ID
}

var errNoHash = errors.New("memory: the zero hash marks nothing")

// Mark remembers a hash of a kind, or says that it was there. It stays until
// purged: only the caller knows what time it is.
func (s *store) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	if err := errors.Join(s.begin(ctx), checkText("kind of a mark", kind, core.MaxKind)); err != nil {
		return err
	}
	if hash.IsZero() {
		return errNoHash
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.marks[mark{kind, hash}]; found {
		return conflict("id")
	}
	s.marks[mark{kind, hash}] = marked{core.Instant(keepUntil), change}
	return nil
}

// Unmark takes a mark back from whoever made it with this change.
func (s *store) Unmark(ctx context.Context, kind string, hash core.Hash, change core.ID) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if by := s.marks[mark{kind, hash}].change; !by.IsZero() && by == change {
		delete(s.marks, mark{kind, hash})
	}
	return nil
}

// Marked says whether a mark is there and how the client stands.
func (s *store) Marked(ctx context.Context, kind string, hash core.Hash, client string) (bool, core.ClientStanding, error) {
	if err := s.begin(ctx); err != nil {
		return false, core.ClientStanding{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, found := s.marks[mark{kind, hash}]
	return found, s.clientStanding(client), nil
}
