package outages

import (
	"testing"
	"time"

	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// FLT01: while nobody can connect, or the server accepts and never answers, what
// needs the database is 503 in time and the rest works. When it is back, so are
// we, without a restart.
func TestThreat_FLT01_DatabaseAway(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		c := newCompany(t, r.open(t, 4, time.Second))
		c.works(t)
		for _, how := range []struct {
			name   string
			admit  faultproxy.Admission
			fault  faultproxy.Fault
			within time.Duration
		}{
			{"refused", faultproxy.Refuse, faultproxy.Fault{}, time.Second},
			{"ignored", faultproxy.Ignore, faultproxy.Fault{}, 3 * time.Second},
			{"stuck", faultproxy.Admit, faultproxy.Fault{Kind: faultproxy.HoleBefore, At: 1, Run: faultproxy.Always}, 3 * time.Second},
		} {
			t.Run(how.name, func(t *testing.T) {
				r.proxy.Connections(how.admit)
				r.proxy.Arm(how.fault)
				if how.admit != faultproxy.Admit {
					r.proxy.Cut()
				}
				c.away(t, how.within)
				r.proxy.Heal()
				c.recovers(t)
			})
		}
	})
}
