package bench

import "fmt"

// The verdicts.
const (
	held    = "OK"
	missed  = "MISSED"
	unknown = "unknown" // a part of it could not be measured
)

func verdict(ok bool) string {
	if ok {
		return held
	}
	return missed
}

// BudgetFinding holds one operation to its budget. The figure that counts is
// the multiple of the same run's bare handler: a machine may be slow, and so is
// its empty handler.
type BudgetFinding struct {
	Name               string
	CPU, Budget        float64 // µs
	Ratio, RatioBudget float64 // multiples of the bare handler
	Verdict            string
}

// budgets are judged for 16 callers who are all somebody else.
func (s *measured) budgets() (list []BudgetFinding) {
	for _, r := range s.results {
		of := r.budget[s.target.store]
		if of == 0 || r.callers != 16 || r.crowd != People {
			continue
		}
		f := BudgetFinding{Name: r.name, CPU: r.spent.each(r.ops), Budget: of, RatioBudget: of / bareBudget}
		f.Ratio = f.CPU / max(r.bare, 1e-9)
		f.Verdict = verdict(f.Ratio <= f.RatioBudget && r.failed == 0)
		if !s.target.metered() {
			f.Verdict = unknown
		}
		list = append(list, f)
	}
	return list
}

// RatioFinding holds a writing operation to the bare conditional update through
// the same driver and pool.
type RatioFinding struct {
	Name           string
	Callers        int
	Crowd          Crowd
	Rate, BareRate float64 // a second
	Ratio          float64 // of the rates as measured, the load on the same machine
	CPURatio       float64 // of the rates on equal CPU time, without that of the load
	// ServerRatio is that of the rates on equal CPU time of the database's server
	// alone, which is what many providers share; negative where there is no server
	// or its time is not known.
	ServerRatio float64
	Demanded    string
	Verdict     string
}

// ratios sets refresh and redemption beside the bare update at as many callers.
// On SQLite the bare updates commit one by one and have to be beaten where
// there is something to gather.
func (s *measured) ratios() (list []RatioFinding) {
	for _, r := range s.results {
		if r.crowd != People || r.name != refreshing && r.name != redemption {
			continue
		}
		for _, l := range s.limits {
			if l.Name != bareUpdate || l.Callers != r.callers {
				continue
			}
			f := RatioFinding{Name: r.name, Callers: r.callers, Crowd: r.crowd, Rate: r.rate(), BareRate: l.rate()}
			f.Ratio = f.Rate / max(f.BareRate, 1e-9)
			f.CPURatio = l.Spent.each(l.Ops) / max(r.spent.each(r.ops), 1e-9)
			f.ServerRatio = serverRatio(&r, &l)
			s.demand(&f)
			list = append(list, f)
		}
	}
	return list
}

// serverRatio is that of an operation to a bare part where the database is what
// limits both.
func serverRatio(r *result, l *limit) float64 {
	own := usage{Server: r.spent.Server}.each(r.ops)
	if own <= 0 {
		return -1
	}
	return usage{Server: l.Spent.Server}.each(l.Ops) / own
}

// demand is what the rate must reach. One caller alone on SQLite has nobody to
// gather with.
func (s *measured) demand(f *RatioFinding) {
	least := 0.5
	if s.target.store == "sqlite" {
		least = 1
	}
	if s.target.store == "sqlite" && f.Callers == 1 {
		f.Demanded, f.Verdict = "–", "–"
		return
	}
	f.Demanded, f.Verdict = fmt.Sprintf("%.1f", least), verdict(f.Ratio >= least)
}
