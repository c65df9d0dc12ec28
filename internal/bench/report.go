package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report prints one store's tables: what each operation cost, the bare parts,
// and how the one stands to the other.
func (s *measured) report(out io.Writer) error {
	p := &printer{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	p.line("\n%s: %v each; first answer %v after start, %.1f MB resident then",
		s.target.store, s.duration, s.hello.FirstAnswer.Round(100_000), float64(s.hello.Resident)/1e6)
	s.tableOfOperations(p)
	s.tableOfLimits(p)
	s.tableOfBudgets(p)
	s.tableOfRatios(p)
	for _, r := range s.results {
		if r.first != nil {
			p.line("first error of %s, %d callers, %s: %v", r.name, r.callers, r.crowd, r.first)
		}
	}
	return p.flush()
}

func (s *measured) tableOfOperations(p *printer) {
	last := result{}
	for _, r := range s.results {
		if r.callers != last.callers || r.crowd != last.crowd {
			p.line("\n%d callers, %s\tops/s\tmedian µs\tp99 µs\tCPU µs\tof that server\tstatements\tround trips\tallocations\tkB\terrors", r.callers, r.crowd)
		}
		last = r
		n := float64(max(r.ops, 1))
		p.line("%s\t%.0f\t%.0f\t%.0f\t%.1f\t%s\t%.2f\t%s\t%.0f\t%.1f\t%d", r.name, r.rate(), micros(r.median), micros(r.p99),
			r.spent.each(r.ops), s.serverShare(r.spent, r.ops), float64(r.spent.Statements)/n, counted(r.trips),
			float64(r.spent.Mallocs)/n, float64(r.spent.Bytes)/n/1e3, r.failed)
	}
}

// serverShare is the CPU time of the database's server for one of n, in µs.
func (s *measured) serverShare(u usage, n int64) string {
	switch {
	case s.target.address == "" && s.target.root == 0:
		return "–"
	case s.target.root == 0:
		return "unknown"
	}
	return fmt.Sprintf("%.1f", usage{Server: u.Server}.each(n))
}

func counted(n float64) string {
	if n < 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", n)
}

func (s *measured) tableOfLimits(p *printer) {
	p.line("\nbare part\tcallers\tops/s\tCPU µs\tof that server")
	for _, l := range s.limits {
		p.line("%s\t%d\t%.0f\t%.1f\t%s", l.Name, l.Callers, l.rate(), l.Spent.each(l.Ops), s.serverShare(l.Spent, l.Ops))
	}
}

func (s *measured) tableOfBudgets(p *printer) {
	list := s.budgets()
	if len(list) == 0 {
		return
	}
	p.line("\nbudget, 16 callers\tCPU µs\tbudget\t× bare handler\tbudget")
	for _, b := range list {
		p.line("%s\t%.1f\t%.0f\t%.1f\t%.1f\t%s", b.Name, b.CPU, b.Budget, b.Ratio, b.RatioBudget, b.Verdict)
	}
}

func (s *measured) tableOfRatios(p *printer) {
	list := s.ratios()
	if len(list) == 0 {
		return
	}
	p.line("\nbeside the bare conditional update\tcallers\tops/s\tbare ops/s\tratio\tat equal CPU time\tat equal server time\tdemanded")
	for _, r := range list {
		p.line("%s\t%d\t%.0f\t%.0f\t%.2f\t%.2f\t%s\t%s\t%s", r.Name, r.Callers, r.Rate, r.BareRate, r.Ratio, r.CPURatio, counted(r.ServerRatio), r.Demanded, r.Verdict)
	}
}

// printer keeps the first error, so that each line need not be checked.
type printer struct {
	w   *tabwriter.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) flush() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}
