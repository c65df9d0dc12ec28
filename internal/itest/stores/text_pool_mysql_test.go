package stores

import (
	"database/sql"
	"sync"
	"testing"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/itest/databases"
)

// A pool of the caller's own may speak text: rows whose bytes are no text, end in
// blanks or differ by case alone are told apart all the same.
func TestThreat_SQL05_MySQLTellsRowsApartOnATextPool(t *testing.T) {
	for name, with := range map[string]map[string]string{
		"general_ci": {"collation_connection": "utf8mb4_general_ci", "sql_mode": "'STRICT_ALL_TABLES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'"},
		"gone plain": {"sql_mode": "'STRICT_ALL_TABLES'"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := mysqldriver.ParseDSN(databases.MySQL(t))
			if err != nil {
				t.Fatal(err)
			}
			c.Params = map[string]string{"character_set_client": "utf8mb4", "character_set_connection": "utf8mb4", "tx_isolation": "'READ-COMMITTED'"}
			for n, v := range with {
				c.Params[n] = v
			}
			c.ClientFoundRows, c.RejectReadOnly = true, true
			pool, err := sql.Open("mysql", c.FormatDSN())
			if err != nil {
				t.Fatal(err)
			}
			db, err := mysql.New(t.Context(), pool, mysql.Timeout(20*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			migrate(t, db, err)
			s := newTenant(t, db)
			var rows []core.Grant
			clients := []string{"app", "APP", "app ", "app  ", "app\x00", "app\xff", "\xff\xfe", "1:", "'", "\\", "ä", "a\u0308", "app"}
			base := core.NewID(core.Instant(time.Now()))
			for i, client := range clients {
				g := newGrant(core.Instant(time.Now()))
				g.Client = client
				g.ID = base
				g.ID[15] = []byte{'a', 'A', ' ', 0, 0xff, ':', '0', '1', 'b', 'B', '\'', '\\', 0x80}[i]
				if err := s.CreateGrant(t.Context(), g); err != nil {
					t.Fatal(err)
				}
				g.Version = 1
				rows = append(rows, g)
			}
			tellsApart(t, s, rows)
		})
	}
}

// tellsApart changes and reads all rows at once, round by round; some are refused.
func tellsApart(t *testing.T, s core.Store, rows []core.Grant) {
	t.Helper()
	for round := range 20 {
		var all sync.WaitGroup
		for i := range rows {
			all.Go(func() {
				next := changed(rows[i], string(rune('a'+i))+string(rune('a'+round)))
				stale := i%4 == 3 && round%2 == 1
				if stale {
					next.Client = []string{"APP", "app"}[i%2] + " "
					next.Version--
				}
				err := s.UpdateGrant(t.Context(), next)
				if stale != (err != nil) {
					t.Errorf("row %d: %v", i, err)
				}
				if err == nil {
					next.Version++
					rows[i] = next
				}
			})
		}
		all.Wait()
		for i := range rows {
			all.Go(func() {
				got, _, err := s.Grant(t.Context(), rows[i].ID)
				if err != nil || got.Client != rows[i].Client || got.Change != rows[i].Change || got.Version != rows[i].Version || got.Reason != rows[i].Reason {
					t.Errorf("row %d: %q %q %d %v", i, got.Client, got.Reason, got.Version, err)
				}
			})
		}
		all.Wait()
	}
}
