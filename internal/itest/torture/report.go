//go:build unix

package torture

import (
	"fmt"
	"io"
	"log"
	"maps"
	"slices"
	"strings"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// Report is what a run saw.
type Report struct {
	Store                                string
	Seed                                 uint64
	Requests, Lost, Nowhere, Unavailable uint64
	Grants, Sessions, Consents, Stuck    int
	Acts, Cut, Dropped, Purged, Letters  int64
	Passwords, Exchanged                 int64
	SigningKeys                          int
	Faults                               map[string]int
	// Calls counts what was asked by what it was and how it was answered.
	Calls map[string]map[history.Outcome]int
	// Violations of promises. A run is good if there are none.
	Violations []history.Violation
	logs       []string
}

// report judges everything that was asked and answered.
func (r *run) report() Report {
	for _, one := range r.fleet.all {
		for _, text := range one.log.bad {
			r.violated(history.Crashed, fmt.Sprintf("replica %d", one.number), text+"\n")
		}
	}
	for _, who := range r.fleet.died {
		r.violated(history.Crashed, who, "  it ended and nobody had killed it\n")
	}
	found := append(r.ledger.check(), r.watch.keys.Check()...)
	p := Report{
		Store: r.options.Store, Seed: r.options.Seed, Requests: r.count.requests.Load(), Lost: r.count.lost.Load(),
		Nowhere: r.count.nowhere.Load(), Unavailable: r.count.unavailable.Load(), Acts: r.count.acts.Load(), Cut: r.count.cut.Load(),
		Dropped: r.proxy.dropped.Load(), Purged: r.fleet.purged.Load(), Letters: r.fleet.letters.Load(),
		Passwords: r.count.passwords.Load(), Exchanged: r.count.exchanged.Load(), SigningKeys: r.watch.keys.Used(), Faults: r.faults.counts,
		Calls: r.ledger.calls(), Violations: append(r.violations, found...),
	}
	p.Grants, p.Sessions, p.Consents, p.Stuck = r.ledger.size()
	for _, one := range r.fleet.all {
		p.logs = append(p.logs, fmt.Sprintf("replica %d said last:\n%s", one.number, one.log.String()))
	}
	return p
}

// Count is how many violations there are of each kind.
func (p *Report) Count() map[history.Fault]int {
	counts := map[history.Fault]int{}
	for _, v := range p.Violations {
		counts[v.Fault]++
	}
	return counts
}

// shown is how many violations of one kind are shown whole.
const shown = 3

// String is the whole report.
func (p *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, seed %d: %d requests, %d grants, %d sessions, %d consents; the operator acted %d times\n",
		p.Store, p.Seed, p.Requests, p.Grants, p.Sessions, p.Consents, p.Acts)
	fmt.Fprintf(&b, "  answers lost %d (%d came to no replica, %d were dropped on their way back), 503: %d\n",
		p.Lost, p.Nowhere, p.Dropped, p.Unavailable)
	fmt.Fprintf(&b, "  visits that came to nothing, each with a cause: %d\n", p.Stuck)
	fmt.Fprintf(&b, "  tokens exchanged %d, passwords changed %d, letters sent %d, rows purged %d, keys signed with %d\n",
		p.Exchanged, p.Passwords, p.Letters, p.Purged, p.SigningKeys)
	for _, kind := range slices.Sorted(maps.Keys(p.Calls)) {
		of := p.Calls[kind]
		fmt.Fprintf(&b, "  %-24s %6d done %6d refused %6d unknown\n", kind, of[history.Done], of[history.Refused], of[history.Unknown])
	}
	for _, name := range slices.Sorted(maps.Keys(p.Faults)) {
		fmt.Fprintf(&b, "  %5d times: %s\n", p.Faults[name], name)
	}
	fmt.Fprintf(&b, "  %5d connections were cut, or writes held up\n", p.Cut)
	counts := p.Count()
	for _, f := range history.Faults() {
		fmt.Fprintf(&b, "  %5d %s\n", counts[f], f)
	}
	said := map[history.Fault]int{}
	for _, v := range p.Violations {
		if said[v.Fault]++; said[v.Fault] <= shown {
			fmt.Fprintf(&b, "\n%s", v)
		}
	}
	if len(p.Violations) > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(p.logs, "\n"))
	}
	return b.String()
}

func silent() *log.Logger { return log.New(io.Discard, "", 0) }
