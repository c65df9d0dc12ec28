//go:build unix

package databases

import (
	"os"
	"testing"

	"github.com/keywright/keywright/internal/dbserver"
)

// Galera starts a cluster of the test's own. The test skips where MariaDB or the
// library is not installed.
func Galera(t testing.TB, nodes int, o dbserver.Options) *dbserver.Galera {
	t.Helper()
	if os.Getenv(mysql.variable) == none {
		t.Skip(mysql.without())
	}
	g, err := dbserver.StartGalera(t.Context(), nodes, o)
	skipped(t, err)
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}
