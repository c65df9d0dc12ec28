package resource

import (
	"errors"
	"sync"
	"time"
)

// maxProofs bounds the proofs that are remembered: some 1000 requests in a second, in 20 MB.
const maxProofs = 250_000

var errTooManyProofs = errors.New("more DPoP proofs than can be remembered: set Once")

// replays remembers proofs for as long as they would be accepted again: in two halves, of which the older is dropped as a whole.
type replays struct {
	most int

	mu          sync.Mutex
	young, old  map[[32]byte]struct{}
	youngEnds   time.Time // when all of young and old are over
	youngBegins time.Time
}

func newReplays(most int) *replays {
	return &replays{most: most, young: map[[32]byte]struct{}{}, old: map[[32]byte]struct{}{}}
}

// once reports whether the key is new. Where there is no room it refuses, since it could not tell the next time.
func (p *replays) once(key [32]byte, now, until time.Time) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn(now)
	if _, seen := p.young[key]; seen {
		return false, nil
	}
	if _, seen := p.old[key]; seen {
		return false, nil
	}
	if len(p.young)+len(p.old) >= p.most {
		return false, errTooManyProofs
	}
	p.young[key] = struct{}{}
	if until.After(p.youngEnds) {
		p.youngEnds = until
	}
	return true, nil
}

// turn begins a new half when the younger has been filled for as long as a proof can live: all of the older is over then.
func (p *replays) turn(now time.Time) {
	const life = 2*proofWindow + 2*time.Second // from the earliest moment that a proof is accepted to the last
	if p.youngBegins.IsZero() {
		p.youngBegins = now
	}
	if now.Sub(p.youngBegins) < life {
		return
	}
	if now.After(p.youngEnds) { // nobody came for long
		clear(p.young)
	}
	p.old, p.young = p.young, map[[32]byte]struct{}{}
	p.youngBegins = now
}
