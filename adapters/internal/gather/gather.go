// Package gather lets callers that meet share what they wait for: a commit, a
// round trip. Who finds nobody under way goes at once; the others queue, and
// whoever is back hands over to the first of them, who takes along all that have
// queued. A batch that is held up holds up nobody else for long: there may be several
// lanes, and the next is taken then. There is no goroutine, and a caller waits for no
// company.
package gather

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// MaxBatch is the most jobs of one batch.
const MaxBatch = 64

// patience is how long a caller leaves a free lane alone since a batch under way
// should be back shortly: few lanes make large batches, which is what saves. A
// batch that takes longer waits for somebody else, such as a row that is locked
// or a server far away; then the next lane costs nothing.
const patience = 3 * time.Millisecond

// enough is how many may queue before the next lane is taken at once: their batch
// is large by itself.
const enough = MaxBatch / 2

// Outcome is what became of a job.
type Outcome int

// The outcomes of a job.
const (
	// Answered: serve was run with it.
	Answered Outcome = iota
	// Left: its caller went while it queued. Nothing was done.
	Left
	// Unknown: its caller went while its batch was under way, or serve panicked.
	// The job still belongs to the batch.
	Unknown
)

// Lanes run jobs in batches.
type Lanes[J any] struct {
	serve    func(batch []J)
	lanes    int
	timeout  time.Duration
	patience time.Duration
	proof    int    // so many batches in a row that took longer are no accident
	spare    *Spare // where lanes after the first are from; nil if all are its own

	idle sync.Pool // waiters that nobody else knows of any more

	mu      sync.Mutex
	taken   []*lane
	long    int // how many batches took longer than they should since one did not
	waiting []*waiter[J]
}

// lane is one that somebody has.
type lane struct {
	due   time.Time
	spare bool
}

// waiter is a caller that queues. It is used again, since a channel and a timer cost
// more than what they are for.
type waiter[J any] struct {
	job  J
	turn chan turn
	look *time.Timer // stopped unless the caller waits
}

// turn is what a queuing caller is told.
type turn struct {
	is   word
	lane *lane // that is handed over
}

type word int

const (
	served word = iota // its job is answered
	lead               // a lane is its own: it serves itself and those that queue
	broken             // serve panicked
)

// New makes lanes that run serve, at most so many at once. The first job of a
// batch is that of the caller who runs it; serve answers all. A caller queues no
// longer than timeout; 0 is no limit.
func New[J any](lanes int, timeout time.Duration, serve func(batch []J)) *Lanes[J] {
	return &Lanes[J]{serve: serve, lanes: lanes, timeout: timeout, patience: patience, proof: 1}
}

// Do has a job served, in a batch of its own or somebody else's. What ends ctx
// ends the queuing, not a batch under way.
func (l *Lanes[J]) Do(ctx context.Context, job J) Outcome {
	l.mu.Lock()
	if own := l.take(); own != nil {
		l.mu.Unlock()
		return l.lead(job, own)
	}
	w := l.waiter(job)
	l.waiting = append(l.waiting, w)
	l.mu.Unlock()
	is := l.wait(ctx, w)
	if is == Answered || is == Left { // of Unknown a batch may still tell it
		var none J
		w.job = none
		l.idle.Put(w)
	}
	return is
}

// waiter is one for a job.
func (l *Lanes[J]) waiter(job J) *waiter[J] {
	w, used := l.idle.Get().(*waiter[J])
	if !used {
		w = &waiter[J]{turn: make(chan turn, 1), look: time.NewTimer(time.Hour)}
		w.look.Stop()
	}
	w.job = job
	return w
}

// Try runs do in a lane of its own if one is free and nobody queues, and says
// whether it did. Who comes meanwhile queues until it is back: do has to be short.
func (l *Lanes[J]) Try(do func()) bool {
	l.mu.Lock()
	var own *lane
	if len(l.waiting) == 0 {
		own = l.take()
	}
	l.mu.Unlock()
	if own == nil {
		return false
	}
	defer l.back(own)
	do()
	return true
}

// room says whether a caller may take a lane.
func (l *Lanes[J]) room() bool {
	switch {
	case len(l.taken) == 0:
		return true
	case len(l.taken) == l.lanes:
		return false
	case l.long >= l.proof || len(l.waiting) >= enough:
		return true
	}
	now := time.Now()
	return !slices.ContainsFunc(l.taken, func(other *lane) bool { return now.Before(other.due) })
}

// take takes a lane, or none.
func (l *Lanes[J]) take() *lane {
	if !l.room() {
		return nil
	}
	own := &lane{due: time.Now().Add(l.patience)}
	if l.spare != nil && slices.ContainsFunc(l.taken, func(other *lane) bool { return !other.spare }) {
		if own.spare = l.spare.take(); !own.spare {
			return nil
		}
	}
	l.taken = append(l.taken, own)
	return own
}

// lead serves job and all that queue by now. Who is ready to run goes first: if it
// has a job, one batch serves both; where nobody is, this costs nothing.
func (l *Lanes[J]) lead(job J, own *lane) Outcome {
	runtime.Gosched()
	batch, others := l.join(job)
	defer l.back(own)
	is := broken
	defer func() { // also after a panic: others wait
		for _, w := range others {
			w.turn <- turn{is: is}
		}
	}()
	l.serve(batch)
	is = served
	return Answered
}

// join is the batch that job leads, and who else is in it.
func (l *Lanes[J]) join(job J) (batch []J, others []*waiter[J]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), MaxBatch-1)
	if n == 0 {
		return []J{job}, nil
	}
	others = slices.Clone(l.waiting[:n])
	l.waiting = slices.Delete(l.waiting, 0, n)
	batch = append(make([]J, 0, n+1), job)
	for _, w := range others {
		batch = append(batch, w.job)
	}
	return batch, others
}

// back gives a lane back, or hands it to the first that queues, unless another
// that will be back shortly takes them along.
func (l *Lanes[J]) back(own *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.long++; !time.Now().After(own.due) {
		l.long = 0
	}
	at := slices.Index(l.taken, own)
	l.taken = slices.Delete(l.taken, at, at+1)
	if own.spare {
		l.spare.back()
	}
	if len(l.waiting) == 0 {
		return
	}
	if next := l.take(); next != nil {
		first := l.waiting[0]
		l.waiting = slices.Delete(l.waiting, 0, 1)
		first.turn <- turn{is: lead, lane: next}
	}
}

// wait queues until it is the caller's turn, or it has waited long enough.
func (l *Lanes[J]) wait(ctx context.Context, w *waiter[J]) Outcome {
	end := time.Now().Add(l.timeout)
	w.look.Reset(l.pause(end))
	defer w.look.Stop()
	for {
		select {
		case t := <-w.turn:
			return l.obey(t, w)
		case <-ctx.Done():
			return l.leave(w)
		case now := <-w.look.C:
			if l.timeout > 0 && !now.Before(end) {
				return l.leave(w)
			}
		}
		if own := l.relieve(w); own != nil {
			return l.lead(w.job, own)
		}
		w.look.Reset(l.pause(end))
	}
}

// pause is how long to wait before looking again whether there is room: who has
// a lane may be held up.
func (l *Lanes[J]) pause(end time.Time) time.Duration {
	left := time.Hour
	if l.timeout > 0 {
		left = time.Until(end)
	}
	if l.lanes > 1 {
		left = min(left, l.patience)
	}
	return left
}

// relieve takes a lane for one that queues, if there is room.
func (l *Lanes[J]) relieve(w *waiter[J]) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.waiting, w) {
		return nil
	}
	own := l.take()
	if own != nil {
		l.remove(w)
	}
	return own
}

// remove takes w out of the queue, unless it is in a batch or its turn has come.
func (l *Lanes[J]) remove(w *waiter[J]) bool {
	at := slices.Index(l.waiting, w)
	if at >= 0 {
		l.waiting = slices.Delete(l.waiting, at, at+1)
	}
	return at >= 0
}

// obey does what a queuing caller is told.
func (l *Lanes[J]) obey(t turn, w *waiter[J]) Outcome {
	switch t.is {
	case served:
		return Answered
	case broken:
		return Unknown
	default:
		return l.lead(w.job, t.lane)
	}
}

// leave takes out a caller that goes. If its turn to lead has come it leads, since
// others wait for it.
func (l *Lanes[J]) leave(w *waiter[J]) Outcome {
	l.mu.Lock()
	left := l.remove(w)
	l.mu.Unlock()
	if left {
		return Left
	}
	select {
	case t := <-w.turn:
		return l.obey(t, w)
	default:
		return Unknown
	}
}
