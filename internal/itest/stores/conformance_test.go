package stores

import (
	"fmt"
	"testing"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// TestThreat_FLT14_ConformanceAtEveryPoolSize: a pool of one or two connections
// must do for many callers, so no method may need a second one.
func TestThreat_FLT14_ConformanceAtEveryPoolSize(t *testing.T) {
	databases.Each(t, func(t *testing.T, _ string, open databases.Open) {
		for _, connections := range []int{1, 2, 32} {
			t.Run(fmt.Sprint(connections), func(t *testing.T) {
				conformance.Test(t, func(t *testing.T) core.Database { return open(t, connections) })
			})
		}
	})
}
