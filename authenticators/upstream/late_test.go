package upstream

import (
	"testing"
	"time"
)

// MC-15: what was begun counts for ten minutes, and then the code is not even
// traded; trying again works.
func TestMC15_aStateEndsAfterTenMinutes(t *testing.T) {
	w := newWorld(t)
	answer := w.authorize(w.away())
	later(w, attemptLife+time.Second)
	reply, err := w.back(answer)
	w.wantProblem(reply, err, problemLate)
	w.identity()

	w = newWorld(t)
	answer = w.authorize(w.away())
	later(w, attemptLife-time.Minute)
	if reply, err := w.back(answer); err != nil {
		t.Errorf("within ten minutes: %v %v", reply, err)
	}
}
