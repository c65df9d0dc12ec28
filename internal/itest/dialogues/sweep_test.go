package dialogues

import (
	"net/http"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/itest/faults"
)

// Every dialogue with the n-th store call lost, for every n, before and after it
// took effect: alone, and as the first of an outage that lasts until somebody is
// told.
func TestThreat_FLT02_FLT03_FLT04_FLT05_DialoguesSurviveALostCall(t *testing.T) {
	t.Parallel()
	template := NewTemplate(t)
	for _, c := range []struct {
		name  string
		run   int
		after bool
	}{{"before", 1, false}, {"after", 1, true}, {"outage before", faults.Always, false}, {"outage after", faults.Always, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dialogue.Sweep(t, "testdata/*.txtar", func(t *testing.T) (dialogue.World, dialogue.Fault) {
				db := memory.New()
				template.Put(t, db)
				return faulty(t, template, db, c.run, c.after)
			})
		})
	}
}

// faulty is a world over db that loses calls of requests.
func faulty(t *testing.T, m *Template, db core.Database, run int, after bool) (dialogue.World, dialogue.Fault) {
	t.Helper()
	plan := &faults.Plan{Marked: true}
	w, p := m.World(t, faults.Database(db, plan))
	handler := w.Handler
	w.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(rw, r.WithContext(faults.Mark(r.Context())))
	})
	outage := run == faults.Always
	return w, dialogue.Fault{
		Arm:     func(n int) { plan.Arm(n, run, after) },
		Heal:    func() { plan.Disarm(); Delivered(t, p) },
		Struck:  plan.Struck,
		Kept:    func() string { return Kept(t, p.Store(), outage) },
		Instead: func(answer string) bool { return outage && Instead(answer, Kept(t, p.Store(), true)) },
	}
}
