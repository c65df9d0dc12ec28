package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// GrantFindings are those of many stored grants beside few.
type GrantFindings struct {
	Few, Many int
	// Loaded is how long it took to store the many, in seconds.
	Loaded float64
	// Bytes are what the many take with all they depend on, indexes included.
	Bytes int64
	// Refresh is by how the server is set, and by how many call.
	Refresh []GrantCompared
}

// GrantCompared is a comparison under one setting of the server.
type GrantCompared struct {
	Compared
	Server                 string
	SmallPages, LargePages Pages
}

const (
	few     = 1000 // grants of the small store
	warming = 5 * time.Second
)

// grantSides are two stores, the small one first.
type grantSides [2]*stock

// measureGrants compares refreshes of grants picked at random from a large store
// with those from a small one. A private server is measured as its manual would
// have it set, with the pages in its memory that loading left there, then
// restarted as its makers set it: both count.
func measureGrants(ctx context.Context, store string, o ScaleOptions) (f *GrantFindings, err error) {
	f = &GrantFindings{Few: few, Many: o.Grants}
	o.Settings = production(store, machineMemory())
	var sides grantSides
	for n, size := range []int{few, o.Grants} {
		r, err := start(ctx, store, o.Options)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, r.stop()) }()
		began := time.Now()
		if sides[n], err = load(ctx, r, size, o.Options); err != nil {
			return nil, err
		}
		f.Loaded = time.Since(began).Seconds()
	}
	if f.Bytes, err = sides[1].bytes(ctx); err != nil {
		return nil, err
	}
	private := sides[0].running.target.private != nil
	server := "as it was given"
	if private {
		server = spelled(o.Settings)
	}
	if err := f.compare(ctx, server, sides); err != nil || !private || o.Settings == nil {
		return f, err
	}
	for _, s := range sides {
		if err := s.running.target.private.Restart(ctx, nil); err != nil {
			return nil, err
		}
	}
	return f, f.compare(ctx, spelled(nil), sides)
}

// compare refreshes in both with one caller and with many.
func (f *GrantFindings) compare(ctx context.Context, server string, sides grantSides) error {
	for _, callers := range []int{1, 16} {
		var watched [2]*watchedSide
		for n, s := range sides {
			w, err := s.watch(ctx, callers)
			if err != nil {
				return err
			}
			defer func() { _ = w.books.close() }()
			watched[n] = w
		}
		what := fmt.Sprintf("any of %d grants, beside any of %d", f.Many, f.Few)
		c, err := alternate(what, watched[0].side, watched[1].side, rounds, slice)
		if err != nil {
			return err
		}
		g := GrantCompared{Compared: c, Server: server}
		for n, into := range []*Pages{&g.SmallPages, &g.LargePages} {
			if *into, err = watched[n].since(ctx); err != nil {
				return err
			}
		}
		f.Refresh = append(f.Refresh, g)
	}
	return nil
}

// watchedSide is a side whose server is asked what it did.
type watchedSide struct {
	side
	stock  *stock
	books  *books
	before pages
}

// watch makes callers and has them refresh for a while. On a private server they
// are then measured from a checkpoint on: the worst moment for a large store on
// Postgres, which logs each page whole the first time it is touched after one.
func (s *stock) watch(ctx context.Context, callers int) (*watchedSide, error) {
	repeat, err := s.refreshing(callers)
	if err != nil {
		return nil, err
	}
	books, err := openBooks(ctx, s.running.target)
	if err != nil {
		return nil, err
	}
	w := &watchedSide{side: side{repeat, &meter{hello: s.running.hello, target: s.running.target}}, stock: s, books: books}
	if w.before, err = books.pages(ctx, 0); err == nil {
		s.refreshed.Store(0)
		apart(repeat, warming) // connections that a restart has cut fail here
		if s.running.target.private != nil {
			err = books.checkpoint(ctx)
		}
	}
	if err == nil {
		w.before, err = books.pages(ctx, w.before.updates+s.refreshed.Swap(0))
	}
	if err != nil {
		return nil, errors.Join(err, books.close())
	}
	return w, nil
}

// since is what each refresh took.
func (w *watchedSide) since(ctx context.Context) (Pages, error) {
	count := w.stock.refreshed.Load()
	after, err := w.books.pages(ctx, w.before.updates+count)
	return after.each(w.before, int(count)), err
}

// bytes are what everything takes, indexes included.
func (s *stock) bytes(ctx context.Context) (total int64, err error) {
	b, err := openBooks(ctx, s.running.target)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	tables, err := b.tables(ctx)
	for _, t := range tables {
		total += t.bytes
	}
	return total, err
}

// refreshing are callers who each refresh grants picked at random from a share
// of their own.
func (s *stock) refreshing(callers int) ([]func() error, error) {
	list := make([]func() error, callers)
	for n := range list {
		c, err := s.running.caller(n)
		if err != nil {
			return nil, err
		}
		list[n] = func() error {
			grant := rand.IntN(len(s.ids)/callers)*callers + n //nolint:gosec // a sample
			held := tokens{Refresh: s.token(grant)}
			if err := c.refresh(&held, ""); err != nil {
				return err
			}
			s.generations[grant]++
			s.refreshed.Add(1)
			return nil
		}
	}
	return list, nil
}

func (f *GrantFindings) report(p *printer) {
	if f == nil {
		return
	}
	p.line("\n%d grants stored in %.0f s, each with what it depends on: %.0f MB", f.Many, f.Loaded, float64(f.Bytes)/1e6)
	for n, c := range f.Refresh {
		if n == 0 || c.Server != f.Refresh[n-1].Server {
			p.line("\nserver: %s", c.Server)
			p.line("refresh of any\tcallers\tmedian µs\tratio\tat most %.1f\tCPU µs\tpages read\tlog bytes\tpages whole in it", tolerated)
		}
		p.line("of %d grants\t%d\t%.0f\t\t\t%.0f\t%s", f.Few, c.Callers, c.Small, c.SmallCPU, c.SmallPages)
		p.line("of %d grants\t%d\t%.0f\t%.2f\t%s\t%.0f\t%s", f.Many, c.Callers, c.Large, c.Ratio, c.Verdict, c.LargeCPU, c.LargePages)
	}
}
