package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// What is judged is the rates; beside them stand two ratios of CPU time, that of
// the provider and its database together and that of the database's server.
func TestRatiosBesideTheBareUpdate(t *testing.T) {
	us := func(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
	s := &measured{
		target:  &target{store: "postgres"},
		results: []result{{operation: operation{name: refreshing}, callers: 16, crowd: People, ops: 400, took: time.Second, spent: usage{CPU: us(400 * 80), Server: us(400 * 40)}}},
		limits:  []limit{{Name: bareUpdate, Callers: 16, Ops: 1000, Took: time.Second, Spent: usage{CPU: us(1000 * 20), Server: us(1000 * 50)}}},
	}
	found := s.ratios()
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	r := found[0]
	if near(r.Ratio, 0.4) && near(r.CPURatio, 70./120) && near(r.ServerRatio, 50./40) && r.Verdict == missed {
		var out bytes.Buffer
		if err := s.report(&out); err != nil || !strings.Contains(out.String(), "at equal server time") || !strings.Contains(out.String(), "1.25") {
			t.Errorf("%v\n%s", err, out.String())
		}
	} else {
		t.Errorf("%+v", r)
	}
	s.results[0].spent.Server = 0 // as on SQLite, or on a server elsewhere
	if r := s.ratios()[0]; r.ServerRatio >= 0 {
		t.Errorf("a server that was not metered: %v", r.ServerRatio)
	}
}

func near(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }
