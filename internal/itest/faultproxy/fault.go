package faultproxy

import (
	"sync"
	"time"
)

// Kind is what happens to a request.
type Kind int

// What can happen to a request. After… happens when the server has done it and
// its whole answer has arrived at the proxy.
const (
	Pass        Kind = iota // nothing, but for Delay and Call
	CutBefore               // the connection ends; the server has not seen the request
	CutAfter                // the connection ends; the client has not seen the answer
	ResetBefore             // as CutBefore, by RST
	ResetAfter              // as CutAfter, by RST
	HalfRequest             // half of the request reaches the server, then the connection ends
	HalfAnswer              // half of the answer reaches the client, then the connection ends
	HoleBefore              // the request vanishes and the connection stays open, silent
	HoleAfter               // the answer vanishes and the connection stays open, silent
)

// Kinds are all that lose a request.
func Kinds() []Kind {
	return []Kind{CutBefore, CutAfter, ResetBefore, ResetAfter, HalfRequest, HalfAnswer, HoleBefore, HoleAfter}
}

// String is the kind in words.
func (k Kind) String() string {
	return [...]string{
		"pass", "cut before", "cut after", "reset before", "reset after", "half request", "half answer", "hole before", "hole after",
	}[k]
}

// Silent says that the client is told nothing: it must give up by itself.
func (k Kind) Silent() bool { return k == HoleBefore || k == HoleAfter }

// afterwards says that the server shall do the request first.
func (k Kind) afterwards() bool {
	return k == CutAfter || k == ResetAfter || k == HalfAnswer || k == HoleAfter
}

// Always is a Run without end.
const Always = -1

// Fault says which requests are struck and by what. The zero value strikes
// none and counts.
type Fault struct {
	Kind
	// At is the first request that is struck, from 1; 0 for none.
	At int
	// Run is how many are struck, one after another: 0 is one, Always all.
	Run int
	// Match tells by its SQL what counts as a request; nil counts all. It runs
	// under a lock. A prepared statement has the text it was prepared from.
	Match func(sql string) bool
	// Delay passes before a struck request goes on.
	Delay time.Duration
	// Call is run before a struck request goes on, after Delay.
	Call func()
}

// plan is the fault in force and what has come of it.
type plan struct {
	mu     sync.Mutex
	fault  Fault
	count  int
	struck []string
}

func (p *plan) arm(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.count, p.struck = f, 0, nil
}

// next counts a request and says what becomes of it.
func (p *plan) next(sql string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fault
	if f.Match != nil && !f.Match(sql) {
		return Fault{}
	}
	p.count++
	run := max(f.Run, 1)
	if f.At == 0 || p.count < f.At || f.Run != Always && p.count >= f.At+run {
		return Fault{}
	}
	p.struck = append(p.struck, sql)
	return f
}
