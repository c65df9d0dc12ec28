package bench

import (
	"os"
	"runtime"
	"strings"
)

// Findings are all that a run has found, for a page of documentation. Times are
// in µs.
type Findings struct {
	Machine Machine
	Stores  []StoreFindings
	Scale   []ScaleFindings `json:",omitempty"`
}

// Machine is where it ran.
type Machine struct {
	CPU  string
	CPUs int
	OS   string
	Go   string
}

// StoreFindings are those of one store.
type StoreFindings struct {
	Store       string
	Absent      string `json:",omitempty"` // why it was not measured
	FirstAnswer float64
	Resident    uint64 // bytes
	Operations  []OperationFinding
	Limits      []LimitFinding
	Budgets     []BudgetFinding
	Ratios      []RatioFinding
}

// OperationFinding is what one of an operation cost.
type OperationFinding struct {
	Name        string
	Callers     int
	Crowd       Crowd
	Rate        float64 // a second
	Median, P99 float64
	CPU, Server float64 // of provider and database together, and of the database's server
	Bare        float64 // of the bare handler beside it
	Statements  float64
	Trips       float64 // negative where no wire was counted on
	Allocations float64
	Bytes       float64
	Errors      int64
}

// LimitFinding is what one bare part cost.
type LimitFinding struct {
	Name        string
	Callers     int
	Rate        float64
	CPU, Server float64
}

func (s *measured) findings() StoreFindings {
	f := StoreFindings{
		Store: s.target.store, FirstAnswer: micros(s.hello.FirstAnswer), Resident: s.hello.Resident,
		Budgets: s.budgets(), Ratios: s.ratios(),
	}
	for _, r := range s.results {
		n := float64(max(r.ops, 1))
		f.Operations = append(f.Operations, OperationFinding{
			Name: r.name, Callers: r.callers, Crowd: r.crowd, Rate: r.rate(), Median: micros(r.median), P99: micros(r.p99),
			CPU: r.spent.each(r.ops), Server: usage{Server: r.spent.Server}.each(r.ops), Bare: r.bare,
			Statements: float64(r.spent.Statements) / n, Trips: r.trips, Allocations: float64(r.spent.Mallocs) / n,
			Bytes: float64(r.spent.Bytes) / n, Errors: r.failed,
		})
	}
	for _, l := range s.limits {
		f.Limits = append(f.Limits, LimitFinding{
			Name: l.Name, Callers: l.Callers, Rate: l.rate(),
			CPU: l.Spent.each(l.Ops), Server: usage{Server: l.Spent.Server}.each(l.Ops),
		})
	}
	return f
}

// machine describes this one.
func machine() Machine {
	m := Machine{CPUs: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m // not Linux
	}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}
