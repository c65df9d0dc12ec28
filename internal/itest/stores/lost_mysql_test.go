package stores

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
)

// TestMySQLLostConnectionsAnswerNothingWrong: whose connection is killed is told so,
// and whoever is told that it won or was refused was. Each row has one caller. A
// server cuts the connection first and ends the statement afterwards: one that was
// being committed still is, some milliseconds after its caller was told that nobody
// knows, and also after a read that did not see it. So what a caller is refused by
// can be a write of its own of unknown outcome, and nothing else.
func TestMySQLLostConnectionsAnswerNothingWrong(t *testing.T) {
	dsn := databases.MySQL(t)
	s := newTenant(t, openMySQL(t, dsn, 8))
	ctx, stop := context.WithCancel(t.Context())
	var killer, all sync.WaitGroup
	rows := grants(t, s, meet)
	killer.Go(func() { killAll(ctx, connect(t, "mysql", dsn)) })
	callers := make([]onlyCaller, meet)
	for n := range callers {
		callers[n] = onlyCaller{t: t, s: s, known: rows[n]}
		all.Go(func() {
			for range 60 {
				callers[n].write()
			}
		})
	}
	all.Wait()
	stop()
	killer.Wait()
	lost, late := 0, 0
	for n := range callers {
		callers[n].read(true)
		lost, late = lost+callers[n].lost, late+callers[n].late
	}
	if t.Logf("%d writes of unknown outcome, %d of them refused the next one", lost, late); lost == 0 {
		t.Log("no write was lost: this shows little")
	}
}

// onlyCaller is the only one who writes a row.
type onlyCaller struct {
	t          *testing.T
	s          core.Store
	known      core.Grant   // the last that is known to have stood, with its version
	open       []core.Grant // one of which may take its place yet: writes of unknown outcome
	lost, late int
}

// read gives the row as it stands: as it is known to be, or as one write of
// unknown outcome made it. It may fail as often as connections are lost, but where
// it must not.
func (c *onlyCaller) read(must bool) (core.Grant, bool) {
	g, _, err := c.s.Grant(c.t.Context(), c.known.ID)
	for n := 0; must && err != nil && n < 100; n++ {
		g, _, err = c.s.Grant(c.t.Context(), c.known.ID)
	}
	if err != nil {
		if must || !errors.Is(err, core.ErrUnavailable) {
			c.t.Errorf("a read: %v", err)
		}
		return g, false
	}
	if n := slices.IndexFunc(c.open, func(o core.Grant) bool { return o.Change == g.Change }); n >= 0 {
		c.stands(c.open[n])
	}
	if g.Change != c.known.Change || g.Version != c.known.Version || g.Reason != c.known.Reason {
		c.t.Errorf("version %d where %d was known, or what nobody wrote", g.Version, c.known.Version)
	}
	return g, true
}

// stands says that a write took place. All that are open wanted the same version.
func (c *onlyCaller) stands(g core.Grant) {
	g.Version++
	c.known, c.open = g, nil
}

// write changes the row from a fresh read. Whatever it is told, the row has to be
// like that.
func (c *onlyCaller) write() {
	g, ok := c.read(false)
	if !ok {
		return
	}
	before, next := c.known.Version, changed(g, fmt.Sprint(rand.Int()))
	switch err := c.s.UpdateGrant(c.t.Context(), next); {
	case err == nil:
		c.stands(next)
	case errors.Is(err, core.ErrUnavailable):
		c.lost++
		c.open = append(c.open, next)
	case errors.Is(err, core.ErrConflict):
		if len(c.open) == 0 {
			c.t.Errorf("refused, and nobody else has written: %v", err)
		}
		if _, ok := c.read(true); ok && c.known.Version != before+1 {
			c.t.Errorf("refused, and the row has not moved: %v", err)
		}
		c.late++
	default:
		c.t.Errorf("the only caller for this row: %v", err)
	}
	c.read(false)
}

// killAll ends the other connections of a database, again and again.
func killAll(ctx context.Context, admin *sql.DB) {
	for ctx.Err() == nil {
		sessions, err := dbserver.MySQLSessions(ctx, admin)
		if err != nil {
			continue
		}
		for _, s := range sessions {
			if s.Command == "Execute" {
				_, _ = admin.ExecContext(ctx, fmt.Sprint("KILL ", s.ID))
			}
		}
	}
}
