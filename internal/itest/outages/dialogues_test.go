package outages

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/itest/dialogues"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// The dialogue that holds sign-in, redemption, rotation, introspection and
// revocation. The others are swept call by call, in package dialogues.
const swept = "../dialogues/testdata/whole_life.txtar"

// loss is a way to lose the n-th request.
type loss struct {
	name string
	// kinds take turns, so that of the two losses one meets each request before
	// the server has seen it, and the other after it did it.
	kinds []faultproxy.Kind
	// outage refuses every connection from then on, until somebody is told.
	outage bool
}

var losses = []loss{
	{"once", []faultproxy.Kind{
		faultproxy.CutBefore, faultproxy.CutAfter, faultproxy.ResetBefore, faultproxy.ResetAfter, faultproxy.HalfRequest, faultproxy.HalfAnswer,
	}, false},
	{"outage", []faultproxy.Kind{faultproxy.CutAfter, faultproxy.CutBefore}, true},
}

// FLT02 to FLT07 and FLT11: each request of a dialogue to the server is lost in
// turn.
func TestThreat_FLT02_FLT04_FLT05_FLT11_DialoguesSurviveALostRequest(t *testing.T) {
	t.Parallel()
	template := dialogues.NewTemplate(t)
	servers(t, func(t *testing.T, r *rig) {
		beside, admin := r.direct(t), r.admin(t)
		for _, l := range losses {
			t.Run(l.name, func(t *testing.T) { // one after another: they share the proxy and the database
				store := r.open(t, connectionsFor(l), 10*time.Second)
				dialogue.Sweep(t, swept, func(t *testing.T) (dialogue.World, dialogue.Fault) {
					r.proxy.Heal()
					wipe(t, r.server, admin)
					template.Put(t, beside)
					return lossy(t, r, l, template, store, beside.Tenant(template.Tenant()))
				})
			})
		}
	})
}

// connectionsFor is one for an outage, so that no other connection is left.
func connectionsFor(l loss) int {
	if l.outage {
		return 1
	}
	return 2
}

// lossy is a world that loses requests to the server.
func lossy(t *testing.T, r *rig, l loss, m *dialogues.Template, store core.Database, sure core.Store) (dialogue.World, dialogue.Fault) {
	t.Helper()
	w, p := m.World(t, store)
	struck := ""
	return w, dialogue.Fault{
		Arm: func(n int) {
			f := faultproxy.Fault{At: n, Kind: l.kinds[n%len(l.kinds)]}
			if l.outage {
				f.Call = func() { r.proxy.Connections(faultproxy.Refuse) }
			}
			r.proxy.Arm(f)
		},
		Heal: func() {
			if s := strings.Join(r.proxy.Struck(), " "); s != "" {
				struck = s
			}
			r.proxy.Heal()
			dialogues.Delivered(t, p)
		},
		Struck: func() string { return struck + strings.Join(r.proxy.Struck(), " ") },
		Kept:   func() string { return dialogues.Kept(t, sure, l.outage) },
		Instead: func(answer string) bool {
			return l.outage && dialogues.Instead(answer, dialogues.Kept(t, sure, true), "")
		},
	}
}

// wipe empties every table but those of the schema's own.
func wipe(t *testing.T, server faultproxy.Server, admin *sql.DB) {
	t.Helper()
	all := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'schema%'"
	if server == faultproxy.MySQL {
		all = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT LIKE 'schema%'"
	}
	rows, err := admin.QueryContext(t.Context(), all)
	must(t, err)
	var tables []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	must(t, rows.Err())
	for _, table := range tables {
		run(t, admin, "DELETE FROM "+table) // few rows: quicker than to truncate
	}
}

func fmtError(statement string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
