//go:build unix

package torture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

// litter is rows that are over soon, so that replicas have something to purge, and rows that are not, so that it is
// seen that they purge nothing else.
type litter struct {
	run  *run
	mu   sync.Mutex
	left []mark
	kept []mark
}

type mark struct {
	hash core.Hash
	over time.Time
}

const (
	markKind = "torture"
	// marksEach is how many marks one round leaves of each sort.
	marksEach = 10
	// marksEvery is how often that happens, and marksLive how long at most the first live on the provider's clock.
	marksEvery = 200 * time.Millisecond
	marksLive  = 30 * time.Second
)

func (l *litter) leave(random *rand.Rand) {
	for l.run.loading() {
		l.run.wait(marksEvery)
		now := core.Instant(l.run.clock.Now())
		for range marksEach {
			l.mark(now.Add(1+time.Duration(random.Int64N(int64(marksLive)))), &l.left)
		}
		l.mark(now.Add(24*time.Hour), &l.kept)
	}
}

// mark leaves one row. If nobody knows whether it is there, nobody looks for it.
func (l *litter) mark(over time.Time, in *[]mark) {
	m := mark{sha256.Sum256([]byte(l.run.count.next())), over}
	ctx, cancel := context.WithTimeout(l.run.ctx, patience)
	defer cancel()
	if l.run.store.Mark(ctx, markKind, m.hash, m.over, core.ID{}) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	*in = append(*in, m)
}

// chore is how long replicas may take, in real time, to do what is due once nothing is broken any more: the lease of
// one that was killed lapses, and another takes it.
const chore = 30 * time.Second

// check waits until everything that is over has been purged.
func (l *litter) check() error {
	deadline := time.Now().Add(chore)
	for at := 0; at < len(l.left); {
		there, err := l.there(l.left[at])
		switch {
		case err != nil:
			return err
		case !there:
			at++
		case time.Now().After(deadline):
			l.run.violated(history.Unpurged, "a mark", fmt.Sprintf("  %d of %d rows are left long after their end\n", len(l.left)-at, len(l.left)))
			return nil
		default:
			l.run.wait(purgeEvery / 4)
		}
	}
	for _, m := range l.kept {
		there, err := l.there(m)
		if err != nil {
			return err
		}
		if !there {
			l.run.violated(history.Unpurged, "a mark", "  a row was purged before its end\n")
		}
	}
	return nil
}

func (l *litter) there(m mark) (bool, error) {
	there, _, err := l.run.store.Marked(l.run.ctx, markKind, m.hash, gateway)
	return there, err
}

// checkKeys looks at the rows of the signing keys: one for each epoch, each published before it signs (INV-Y1,
// INV-Y2).
func (r *run) checkKeys() error {
	rows, err := r.store.Keys(r.ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b core.Key) int { return cmp.Compare(a.Epoch, b.Epoch) })
	last := map[string]core.Key{}
	for _, k := range rows {
		before, found := last[k.Algorithm]
		switch {
		case k.Use != core.KeySign:
			continue
		case !found:
		case k.Epoch != before.Epoch+1, !k.ActiveAt.After(before.ActiveAt), k.ActiveAt.Sub(k.CreatedAt) < prePublish-history.Skew:
			r.violated(history.BadSignature, "key "+k.KeyID, fmt.Sprintf("  epoch %d after %d, made %v, active %v, the one before %v\n",
				k.Epoch, before.Epoch, k.CreatedAt, k.ActiveAt, before.ActiveAt))
		}
		last[k.Algorithm] = k
	}
	return nil
}
