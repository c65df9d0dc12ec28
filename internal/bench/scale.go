package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"
)

// ScaleOptions are how a run at scale is made.
type ScaleOptions struct {
	Options
	Parts     []string // of those that ScaleParts names
	Rotations int      // of one family
	Grants    int      // stored, beside a thousand
	SignIns   int      // whose rows are measured
	Tenants   int      // in one process
}

// ScaleParts are what a run at scale can measure.
func ScaleParts() []string { return []string{"rotations", "grants", "rows", "tenants"} }

// ScaleFindings are those of one store at scale. What was not measured is nil.
type ScaleFindings struct {
	Store     string
	Absent    string         `json:",omitempty"`
	Rotations []Compared     `json:",omitempty"`
	Grants    *GrantFindings `json:",omitempty"`
	Rows      *RowFindings   `json:",omitempty"`
	Tenants   *TenantFinding `json:",omitempty"`
}

// Compared are two medians of a refresh, in µs, measured in turn on the same
// machine. The ratio must not be above 1.2.
type Compared struct {
	What    string
	Callers int
	Small   float64
	Large   float64
	Ratio   float64
	// SmallCPU and LargeCPU are of provider and database together, in µs.
	SmallCPU, LargeCPU float64
	Verdict            string
}

// tolerated is how much slower what is large may be.
const tolerated = 1.2

// Scale measures every store that is there. missed is how many demands were not
// met.
func Scale(ctx context.Context, o ScaleOptions) (found Findings, missed int, err error) {
	found.Machine = machine()
	for _, store := range o.Stores {
		f := ScaleFindings{Store: store}
		switch err := f.measure(ctx, o); {
		case errors.Is(err, errAbsent):
			f.Absent = err.Error()
		case err != nil:
			return found, missed, fmt.Errorf("%s: %w", store, err)
		}
		found.Scale = append(found.Scale, f)
		missed += f.missed()
		if err := f.report(o); err != nil {
			return found, missed, err
		}
	}
	return found, missed, nil
}

func (f *ScaleFindings) measure(ctx context.Context, o ScaleOptions) (err error) {
	for _, part := range o.Parts {
		switch {
		case part == "tenants":
			f.Tenants, err = measureTenants(ctx, f.Store, o)
		case f.Store == "memory": // it is for tests
		case part == "rotations":
			f.Rotations, err = measureRotations(ctx, f.Store, o)
		case part == "grants":
			f.Grants, err = measureGrants(ctx, f.Store, o)
		case part == "rows":
			f.Rows, err = measureRows(ctx, f.Store, o)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

func (f *ScaleFindings) missed() (n int) {
	all := f.Rotations
	if f.Grants != nil {
		all = slices.Clone(all)
		for _, g := range f.Grants.Refresh {
			all = append(all, g.Compared)
		}
	}
	for _, c := range all {
		if c.Verdict == missed {
			n++
		}
	}
	return n
}

func (f *ScaleFindings) report(o ScaleOptions) error {
	p := &printer{w: tabwriter.NewWriter(o.Out, 0, 0, 2, ' ', 0)}
	if f.Absent != "" {
		p.line("\n%s: not measured: %s", f.Store, f.Absent)
		return p.flush()
	}
	p.line("\n%s at scale", f.Store)
	reportCompared(p, f.Rotations)
	f.Grants.report(p)
	f.Rows.report(p)
	f.Tenants.report(p)
	return p.flush()
}

func reportCompared(p *printer, list []Compared) {
	if len(list) == 0 {
		return
	}
	p.line("\nmedian of a refresh, µs\tcallers\tbeside\tthis\tratio\tat most %.1f", tolerated)
	for _, c := range list {
		p.line("%s\t%d\t%.0f\t%.0f\t%.2f\t%s", c.What, c.Callers, c.Small, c.Large, c.Ratio, c.Verdict)
	}
}

// side is one of two that are compared.
type side struct {
	repeat []func() error
	meter  *meter
}

// alternate has two sides repeat in turn, a slice of time each, and compares
// their medians: what slows the machine down slows both.
func alternate(what string, small, large side, rounds int, slice time.Duration) (Compared, error) {
	var times [2][]time.Duration
	var spent [2]usage
	for round := range 2 * rounds {
		n := round % 2
		at := [2]side{small, large}[n]
		before, err := at.meter.usage()
		if err != nil {
			return Compared{}, err
		}
		p := apart(at.repeat, slice)
		if p.failed > 0 {
			return Compared{}, p.first
		}
		after, err := at.meter.usage()
		if err != nil {
			return Compared{}, err
		}
		if round >= 2 { // the first round warms both
			times[n], spent[n] = append(times[n], p.times...), spent[n].plus(after.minus(before))
		}
	}
	for _, t := range times {
		slices.Sort(t)
	}
	c := Compared{What: what, Callers: len(small.repeat), Small: micros(quantile(times[0], 0.5)), Large: micros(quantile(times[1], 0.5))}
	c.Ratio = c.Large / max(c.Small, 1e-9)
	c.SmallCPU, c.LargeCPU = spent[0].each(int64(len(times[0]))), spent[1].each(int64(len(times[1])))
	c.Verdict = verdict(c.Ratio <= tolerated)
	return c, nil
}

// provider is a running provider's process on a target of its own.
type running struct {
	target *target
	hello  hello
	stop   func() error
}

// start makes a database and a provider on it.
func start(ctx context.Context, store string, o Options) (*running, error) {
	t, err := newTarget(ctx, store, o)
	if err != nil {
		return nil, err
	}
	h, stop, err := spawn(served{Store: store, Source: t.source, Connections: o.Connections, People: people, BehindProxy: true})
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return &running{target: t, hello: h, stop: func() error { return errors.Join(stop(), t.close()) }}, nil
}

// caller makes somebody who is not signed in.
func (r *running) caller(n int) (*caller, error) {
	jar, err := newJar()
	if err != nil {
		return nil, err
	}
	c := newCaller(r.hello.Issuer, email(n), jar)
	c.address = fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	return c, nil
}
