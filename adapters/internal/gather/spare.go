package gather

import (
	"sync/atomic"
	"time"
)

// Spare are lanes that several Lanes have in common: each has one of its own, and
// takes the next from here. So many purposes that are busy at once do not take a
// whole pool.
type Spare struct {
	n    int
	left atomic.Int64
}

// NewSpare makes n of them.
func NewSpare(n int) *Spare {
	s := &Spare{n: n}
	s.left.Store(int64(n))
	return s
}

// take takes one if there is one.
func (s *Spare) take() bool {
	for {
		left := s.left.Load()
		if left == 0 {
			return false
		}
		if s.left.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

func (s *Spare) back() { s.left.Add(1) }

// On a machine that is busy a batch waits for its turn on the processor as well. To
// open a lane for that makes two batches of one: what both cost together is more, so
// that the machine is busier still. So these wait longer, and one that took long is
// no proof that the server is far away.
const (
	sparePatience = 10 * time.Millisecond
	spareProof    = 4
)

// NewAmong is New for lanes of which one is their own and the others are spare. They
// are for batches that cost much by themselves: the next lane is taken later.
func NewAmong[J any](spare *Spare, timeout time.Duration, serve func(batch []J)) *Lanes[J] {
	l := New(1+spare.n, timeout, serve)
	l.spare, l.patience, l.proof = spare, sparePatience, spareProof
	return l
}
