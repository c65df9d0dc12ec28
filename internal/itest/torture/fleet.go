//go:build unix

package torture

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// fleet is the replicas, each a process of its own.
type fleet struct {
	setting [replicas]string // as JSON
	all     [replicas]*replica
	purged  atomic.Int64
	letters atomic.Int64
	// leader is the replica that took the lease of the purge last, plus one.
	leader atomic.Int32
	// died are replicas that ended by themselves.
	mu   sync.Mutex
	died []string
}

const replicas = 3

// replica is one place in the fleet; the process in it changes.
type replica struct {
	number  int
	address atomic.Pointer[string] // of the process that serves; nil while there is none
	process *exec.Cmd
	in      io.Closer
	log     tail
	killed  *atomic.Bool // the process that is there now, by us
}

func newFleet(s Setting) (*fleet, error) {
	f := &fleet{}
	for n := range f.all {
		text, err := json.Marshal(s.of(n))
		if err != nil {
			return nil, err
		}
		f.all[n], f.setting[n] = &replica{number: n}, string(text)
	}
	var starting sync.WaitGroup
	failed := make([]error, replicas)
	for n, r := range f.all {
		starting.Go(func() { failed[n] = f.start(r) })
	}
	starting.Wait()
	for _, err := range failed {
		if err != nil {
			f.stop()
			return nil, err
		}
	}
	return f, nil
}

// start starts a replica and waits until it serves.
func (f *fleet) start(r *replica) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r.process = exec.Command(self)
	r.process.Env = append(os.Environ(), child+"="+f.setting[r.number])
	r.process.Stderr = &r.log
	in, err := r.process.StdinPipe()
	if err != nil {
		return err
	}
	out, err := r.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := r.process.Start(); err != nil {
		return err
	}
	r.in = in
	r.killed = new(atomic.Bool)
	ready := make(chan bool, 1)
	go f.listen(r, out, r.killed, ready)
	if !<-ready {
		f.kill(r)
		return fmt.Errorf("torture: replica %d did not start:\n%s", r.number, r.log.String())
	}
	return nil
}

// listen hears what the process says, until it ends.
func (f *fleet) listen(r *replica, out io.Reader, killed *atomic.Bool, ready chan<- bool) {
	defer close(ready) // false, unless it said that it serves
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case saysReady:
			r.address.Store(&rest)
			ready <- true
		case saysLease:
			f.leader.Store(int32(r.number + 1))
		case saysPurge:
			n, _ := strconv.ParseInt(rest, 10, 64) // a line may be cut off by death
			f.purged.Add(n)
		case saysMail:
			f.letters.Add(1)
		}
	}
	if !killed.Load() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.died = append(f.died, fmt.Sprintf("replica %d", r.number))
	}
}

// kill ends the process of a replica at once.
func (f *fleet) kill(r *replica) {
	if r.process == nil {
		return
	}
	r.address.Store(nil)
	r.killed.Store(true)
	_ = r.process.Process.Kill()
	_ = r.process.Wait() // killed: it has no other end
	r.in.Close()
	r.process = nil
}

// signal stops the process of a replica where it stands, or lets it go on.
func (r *replica) signal(s syscall.Signal) error { return r.process.Process.Signal(s) }

func (f *fleet) stop() {
	for _, r := range f.all {
		f.kill(r)
	}
}

// leads is the replica that took the lease of the purge last; nil if none did yet.
func (f *fleet) leads() *replica {
	if n := f.leader.Load(); n > 0 {
		return f.all[n-1]
	}
	return nil
}

// tail keeps the last lines of a log, and those that tell of a panic or a race.
type tail struct {
	mu    sync.Mutex
	lines []string
	bad   []string
}

const tailLines = 12

// Write takes whole lines, as log handlers write them.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimRight(string(b), "\n")
	t.lines = append(t.lines, text)
	t.lines = t.lines[max(0, len(t.lines)-tailLines):]
	if strings.Contains(text, "DATA RACE") || strings.Contains(text, "panic") || strings.Contains(text, "fatal error") {
		t.bad = append(t.bad, text)
	}
	return len(b), nil
}

// String is those lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
