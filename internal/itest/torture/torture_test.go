//go:build unix

package torture

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/internal/itest/torture/history"
)

func TestMain(m *testing.M) {
	Replica()
	os.Exit(m.Run())
}

// each is how long a run lasts here; make torture takes ten minutes.
const each = 20 * time.Second

// CRH12, INV-A1, INV-F1, INV-F6, INV-R1, INV-R2: three replicas over one database, which are killed, cut off and
// stopped while many use them.
func TestThreat_CRH12_INVF1_INVR1_Torture(t *testing.T) {
	for _, store := range []string{"sqlite", "postgres", "mysql"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			o := Options{Store: store, For: each, Callers: 8, Seed: uint64(time.Now().UnixNano())}
			database(t, &o)
			report, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(report.String())
			if len(report.Violations) > 0 {
				t.Errorf("%d violations", len(report.Violations))
			}
			if report.Grants < 10 || report.Purged == 0 || report.SigningKeys < 4 || len(report.Faults) == 0 {
				t.Error("the run has shown too little")
			}
		})
	}
}

// database gives the run a server of its own, to be killed, or else a database on the one that tests have.
func database(t *testing.T, o *Options) {
	t.Helper()
	given, shared := map[string]string{"postgres": "KEYWRIGHT_TEST_POSTGRES", "mysql": "KEYWRIGHT_TEST_MYSQL"}[o.Store],
		map[string]func(testing.TB) string{"postgres": databases.Postgres, "mysql": databases.MySQL}[o.Store]
	if given == "" || os.Getenv(given) == "" {
		remove, err := o.Private(context.WithoutCancel(t.Context()))
		if err == nil {
			t.Cleanup(func() {
				if err := remove(); err != nil {
					t.Error(err)
				}
			})
			return
		}
		var missing *dbserver.MissingError
		if !errors.As(err, &missing) {
			t.Fatal(err)
		}
	}
	o.DSN = shared(t)
}

// Stores that are broken on purpose are found, each by what it breaks.
func TestTortureFindsBrokenStores(t *testing.T) {
	for name, wants := range map[string][]history.Fault{
		BlindWrites:  {history.DoubleRedemption, history.Resurrected},
		LostWrites:   {history.LostGrant, history.OutageRefusal, history.Resurrected},
		GoneGrants:   {history.LostGrant, history.OutageRefusal},
		GoneSessions: {history.LostSession},
		StaleReads:   {history.ForkedFamily},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rounds = 8
			for seed := range rounds { // each longer than the one before: the machine may be busy
				o := Options{
					Store: "sqlite", DSN: filepath.Join(t.TempDir(), "broken.db"), For: time.Duration(2+seed) * time.Second,
					Callers: 6, Seed: uint64(seed), Broken: name,
				}
				report, err := Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				counts := report.Count()
				if slices.ContainsFunc(wants, func(f history.Fault) bool { return counts[f] > 0 }) {
					t.Logf("found in round %d", seed+1)
					return
				}
				t.Logf("round %d: %v", seed+1, counts)
			}
			t.Errorf("not found in %d rounds", rounds)
		})
	}
}
