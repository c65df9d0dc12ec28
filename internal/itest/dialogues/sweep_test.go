package dialogues

import (
	"net/http"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/itest/faults"
)

// Every dialogue with the n-th store call lost, for every n, before and after it
// took effect: alone, and as the first of an outage that lasts until somebody is
// told.
func TestThreat_FLT02_FLT03_FLT04_FLT05_DialoguesSurviveALostCall(t *testing.T) {
	t.Parallel()
	sweep(t, "testdata/*.txtar", func(t *testing.T, m *Template, db core.Database) (dialogue.World, func() []*providertest.Provider) {
		w, p := m.World(t, db)
		return w, func() []*providertest.Provider { return []*providertest.Provider{p} }
	})
}

// The same with agents, APIs that act for people, and an operator.
func TestThreat_FLT02_FLT03_FLT04_FLT05_DialoguesWithAgentsSurviveALostCall(t *testing.T) {
	t.Parallel()
	sweep(t, "testdata/agents/*.txtar", func(t *testing.T, m *Template, db core.Database) (dialogue.World, func() []*providertest.Provider) {
		return m.Agents(t, db)
	})
}

// worlds makes a world over a database that the template was put into.
type worlds func(*testing.T, *Template, core.Database) (dialogue.World, func() []*providertest.Provider)

func sweep(t *testing.T, pattern string, in worlds) {
	t.Helper()
	template := NewTemplate(t)
	for _, c := range []struct {
		name  string
		run   int
		after bool
	}{{"before", 1, false}, {"after", 1, true}, {"outage before", faults.Always, false}, {"outage after", faults.Always, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dialogue.Sweep(t, pattern, func(t *testing.T) (dialogue.World, dialogue.Fault) {
				db, plan := memory.New(), &faults.Plan{Marked: true}
				template.Put(t, db)
				w, all := in(t, template, faults.Database(db, plan))
				return faulty(t, w, all, plan, c.run, c.after)
			})
		})
	}
}

// faulty is a world that loses calls of requests.
func faulty(t *testing.T, w dialogue.World, all func() []*providertest.Provider, plan *faults.Plan, run int, after bool) (dialogue.World, dialogue.Fault) {
	t.Helper()
	handler := w.Handler
	w.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(faults.Mark(r.Context())))
	})
	kept := func(once bool) (lines string) {
		for _, p := range all() {
			lines += Kept(t, p.Store(), once) + "\n"
		}
		return lines
	}
	outage := run == faults.Always
	return w, dialogue.Fault{
		Arm: func(n int) { plan.Arm(n, run, after) },
		Heal: func() {
			plan.Disarm()
			for _, p := range all() {
				Delivered(t, p)
			}
		},
		Struck:  plan.Struck,
		Kept:    func() string { return kept(outage) },
		Instead: func(answer string) bool { return outage && Instead(answer, kept(true), plan.Struck()) },
	}
}
