package outages

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// FLT17: the tablespace of the server may not grow any more. Writes are 503 and
// leave nothing by half, reads go on; with room again it goes on without a
// restart. What Postgres says of a full disk is in what servers say.
func TestThreat_FLT17_TablespaceFull(t *testing.T) {
	t.Parallel()
	t.Run("mysql", func(t *testing.T) {
		o := newOwn(t, faultproxy.MySQL, map[string]string{
			"innodb_file_per_table": "OFF", "innodb_data_file_path": "ibdata1:12M:autoextend:max:24M",
		})
		db := o.openAt(t, o.beside, 4, 20*time.Second)
		c := newCompany(t, db)
		s := db.Tenant(tenant)
		big := func() error {
			g := grant()
			g.Claims = strings.Repeat("x", 8000)
			return s.CreateGrant(t.Context(), g, event(g.ID))
		}
		full, n := error(nil), 0
		for ; full == nil && n < 5000; n++ {
			full = big()
		}
		if !errors.Is(full, core.ErrUnavailable) {
			t.Fatalf("after %d grants: %v", n, full)
		}
		if got := c.app.Post("/introspect", map[string][]string{"token": {c.tokens.Access}}); got.Status != http.StatusOK {
			t.Errorf("a read: %d %s", got.Status, got.Body)
		}
		const half = "SELECT COUNT(*) FROM app.grants g WHERE g.tenant = %s AND NOT EXISTS (SELECT 1 FROM app.events e WHERE e.tenant = g.tenant AND e.thing = g.id)"
		var halves int
		if err := o.root.QueryRow(fmt.Sprintf(half, o.bytes(tenant))).Scan(&halves); err != nil || halves != 0 {
			t.Errorf("%d halves: %v", halves, err)
		}
		run(t, o.root, "DELETE FROM app.grants WHERE tenant = "+o.bytes(tenant))
		c.recovers(t)
		until(t, func() string { return wrong("with room again", big()) }) // the server sweeps when it likes
	})
}
