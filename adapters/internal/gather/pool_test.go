package gather

import (
	"testing"
	"testing/synctest"
	"time"
)

// A leader that queued for long leaves those in its batch time enough.
func TestABatchHasAQuarterOfTheTimeAtLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for waited, left := range map[time.Duration]time.Duration{
			0: time.Minute, 15 * time.Second: 45 * time.Second, 59 * time.Second: 15 * time.Second,
		} {
			if got := time.Until(Deadline(began.Add(-waited), time.Minute)); got != left {
				t.Errorf("after %v: %v are left, want %v", waited, got, left)
			}
		}
	})
}
