package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Run measures every store that is there and reports each. failed is how many
// operations went wrong, anywhere.
func Run(ctx context.Context, o Options) (found Findings, failed int64, err error) {
	if err := o.makeProfiles(); err != nil {
		return found, 0, err
	}
	found.Machine = machine()
	for _, store := range o.Stores {
		s, err := measureStore(ctx, store, o)
		if errors.Is(err, errAbsent) {
			if _, err := fmt.Fprintf(o.Out, "\n%s: not measured: %v\n", store, err); err != nil {
				return found, failed, err
			}
			found.Stores = append(found.Stores, StoreFindings{Store: store, Absent: err.Error()})
			continue
		}
		if err != nil {
			return found, failed, fmt.Errorf("%s: %w", store, err)
		}
		for _, r := range s.results {
			failed += r.failed
		}
		found.Stores = append(found.Stores, s.findings())
		if err := s.report(o.Out); err != nil {
			return found, failed, err
		}
	}
	return found, failed, nil
}

// measured is all that is known of one store.
type measured struct {
	target   *target
	hello    hello
	duration time.Duration
	results  []result
	limits   []limit
}

// measureStore starts the provider's process twice, the second time on the
// database that the first has migrated, and loads that one.
func measureStore(ctx context.Context, store string, o Options) (s measured, err error) {
	t, err := newTarget(ctx, store, o)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	s.target, s.duration = t, o.Duration
	if _, stop, err := spawn(s.served(o, t.source, "")); err != nil {
		return s, err
	} else if err := stop(); err != nil {
		return s, err
	}
	h, stop, err := spawn(s.served(o, t.source, ""))
	if err != nil {
		return s, err
	}
	s.hello = h
	err = s.levels(o)
	if err := errors.Join(err, stop()); err != nil {
		return s, err
	}
	return s, s.countTrips(o)
}

// served is what a provider's process is told.
func (s *measured) served(o Options, source, tenant string) served {
	return served{
		Store: s.target.store, Source: source, Connections: o.Connections, Tenant: tenant,
		People: min(slices.Max(o.Callers), people),
	}
}

// levels measures everything with each number of callers.
func (s *measured) levels(o Options) error {
	all, err := gather(s.hello.Issuer, slices.Max(o.Callers), o.Crowds)
	if err != nil {
		return err
	}
	defer all.hangUp()
	m := &meter{hello: s.hello, target: s.target}
	for _, callers := range o.Callers {
		for _, kind := range o.Crowds {
			results, err := m.compare(kind, all[kind][:callers], o)
			if err != nil {
				return err
			}
			s.results = append(s.results, results...)
		}
		for _, what := range s.target.bareParts() {
			if err := s.limit(m, what, callers); err != nil {
				return err
			}
		}
	}
	if o.Only != "" {
		return nil
	}
	for _, what := range signatures() {
		if err := s.limit(m, what, 1); err != nil {
			return err
		}
	}
	return nil
}

// bareParts are those whose rate depends on the number of callers.
func (t *target) bareParts() []string {
	if t.store == "memory" {
		return nil
	}
	return []string{bareRead, bareUpdate}
}

// limit measures a bare part in the provider's process.
func (s *measured) limit(m *meter, what string, callers int) error {
	before, err := s.target.server()
	if err != nil {
		return err
	}
	ask := url.Values{"what": {what}, "callers": {strconv.Itoa(callers)}, "for": {s.duration.String()}}
	var l limit
	if err := fetch(m.hello.Control+"/limit?"+ask.Encode(), &l); err != nil {
		return err
	}
	after, err := s.target.server()
	l.Spent.Server = after - before
	s.limits = append(s.limits, l)
	return err
}

// compare measures every operation between two measurements of the bare
// handler, since a machine is not as fast now as it was a minute ago.
func (m *meter) compare(kind Crowd, list []*caller, o Options) (results []result, err error) {
	if err := renew(list, kind); err != nil {
		return nil, err
	}
	bare, d := operations()[0], o.Duration
	before, err := m.measure(bare, kind, list, d/2)
	if err != nil {
		return nil, err
	}
	if kind == People {
		first := before
		first.bare = first.spent.each(first.ops)
		results = append(results, first)
	}
	for _, op := range operations()[1:] {
		if !op.with(kind) || !strings.Contains(op.name, o.Only) {
			continue
		}
		r, err := m.profiled(op, kind, list, o)
		if err != nil {
			return nil, err
		}
		after, err := m.measure(bare, kind, list, d/2)
		if err != nil {
			return nil, err
		}
		r.bare = (before.spent.each(before.ops) + after.spent.each(after.ops)) / 2
		before = after
		results = append(results, r)
	}
	return results, nil
}

// countTrips repeats every operation for a short while on a provider whose
// database is behind a wire that counts. Its own time counts for nothing.
func (s *measured) countTrips(o Options) (err error) {
	if s.target.at == nil {
		return nil
	}
	w, err := listenWire(s.target.address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	source, err := s.target.at(w.addr())
	if err != nil {
		return err
	}
	h, stop, err := spawn(s.served(o, source, "wire"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	all, err := gather(h.Issuer, slices.Max(o.Callers), o.Crowds)
	if err != nil {
		return err
	}
	defer all.hangUp()
	m := &meter{hello: h, target: s.target, wire: w}
	for n := range s.results {
		r := &s.results[n]
		if n == 0 || r.crowd != s.results[n-1].crowd || r.callers != s.results[n-1].callers {
			if err := renew(all[r.crowd][:r.callers], r.crowd); err != nil {
				return err
			}
		}
		again, err := m.measure(r.operation, r.crowd, all[r.crowd][:r.callers], s.duration/4)
		if err != nil {
			return err
		}
		r.trips = float64(again.spent.Trips) / float64(max(again.ops, 1))
		if r.failed += again.failed; r.first == nil {
			r.first = again.first
		}
	}
	return nil
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
