package outages

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// FLT06 behind a pooler, where statements are not prepared: also a driver that
// writes parameters into the text, and takes a lost answer for a connection that
// was never used, does nothing twice.
func TestThreat_FLT06_NothingIsDoneTwiceBehindAPooler(t *testing.T) {
	t.Parallel()
	server := databases.PostgresServer(t, dbserver.Options{})
	pooler := databases.PgBouncer(t, server, dbserver.Options{Settings: map[string]string{"pool_mode": "transaction"}})
	r := &rig{server: faultproxy.Postgres, beside: server.DSN(""), proxy: faultproxy.Start(t, faultproxy.Postgres, pooler.Address())}
	r.dsn = pooler.DSNAt(r.proxy.Addr(), "")
	for _, how := range []struct {
		name string
		open func(t *testing.T) core.Database
	}{
		{"Open", func(t *testing.T) core.Database { t.Helper(); return r.open(t, 2, 10*time.Second) }},
		{"New with the simple protocol", func(t *testing.T) core.Database {
			t.Helper()
			config, err := pgx.ParseConfig(r.dsn)
			must(t, err)
			config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
			db, err := postgres.New(t.Context(), stdlib.OpenDB(*config))
			must(t, err)
			t.Cleanup(func() { _ = db.Close() })
			return db
		}},
	} {
		t.Run(how.name, func(t *testing.T) {
			store, sure := how.open(t), r.direct(t)
			for at := 1; ; at++ {
				struck := false
				for n, w := range writes() {
					view := core.ID{byte(len(how.name)), byte(at), byte(n)}
					f := faultproxy.Fault{At: at, Kind: faultproxy.CutAfter}
					struck = once(t, r, w, store.Tenant(view), sure.Tenant(view), f) || struck
				}
				if !struck || t.Failed() {
					break
				}
			}
		})
	}
}
