package keys

import (
	"context"
	"errors"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// late is a key store whose first answer comes once it is let go; until then it is as
// old as its question.
type late struct {
	core.KeyStore
	first    chan struct{} // closed once the first question has its answer
	release  chan struct{}
	answered bool
}

func (l *late) Keys(ctx context.Context) ([]core.Key, error) {
	rows, err := l.KeyStore.Keys(ctx)
	if !l.answered {
		l.answered = true
		close(l.first)
		<-l.release
	}
	return rows, err
}

// KEY03, KEY04: a reading that was overtaken takes back no key that is known by then,
// and brings back none that was revoked.
func TestThreat_KEY03_AnOvertakenReadingIsDropped(t *testing.T) {
	r := newRig(t)
	behind, _ := r.watching(t)
	old := hand(t, behind)
	slow := &late{KeyStore: r.store, first: make(chan struct{}), release: make(chan struct{})}
	behind.Store = slow

	tended := make(chan error)
	go func() { tended <- behind.Tend(t.Context()) }()
	<-slow.first
	made := hand(t, r.replaceAll(t))
	if _, err := behind.Open(t.Context(), handle.Refresh, made.handle); err != nil {
		t.Fatalf("before the other reading is back: %v", err)
	}
	close(slow.release)
	if err := <-tended; err != nil {
		t.Fatal(err)
	}
	for name, err := range made.open(t.Context(), behind) {
		if err != nil {
			t.Errorf("%s of a key that was known: %v", name, err)
		}
	}
	for name, err := range old.open(t.Context(), behind) {
		if err == nil {
			t.Errorf("%s of a key that was known to be revoked is good again", name)
		}
	}
}

// KEY03, KEY08: rows that cannot be opened are no reading: what names no key is
// doubted for as long as that lasts.
func TestThreat_KEY03_KEY08_RowsThatCannotBeOpenedAreNoReading(t *testing.T) {
	r := newRig(t)
	behind := r.mustOpen(t, oldSecret)
	if err := r.mustOpen(t, newSecret, oldSecret).Tend(t.Context()); err != nil { // seals all by a secret that behind lacks
		t.Fatal(err)
	}
	r.advance(overdue)
	if err := behind.Tend(t.Context()); err == nil {
		t.Fatal("a replica without the secret opened the keys")
	}
	if ok, err := behind.Proves(t.Context(), func(*handle.Ring) bool { return false }); ok || !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("%v, %v", ok, err)
	}
}
