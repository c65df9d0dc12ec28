package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"database/sql"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

const crashFile = "KEYWRIGHT_TEST_CRASH_FILE"

// TestMain lets this binary run again as a process that only writes, to be
// killed while it does.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		writeForever(path)
	}
	os.Exit(m.Run())
}

var crashTenant = core.ID{1}

// writeForever creates grants from many callers, each with an event, and prints
// each id once it was answered.
func writeForever(path string) {
	db, err := sqlite.Open(context.Background(), path)
	if err == nil {
		err = db.Migrate(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	for range 8 {
		go func() {
			for {
				g := sample()
				if err := db.Tenant(crashTenant).CreateGrant(context.Background(), g, eventOf(g)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				_, _ = fmt.Println(g.ID)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func TestThreat_FLT24_KilledWritersLoseNothingAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash.db")
	var answered []core.ID
	for range 30 {
		answered = append(answered, killWriter(t, path)...)
	}
	db := openAt(t, path)
	for _, id := range answered {
		if _, _, err := db.Tenant(crashTenant).Grant(t.Context(), id); err != nil {
			t.Fatalf("a grant that was answered: %v", err)
		}
	}
	raw := rawDB(t, path)
	var ok string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&ok); err != nil || ok != "ok" {
		t.Fatal(ok, err)
	}
	var halves int
	const half = `SELECT (SELECT COUNT(*) FROM grants) - (SELECT COUNT(*) FROM events) + (SELECT COUNT(*)
		FROM grants WHERE (tenant, id) NOT IN (SELECT tenant, thing FROM events WHERE thing IS NOT NULL))`
	if err := raw.QueryRow(half).Scan(&halves); err != nil || halves != 0 {
		t.Fatalf("%d grants without their event: %v", halves, err)
	}
	if len(answered) < 100 {
		t.Fatalf("only %d writes were answered", len(answered))
	}
	t.Logf("%d answered writes over 30 kills", len(answered))
}

// killWriter runs a writer, kills it after some answers and returns those.
func killWriter(t *testing.T, path string) (answered []core.ID) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	writer := exec.CommandContext(t.Context(), exe)
	writer.Env = append(os.Environ(), crashFile+"="+path)
	writer.Stderr = os.Stderr
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	stop, lines := 1+rand.IntN(200), bufio.NewScanner(out)
	for lines.Scan() {
		id, err := core.ParseID(lines.Text())
		if err != nil {
			continue // cut off by the kill
		}
		if answered = append(answered, id); len(answered) == stop {
			_ = writer.Process.Kill()
		}
	}
	if writer.Wait() == nil {
		t.Fatal("the writer ended by itself")
	}
	return answered
}

func rawDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

func sample() core.Grant {
	now := time.Now()
	return core.Grant{
		ID: core.NewID(now), State: core.GrantActive, Account: core.NewID(now), Client: "demo", Session: core.NewID(now),
		Row: core.Row{Change: core.NewID(now), KeepUntil: core.Instant(now.Add(24 * time.Hour))},
		GrantTerms: core.GrantTerms{
			Lane: core.LaneSeeded, AuthMethod: core.AuthNone, Challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
			Access: []core.Access{{Scopes: []string{"openid", "profile", "offline_access"}}}, AMR: []string{"pwd"},
			AuthTime: core.Instant(now), CreatedAt: core.Instant(now), Ends: core.Instant(now.Add(time.Hour)),
			Secret: core.Hash{1}, Generation: 1, Refreshable: true, Offline: true,
		},
	}
}

func eventOf(g core.Grant) core.Event {
	return core.Event{ID: core.NewID(time.Now()), At: g.CreatedAt, Name: core.EventGrantCreated, Thing: g.ID, Version: 1}
}
