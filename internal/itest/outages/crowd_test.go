package outages

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// FLT04, FLT05, FLT06 for a crowd, whose statements may travel together: a
// connection is lost, in every way, and one of each crowd wants what is taken.
// Whoever is told that it is done has it; whoever is told of a conflict has one;
// all others are told that nobody knows.
func TestThreat_FLT04_FLT05_FLT06_CrowdOverALostConnection(t *testing.T) {
	t.Parallel()
	const crowd = 24
	servers(t, func(t *testing.T, r *rig) {
		s, sure := r.open(t, 4, 20*time.Second).Tenant(tenant), r.direct(t).Tenant(tenant)
		taken := grant()
		must(t, sure.CreateGrant(t.Context(), taken))
		kinds := []faultproxy.Kind{faultproxy.Pass, faultproxy.CutBefore, faultproxy.CutAfter, faultproxy.HalfRequest, faultproxy.HalfAnswer, faultproxy.ResetAfter}
		for _, kind := range kinds {
			for at := 1; at <= 4; at++ {
				t.Run(fmt.Sprintf("%s at %d", kind, at), func(t *testing.T) {
					r.proxy.Arm(faultproxy.Fault{Kind: kind, At: at, Match: isGrants})
					var all sync.WaitGroup
					var unknown atomic.Int32
					for n := range crowd {
						all.Go(func() {
							if n == 0 {
								again := taken
								again.Change = id()
								if err := s.CreateGrant(t.Context(), again); !errors.Is(err, core.ErrConflict) && !errors.Is(err, core.ErrUnavailable) {
									t.Errorf("what is taken: %v", err)
								}
								return
							}
							if moves(t, s, sure) {
								unknown.Add(1)
							}
						})
					}
					all.Wait()
					if kind == faultproxy.Pass && unknown.Load() > 0 {
						t.Errorf("%d are told that nobody knows, and nothing was lost", unknown.Load())
					}
					r.proxy.Arm(faultproxy.Fault{})
				})
			}
		}
	})
}

func isGrants(sql string) bool { return strings.Contains(sql, "grants") }

// moves creates a grant and changes it, and checks that what it was told is so.
func moves(t *testing.T, s, sure core.Store) (unknown bool) {
	t.Helper()
	g := grant()
	stands := func(told error, before uint64) (goOn bool) {
		found, _, err := sure.Grant(t.Context(), g.ID)
		if err != nil && !errors.Is(err, core.ErrNotFound) {
			t.Error(err)
		}
		switch {
		case told == nil && found.Version == before+1:
			return true
		case errors.Is(told, core.ErrUnavailable) && (found.Version == before || found.Version == before+1):
			return false
		}
		t.Errorf("told %v, and version %d stands after %d", told, found.Version, before)
		return false
	}
	if !stands(s.CreateGrant(t.Context(), g), 0) {
		return true
	}
	g.Version, g.Change, g.Generation = 1, id(), 2
	return !stands(s.UpdateGrant(t.Context(), g), 1)
}
