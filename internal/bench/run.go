package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options are how a run is made.
type Options struct {
	Callers  int
	Duration time.Duration // of each operation
	Out      io.Writer
}

// result is one measured operation.
type result struct {
	operation
	ops, failed int64
	took        time.Duration
	spent       usage
	first       error
}

// Run measures every operation on one provider's process and reports.
func Run(store string, h hello, o Options) (failed int64, err error) {
	callers, err := signedIn(h.Issuer, o.Callers)
	if err != nil {
		return 0, err
	}
	var results []result
	for _, op := range operations() {
		r, err := measure(h, op, callers, o.Duration)
		if err != nil {
			return 0, err
		}
		failed += r.failed
		results = append(results, r)
	}
	var bare []limit
	if err := fetch(h.Control+"/limits", &bare); err != nil {
		return failed, err
	}
	return failed, report(o.Out, store, h, o, results, bare)
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
	answer, err := http.Get(url) //nolint:gosec // an address of our own child process
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
