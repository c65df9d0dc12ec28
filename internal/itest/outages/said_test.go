package outages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// strike is what a server says of a change of a grant, so many times. It is
// raised by a trigger, which counts outside of transactions.
type strike struct {
	name     string
	postgres string // SQLSTATE
	mysql    int    // number; 0 where there is no such thing
	atCommit bool   // and not before
	again    bool   // the unit may be tried again
}

var strikes = []strike{
	{"deadlock", "40P01", 1213, false, true},
	{"serialisation failure", "40001", 1213, false, true},
	{"lock not available", "55P03", 1205, false, true},
	{"serialisation failure at the commit", "40001", 0, true, true},
	{"disk full", "53100", 1021, false, false},
	{"table full", "53100", 1114, false, false},
	{"out of memory", "53200", 1041, false, false},
	{"I/O error at the commit", "58030", 0, true, false},
	{"cancelled", "57014", 1317, false, false},
}

// strike makes the server say it for the next times changes of grants.
func (r *rig) strike(t *testing.T, admin *sql.DB, s strike, times int) {
	t.Helper()
	statements := []string{
		"DROP TRIGGER IF EXISTS strike ON grants", "DROP SEQUENCE IF EXISTS strikes", "CREATE SEQUENCE strikes",
		fmt.Sprintf("CREATE OR REPLACE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"+
			" IF nextval('strikes') <= %d THEN RAISE EXCEPTION 'struck' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$", times, s.postgres),
		"CREATE TRIGGER strike BEFORE UPDATE ON grants FOR EACH ROW EXECUTE FUNCTION strike()",
	}
	if s.atCommit {
		statements[4] = "CREATE CONSTRAINT TRIGGER strike AFTER UPDATE ON grants DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION strike()"
	}
	if r.server == faultproxy.MySQL {
		statements = []string{
			"DROP TRIGGER IF EXISTS strike", "DROP TABLE IF EXISTS strikes",
			"CREATE TABLE strikes (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB", // numbers are not given back
			fmt.Sprintf("CREATE TRIGGER strike BEFORE UPDATE ON grants FOR EACH ROW BEGIN INSERT INTO strikes VALUES (NULL);"+
				" IF LAST_INSERT_ID() <= %d THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = %d; END IF; END", times, s.mysql),
		}
	}
	for _, statement := range statements {
		run(t, admin, statement)
	}
}

// FLT05, FLT12, FLT17: what a server says of a statement or of a commit. What
// cannot have happened is tried again, a few times; everything else is told as
// unavailable at once; and nothing is there twice or by half.
func TestThreat_FLT05_FLT12_FLT17_WhatTheServerSays(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		store, admin := r.open(t, 2, 20*time.Second).Tenant(tenant), r.admin(t)
		for _, s := range strikes {
			if r.server == faultproxy.MySQL && s.mysql == 0 {
				continue
			}
			for times, want := range map[int]error{1: nil, 3: nil, 1000: core.ErrUnavailable} {
				if !s.again {
					want = core.ErrUnavailable
				}
				for _, events := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s %d times, events %v", s.name, times, events), func(t *testing.T) {
						r.strike(t, admin, s, times)
						g := grant()
						must(t, store.CreateGrant(t.Context(), g))
						change(t, store, g, events, want)
					})
				}
			}
		}
	})
}

// change changes a grant and checks that it is changed if that was answered,
// and not otherwise.
func change(t *testing.T, s core.Store, g core.Grant, events bool, want error) {
	t.Helper()
	g.Version, g.Change, g.Generation = 1, id(), 2
	var with []core.Event
	if events {
		with = append(with, event(g.ID))
	}
	err := s.UpdateGrant(t.Context(), g, with...)
	if !errors.Is(err, want) {
		t.Errorf("answered %v, want %v", err, want)
	}
	version := uint64(1)
	if err == nil {
		version++
	}
	if found, _, err := s.Grant(t.Context(), g.ID); err != nil || found.Version != version {
		t.Errorf("version %d, want %d: %v", found.Version, version, err)
	}
	stored, err := s.Events(t.Context(), core.EventFilter{}, core.PageOf{Limit: 1000})
	must(t, err)
	count := uint64(0)
	for _, e := range stored {
		if e.Thing == g.ID {
			count++
		}
	}
	if events && count != version-1 {
		t.Errorf("%d events of version %d", count, version)
	}
}

// FLT12, at the endpoint: beyond the retries it is a 503, and later a success.
func TestThreat_FLT12_BeyondTheRetries(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		c, admin := newCompany(t, r.open(t, 2, 20*time.Second)), r.admin(t)
		r.strike(t, admin, strikes[0], 1000)
		revoke := func() providertest.Answer { return c.app.Post("/revoke", url.Values{"token": {c.tokens.Refresh}}) }
		for range 2 {
			if got := revoke(); got.Status != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		}
		r.strike(t, admin, strikes[0], 2)
		if got := revoke(); got.Status != http.StatusOK {
			t.Errorf("%d %s", got.Status, got.Body)
		}
		if got := c.app.Refresh(c.tokens.Refresh); got.Error != "invalid_grant" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	})
}

// kill ends the sessions at the server of what is connected through the proxy.
func (r *rig) kill(admin *sql.DB) error {
	ports := strings.Trim(strings.ReplaceAll(fmt.Sprint(append(r.proxy.Ports(), 0)), " ", ", "), "[]")
	if r.server == faultproxy.Postgres {
		_, err := admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port IN (" + ports + ")")
		return err
	}
	sessions, err := dbserver.MySQLSessions(context.Background(), admin)
	for _, s := range sessions {
		_, port, _ := net.SplitHostPort(s.Address)
		if slices.Contains(strings.Split(ports, ", "), port) {
			_, _ = admin.Exec(fmt.Sprintf("KILL %d", s.ID)) // it may have gone
		}
	}
	return err
}

// FLT03, FLT04: somebody ends the sessions at the server, while any request of a
// write is on its way.
func TestThreat_FLT03_FLT04_SessionsKilled(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, r *rig) {
		store, sure, admin := r.open(t, 2, 20*time.Second), r.direct(t), r.admin(t)
		n := byte(0)
		for at := 1; ; at++ {
			struck := false
			for _, w := range writes() {
				n++
				view := core.ID{2, byte(at), n}
				f := faultproxy.Fault{At: at, Call: func() {
					if err := r.kill(admin); err != nil {
						t.Error(err)
					}
				}}
				struck = once(t, r, w, store.Tenant(view), sure.Tenant(view), f) || struck
			}
			if !struck || t.Failed() {
				break
			}
		}
	})
}
