//go:build unix

package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// faults breaks one thing after the other, and mends it.
type faults struct {
	run    *run
	random *rand.Rand
	cutter cutter
	// restart kills the database's server and starts it again; nil where it is not ours.
	restart func() error

	mu     sync.Mutex
	counts map[string]int
	times  [][2]history.Time
}

// cutter cuts some of the connections to a database, or holds up who writes to it, and says how many.
type cutter interface {
	strike(ctx context.Context, random *rand.Rand) int
	close()
}

// fault is one kind of fault; weight is how often it strikes among the others.
type fault struct {
	name   string
	weight int
	strike func(f *faults) error
}

func (f *faults) kinds() []fault {
	all := []fault{
		{"one replica killed", 30, func(f *faults) error { return f.kill(f.run.fleet.all[f.random.IntN(replicas)]) }},
		{"the replica that purges killed", 15, func(f *faults) error {
			if r := f.run.fleet.leads(); r != nil {
				return f.kill(r)
			}
			return f.kill(f.run.fleet.all[0])
		}},
		{"two replicas killed", 10, func(f *faults) error { return f.kill(f.run.fleet.all[0], f.run.fleet.all[1+f.random.IntN(replicas-1)]) }},
		{"all replicas killed", 5, func(f *faults) error { return f.kill(f.run.fleet.all[:]...) }},
		{"one replica stopped for a while", 15, (*faults).pause},
		{"answers dropped on their way", 20, (*faults).drop},
		{"connections to the database cut, or writes held up", 40, (*faults).cut},
	}
	if len(f.run.setting.Nodes) > 0 {
		all = append(all, fault{"one node cut off from the others", 8, (*faults).isolate})
	}
	if f.restart != nil {
		all = append(all, fault{"database killed and restarted", 8, func(f *faults) error { return f.restart() }})
	}
	return all
}

// strike breaks things until the load ends.
func (f *faults) strike() error {
	kinds := f.kinds()
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	for f.run.loading() {
		f.run.wait(200*time.Millisecond + time.Duration(f.random.Int64N(int64(time.Second))))
		n := f.random.IntN(total)
		for _, k := range kinds {
			if n -= k.weight; n >= 0 {
				continue
			}
			if err := f.one(k); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			break
		}
	}
	return nil
}

func (f *faults) one(k fault) error {
	from := f.run.clock.Since()
	f.mu.Lock()
	f.counts[k.name]++
	at := len(f.times)
	f.times = append(f.times, [2]history.Time{from, history.Never})
	f.mu.Unlock()
	err := k.strike(f)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times[at][1] = f.run.clock.Since()
	return err
}

// during says whether something was broken at that time, or just before.
func (f *faults) during(from, to history.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.times {
		if t[0] <= to && t[1] >= from-f.run.clock.Of(time.Second) {
			return true
		}
	}
	return false
}

// kill ends replicas at once and starts them again.
func (f *faults) kill(which ...*replica) error {
	for _, r := range which {
		f.run.fleet.kill(r)
	}
	f.run.wait(time.Duration(f.random.Int64N(int64(300 * time.Millisecond))))
	var starting sync.WaitGroup
	failed := make([]error, len(which))
	for n, r := range which {
		starting.Go(func() { failed[n] = f.run.fleet.start(r) })
	}
	starting.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPause is the longest that a replica is stopped, in real time.
const maxPause = 7 * time.Second

// pause stops a replica in the middle of whatever it does, as a machine that swaps would: at times for longer than
// its leases last.
func (f *faults) pause() error {
	r := f.run.fleet.all[f.random.IntN(replicas)]
	if f.random.IntN(2) == 0 && f.run.fleet.leads() != nil {
		r = f.run.fleet.leads()
	}
	if err := r.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	long := 200*time.Millisecond + time.Duration(f.random.Int64N(int64(1300*time.Millisecond)))
	if f.random.IntN(10) == 0 {
		long = maxPause
	}
	f.run.wait(long)
	return r.signal(syscall.SIGCONT)
}

// drop loses one answer in five for a while, after the replica has done what was asked.
func (f *faults) drop() error {
	f.run.proxy.drops.Store(200)
	f.run.wait(500 * time.Millisecond)
	f.run.proxy.drops.Store(0)
	return nil
}

func (f *faults) cut() error {
	ctx, cancel := context.WithTimeout(f.run.ctx, patience)
	defer cancel()
	for range 1 + f.random.IntN(4) {
		f.run.count.cut.Add(int64(f.cutter.strike(ctx, f.random)))
		f.run.wait(time.Duration(f.random.Int64N(int64(200 * time.Millisecond))))
	}
	return nil
}
