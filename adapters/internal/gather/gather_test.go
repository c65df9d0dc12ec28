package gather

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// rig notes which jobs share a batch. A batch that holds 0 takes an hour; every
// other takes as long as takes says.
type rig struct {
	takes   time.Duration
	mu      sync.Mutex
	batches [][]int
}

func (r *rig) serve(batch []int) {
	r.mu.Lock()
	r.batches = append(r.batches, slices.Clone(batch))
	r.mu.Unlock()
	if slices.Contains(batch, 0) {
		time.Sleep(time.Hour) // of the bubble
	}
	time.Sleep(r.takes)
}

// ask sends jobs one after another, each queued before the next comes.
func ask(t *testing.T, l *Lanes[int], jobs ...int) (wait func()) {
	t.Helper()
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(func() {
			if got := l.Do(t.Context(), job); got != Answered {
				t.Errorf("job %d: outcome %d", job, got)
			}
		})
		synctest.Wait()
	}
	return all.Wait
}

func same(t *testing.T, got [][]int, want ...[]int) {
	t.Helper()
	if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
		t.Errorf("batches %v, want %v", got, want)
	}
}

func TestThoseWhoQueueShareABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		ask(t, New(4, 0, r.serve), 1, 2, 3, 4)()
		same(t, r.batches, []int{1}, []int{2, 3, 4})
	})
}

func TestABatchHasABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		jobs := make([]int, MaxBatch+2)
		for n := range jobs {
			jobs[n] = n + 1
		}
		ask(t, New(1, 0, r.serve), jobs...)()
		same(t, r.batches, jobs[:1], jobs[1:MaxBatch+1], jobs[MaxBatch+1:])
	})
}

// Who waits for a row that is locked holds up those in its batch, and nobody else
// for longer than patience.
func TestALaneThatIsHeldUpIsRelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		l := New(2, 0, r.serve)
		stuck := ask(t, l, 0)
		began := time.Now()
		ask(t, l, 1, 2, 3)()
		if took := time.Since(began); took != patience+r.takes {
			t.Errorf("took %v", took)
		}
		began = time.Now()
		ask(t, l, 4)()
		if took := time.Since(began); took != r.takes {
			t.Errorf("beside a lane known to be stuck: took %v", took)
		}
		slices.Sort(r.batches[1]) // all had waited long enough at the same instant
		same(t, r.batches, []int{0}, []int{1, 2, 3}, []int{4})
		stuck()
	})
}

// Where a batch takes long, as to a server far away, nobody waits for one that
// could go at once.
func TestLongBatchesGoSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: 2 * patience}
		l := New(3, 0, r.serve)
		ask(t, l, 1)()
		began := time.Now()
		ask(t, l, 2, 3, 4)()
		if took := time.Since(began); took != r.takes {
			t.Errorf("took %v", took)
		}
		same(t, r.batches, []int{1}, []int{2}, []int{3}, []int{4})
	})
}

func TestManyWhoQueueTakeTheNextLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: patience / 2}
		l := New(2, 0, r.serve)
		jobs := make([]int, enough+2)
		for n := range jobs {
			jobs[n] = n + 1
		}
		wait := ask(t, l, jobs...)
		r.mu.Lock()
		// The last to come leads; those who queued go along.
		same(t, r.batches, []int{1}, append([]int{enough + 2}, jobs[1:enough+1]...))
		r.mu.Unlock()
		wait()
	})
}

func TestWhoLeavesTheQueueHasDoneNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		l := New(1, 0, r.serve)
		first := ask(t, l, 1)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got := l.Do(ctx, 2); got != Left {
			t.Errorf("outcome %d", got)
		}
		first()
		same(t, r.batches, []int{1})
	})
}

func TestWhoLeavesABatchUnderWayDoesNotKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Second}
		l := New(1, 0, r.serve)
		others := ask(t, l, 1, 2)
		ctx, cancel := context.WithTimeout(t.Context(), r.takes+r.takes/2)
		defer cancel()
		if got := l.Do(ctx, 3); got != Unknown {
			t.Errorf("outcome %d", got)
		}
		others()
		same(t, r.batches, []int{1}, []int{2, 3})
		ask(t, l, 4)()
	})
}

func TestQueuingHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{}
		l := New(1, time.Second, r.serve)
		stuck := ask(t, l, 0)
		began := time.Now()
		if got := l.Do(t.Context(), 1); got != Left || time.Since(began) != time.Second {
			t.Errorf("outcome %d after %v", got, time.Since(began))
		}
		stuck()
	})
}

// Who only tries is served at once or not at all; who comes meanwhile queues.
func TestATryTakesAFreeLaneOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		l := New(1, 0, r.serve)
		never := func() { t.Error("ran beside another") }
		others := func() {}
		if !l.Try(func() {
			others = ask(t, l, 1, 2)
			if l.Try(never) {
				t.Error("there was no free lane")
			}
			same(t, r.batches)
		}) {
			t.Error("a free lane was not taken")
		}
		if l.Try(never) {
			t.Error("somebody queued")
		}
		others()
		same(t, r.batches, []int{1, 2})
		func() {
			defer func() { _ = recover() }()
			l.Try(func() { panic("unlucky") })
		}()
		if !l.Try(func() {}) {
			t.Error("a panic kept the lane")
		}
	})
}

func TestAPanicIsEverybodysAndTheLaneGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(1, 0, func(batch []int) {
			time.Sleep(time.Millisecond)
			if slices.Contains(batch, 13) {
				panic("unlucky")
			}
		})
		var outcomes [4]Outcome
		var all sync.WaitGroup
		for n, job := range []int{1, 13, 2, 3} {
			all.Go(func() {
				defer func() {
					if recover() != nil {
						outcomes[n] = -1
					}
				}()
				outcomes[n] = l.Do(t.Context(), job)
			})
			synctest.Wait()
		}
		all.Wait()
		if want := [4]Outcome{Answered, -1, Unknown, Unknown}; outcomes != want {
			t.Errorf("outcomes %v, want %v", outcomes, want)
		}
		ask(t, l, 4)()
	})
}

// A lane that is not its own goes back to all, also after a panic: else each one
// would leave less for everybody.
func TestAPanicLeavesAllSpareLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spare := NewSpare(1)
		l := NewAmong(spare, 0, func(batch []int) {
			if slices.Contains(batch, 0) {
				time.Sleep(time.Hour) // of the bubble
			}
			if slices.Contains(batch, 13) {
				panic("unlucky")
			}
		})
		stuck := ask(t, l, 0)
		for range 2 { // one after another on the spare lane
			func() {
				defer func() {
					if recover() == nil {
						t.Error("there was no panic")
					}
				}()
				l.Do(t.Context(), 13)
			}()
			if left := spare.left.Load(); left != 1 {
				t.Errorf("%d spare lanes are left", left)
			}
		}
		stuck()
	})
}

// Every job is served once, whoever comes, goes and gets stuck.
func TestEveryJobIsServedOnce(t *testing.T) {
	var count [5000]atomic.Int32
	l := New(3, 0, func(batch []int) {
		for _, job := range batch {
			count[job].Add(1)
		}
	})
	var all sync.WaitGroup
	for worker := range 50 {
		all.Go(func() {
			for job := worker; job < len(count); job += 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if job%7 == 0 {
					cancel()
				}
				if got, n := l.Do(ctx, job), count[job].Load(); got == Answered && n != 1 || got == Left && n != 0 {
					t.Errorf("job %d: outcome %d, served %d times", job, got, n)
				}
				cancel()
			}
		})
	}
	all.Wait()
	if len(l.taken) > 0 || len(l.waiting) > 0 {
		t.Errorf("%d lanes are still taken, %d callers still queue", len(l.taken), len(l.waiting))
	}
}

// Purposes that are busy at once have a lane each, and the others in common.
func TestSpareLanesAreForAllTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: time.Millisecond}
		spare := NewSpare(1)
		one, two := NewAmong(spare, 0, r.serve), NewAmong(spare, 0, r.serve)
		stuckOne, stuckTwo := ask(t, one, 0), ask(t, two, 0)
		began := time.Now()
		stuckToo := ask(t, one, 0)
		time.Sleep(2 * sparePatience) // it has taken the spare lane by now
		waits := ask(t, two, 1)
		if stuckToo(); time.Since(began) != sparePatience+time.Hour+r.takes {
			t.Errorf("who found the spare lane took %v", time.Since(began))
		}
		if waits(); time.Since(began) > sparePatience+time.Hour+r.takes {
			t.Errorf("who found none took %v", time.Since(began))
		}
		stuckOne()
		stuckTwo()
		if spare.left.Load() != 1 || len(one.taken)+len(two.taken) > 0 {
			t.Errorf("%d spare lanes are left", spare.left.Load())
		}
		same(t, r.batches, []int{0}, []int{0}, []int{0}, []int{1})
	})
}

// A busy machine makes one batch or another late: that opens no lane. A server far
// away makes all of them late.
func TestABatchThatIsLateByAccidentOpensNoSpareLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{takes: 2 * sparePatience}
		l := NewAmong(NewSpare(2), 0, r.serve)
		for n := range spareProof - 1 {
			ask(t, l, n+1)()
		}
		wait := ask(t, l, 10, 11)
		r.mu.Lock()
		same(t, r.batches[spareProof-1:], []int{10})
		r.mu.Unlock()
		wait()
		began := time.Now()
		ask(t, l, 12, 13)()
		if took := time.Since(began); took != r.takes {
			t.Errorf("to a server far away: took %v", took)
		}
		same(t, r.batches[spareProof+1:], []int{12}, []int{13})
		r.takes = time.Millisecond
		ask(t, l, 14)()
		ask(t, l, 15, 16, 17)()
		same(t, r.batches[spareProof+4:], []int{15}, []int{16, 17})
	})
}
