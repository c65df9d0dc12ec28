package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options are how a run is made.
type Options struct {
	Callers  int
	Duration time.Duration // of each operation
	Only     string        // operations whose name contains it; empty is all
	Profile  string        // where to write the provider's CPU profile; empty is nowhere
	Out      io.Writer
}

// result is one measured operation.
type result struct {
	operation
	ops, failed int64
	took        time.Duration
	spent       usage
	first       error
	bare        float64 // CPU µs of the bare handler just before and after
}

// Run measures every operation on one provider's process and reports.
func Run(store string, h hello, o Options) (failed int64, err error) {
	callers, err := signedIn(h.Issuer, o.Callers)
	if err != nil {
		return 0, err
	}
	results, failed, err := compare(h, callers, o)
	if err != nil {
		return failed, err
	}
	var bare []limit
	if err := fetch(h.Control+"/limits", &bare); err != nil {
		return failed, err
	}
	return failed, report(o.Out, store, h, o, results, bare)
}

// compare measures every operation between two measurements of the bare
// handler, since a machine is not as fast now as it was a minute ago.
func compare(h hello, callers []*caller, o Options) (results []result, failed int64, err error) {
	bare, d := operations()[0], o.Duration
	before, err := measure(h, bare, callers, d/2)
	if err != nil {
		return nil, 0, err
	}
	results = append(results, before)
	results[0].bare = perOp(before)
	for _, op := range operations()[1:] {
		if !strings.Contains(op.name, o.Only) {
			continue
		}
		r, err := measure(h, op, callers, d)
		if err != nil {
			return nil, failed, err
		}
		after, err := measure(h, bare, callers, d/2)
		if err != nil {
			return nil, failed, err
		}
		r.bare = (perOp(before) + perOp(after)) / 2
		before, failed = after, failed+r.failed
		results = append(results, r)
	}
	return results, failed, nil
}

// signedIn makes the callers, each with a session, an agreement and tokens.
func signedIn(issuer string, n int) ([]*caller, error) {
	callers := make([]*caller, n)
	for i := range callers {
		c, err := newCaller(issuer)
		if err != nil {
			return nil, err
		}
		if err := c.signIn(); err != nil {
			return nil, err
		}
		callers[i] = c
	}
	return callers, nil
}

func measure(h hello, op operation, callers []*caller, d time.Duration) (result, error) {
	r := result{operation: op}
	repeat := make([]func() error, len(callers))
	for i, c := range callers {
		repeat[i] = op.prepare(c)
		_ = repeat[i]() // warm: connections, caches
	}
	var before, after usage
	if err := fetch(h.Control+"/usage", &before); err != nil {
		return r, err
	}
	var ops, failed atomic.Int64
	var first sync.Once
	began := time.Now()
	var wait sync.WaitGroup
	for _, do := range repeat {
		wait.Go(func() {
			for time.Since(began) < d {
				if err := do(); err != nil {
					failed.Add(1)
					first.Do(func() { r.first = err })
					continue
				}
				ops.Add(1)
			}
		})
	}
	wait.Wait()
	r.took = time.Since(began)
	if err := fetch(h.Control+"/usage", &after); err != nil {
		return r, err
	}
	r.ops, r.failed, r.spent = ops.Load(), failed.Load(), after.minus(before)
	return r, nil
}

func fetch(url string, into any) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("bench: %s answered %d: %s", url, answer.StatusCode, b)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
