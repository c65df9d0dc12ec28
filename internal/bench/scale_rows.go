package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// RowFindings say what traffic leaves in a database.
type RowFindings struct {
	Tables []TableFinding
	// Writes are what a redemption and a rotation cost the database's log.
	Writes []WriteFinding
}

// TableFinding is one table's.
type TableFinding struct {
	Name string
	// RowBytes is the size of a row with its share of every index.
	RowBytes float64
	// PerSignIn is how many rows a sign-in with a password leaves, and PerFlow a
	// code flow of somebody who is signed in and has agreed.
	PerSignIn, PerFlow float64
	// Kept is for how many days, on average.
	Kept float64
}

// WriteFinding is what one kind of write cost.
type WriteFinding struct {
	Name  string
	Count int
	// Log is how many bytes of the database's log each took; 0 is not known.
	Log float64
	// HeapOnly is which share of the updates left every index alone (Postgres);
	// negative is not known.
	HeapOnly float64
}

// Traffic of a day that the growth is told for.
const (
	daySignIns = 100_000
	dayFlows   = 1_000_000
)

// measureRows signs people in, has them authorize, and counts what is there.
func measureRows(ctx context.Context, store string, o ScaleOptions) (f *RowFindings, err error) {
	r, err := start(ctx, store, o.Options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	b, err := openBooks(ctx, r.target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	list, err := r.visitors(people)
	if err != nil {
		return nil, err
	}
	empty, err := b.tables(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := r.visitors(o.SignIns); err != nil { // the first ones agreed; these need not any more
		return nil, err
	}
	signedIn, err := b.tables(ctx)
	if err != nil {
		return nil, err
	}
	f = &RowFindings{}
	flows := 10 * o.SignIns / len(list) * len(list)
	if err := f.measureWrites(ctx, b, list, flows/len(list)); err != nil {
		return nil, err
	}
	full, err := b.tables(ctx)
	if err != nil {
		return nil, err
	}
	for name, end := range full {
		t := TableFinding{Name: name, Kept: end.kept}
		t.PerSignIn = float64(signedIn[name].rows-empty[name].rows) / float64(o.SignIns)
		t.PerFlow = float64(end.rows-signedIn[name].rows) / float64(flows)
		if added := end.rows - empty[name].rows; added > 0 {
			t.RowBytes = float64(end.bytes-empty[name].bytes) / float64(added)
			f.Tables = append(f.Tables, t)
		}
	}
	slices.SortFunc(f.Tables, func(a, b TableFinding) int { return cmp.Compare(a.Name, b.Name) })
	return f, nil
}

// visitors sign in, each with a browser and an address of its own.
func (r *running) visitors(n int) ([]*caller, error) {
	list := make([]*caller, n)
	for i := range list {
		var err error
		if list[i], err = r.caller(i); err != nil {
			return nil, err
		}
	}
	return list, each(list, 2, func(c *caller) error { return c.signIn("", &c.tokens) })
}

// measureWrites redeems codes and rotates tokens, each by itself: each caller a
// share of them.
func (f *RowFindings) measureWrites(ctx context.Context, b *books, list []*caller, share int) error {
	if err := each(list, 16, func(c *caller) error { return c.stock(share) }); err != nil {
		return err
	}
	for _, w := range []struct {
		name string
		do   func(c *caller) error
	}{
		{"code redemption", func(c *caller) error {
			for {
				code, ok := c.codes.take()
				if !ok {
					return nil
				}
				if err := c.redeem(code, &c.tokens); err != nil {
					return err
				}
			}
		}},
		{"refresh", func(c *caller) error {
			for range share {
				if err := c.refresh(&c.tokens, ""); err != nil {
					return err
				}
			}
			return nil
		}},
	} {
		before, err := b.log(ctx, 0)
		if err != nil {
			return err
		}
		if err := each(list, 16, w.do); err != nil {
			return err
		}
		count := share * len(list)
		after, err := b.log(ctx, before.updates+int64(count))
		if err != nil {
			return err
		}
		f.Writes = append(f.Writes, after.since(before, w.name, count))
	}
	return nil
}

func (f *RowFindings) report(p *printer) {
	if f == nil {
		return
	}
	p.line("\ntable\tbytes a row\trows a sign-in\trows a flow\tkept, days\tMB a million sign-ins\tMB a day\tMB at the end")
	var million, day, all float64
	for _, t := range f.Tables {
		growth := (t.PerSignIn*daySignIns + t.PerFlow*dayFlows) * t.RowBytes / 1e6
		p.line("%s\t%.0f\t%.2f\t%.2f\t%.1f\t%.0f\t%.0f\t%.0f", t.Name, t.RowBytes, t.PerSignIn, t.PerFlow, t.Kept,
			t.PerSignIn*t.RowBytes, growth, growth*t.Kept)
		million, day, all = million+t.PerSignIn*t.RowBytes, day+growth, all+growth*t.Kept
	}
	p.line("together\t\t\t\t\t%.0f\t%.0f\t%.0f", million, day, all)
	p.line("a day: %d sign-ins and %d flows of people who are signed in; refreshes leave no row", daySignIns, dayFlows)
	p.line("\nwrite\tcount\tbytes of log\theap-only")
	for _, w := range f.Writes {
		heapOnly := "–"
		if w.HeapOnly >= 0 {
			heapOnly = fmt.Sprintf("%.1f %%", 100*w.HeapOnly)
		}
		p.line("%s\t%d\t%.0f\t%s", w.Name, w.Count, w.Log, heapOnly)
	}
}

// names of tables, sorted.
func names(tables map[string]tableSize) []string { return slices.Sorted(maps.Keys(tables)) }
