package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report prints one store's table: what each operation cost, as a multiple of
// the same run's bare handler, beside its budget and the bare parts.
func report(out io.Writer, store string, h hello, o Options, results []result, bare []limit) error {
	p := &printer{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	p.line("\n%s: %d callers, %v each; first answer %v after start, %.1f MB resident then\n",
		store, o.Callers, o.Duration, h.FirstAnswer.Round(100_000), float64(h.Resident)/1e6)
	p.line("operation\tops/s\tCPU µs/op\t× bare\tbudget\tstatements/op\tallocs/op\tkB/op\terrors")
	for _, r := range results {
		budget, n := r.memory, float64(max(r.ops, 1))
		if store == "sqlite" {
			budget = r.sqlite
		}
		p.line("%s\t%.0f\t%.1f\t%.1f\t%s\t%.2f\t%.0f\t%.1f\t%d", r.name, float64(r.ops)/r.took.Seconds(), perOp(r),
			perOp(r)/r.bare, inBudget(budget, perOp(r)/r.bare), float64(r.spent.Statements)/n,
			float64(r.spent.Mallocs)/n, float64(r.spent.Bytes)/n/1e3, r.failed)
	}
	p.line("\nbare part\tops/s and core\tCPU µs/op")
	for _, l := range bare {
		each := float64(l.CPU.Nanoseconds()) / 1e3 / float64(max(l.Ops, 1))
		p.line("%s\t%.0f\t%.1f", l.Name, 1e6/max(each, 1e-9), each)
	}
	for _, r := range results {
		if r.first != nil {
			p.line("first error of %s: %v", r.name, r.first)
		}
	}
	return p.flush()
}

func perOp(r result) float64 {
	return float64(r.spent.CPU.Nanoseconds()) / 1e3 / float64(max(r.ops, 1))
}

func inBudget(budget, is float64) string {
	switch {
	case budget == 0:
		return "–"
	case is > budget:
		return fmt.Sprintf("%.1f MISSED", budget)
	}
	return fmt.Sprintf("%.1f", budget)
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
