package migrations

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The connection is lost with every request that Migrate makes, one after
// another, each before or after it has taken effect. Whoever comes next goes on,
// and in the end nobody can tell.
func TestThreat_MIG04_DeathAtEveryStatement(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		undisturbed := e.fresh(t)
		e.migrated(t, undisturbed)
		want := e.whole(t, undisturbed)
		for name, after := range map[string]bool{"before": false, "after": true} {
			t.Run(name, func(t *testing.T) {
				dsn := e.fresh(t)
				deaths := e.dieEverywhere(t, dsn, &cutter{after: after})
				if diff := cmp.Diff(want, e.whole(t, dsn)); diff != "" {
					t.Errorf("after %d deaths:\n%s", deaths, diff)
				}
				if err := e.opened(t, dsn, 1).Ready(t.Context()); err != nil {
					t.Error(err)
				}
				if deaths < 60 { // statements there are in the steps
					t.Errorf("only %d deaths", deaths)
				}
				t.Logf("%d deaths", deaths)
			})
		}
	})
}

// dieEverywhere migrates until no request is lost any more.
func (e engine) dieEverywhere(t *testing.T, dsn string, c *cutter) (deaths int) {
	t.Helper()
	for {
		db, err := e.cut(t.Context(), dsn, c)
		if err != nil {
			t.Fatal(err)
		}
		c.arm()
		err = db.Migrate(t.Context())
		lost := c.disarm()
		_ = db.Close()
		if lost == "" {
			if err != nil {
				t.Fatalf("undisturbed after %d deaths: %v", deaths, err)
			}
			return deaths
		}
		deaths++
	}
}

const (
	childEngine = "KEYWRIGHT_TEST_MIGRATE"
	childDSN    = "KEYWRIGHT_TEST_MIGRATE_DSN"
	childKill   = "KEYWRIGHT_TEST_MIGRATE_KILL"
)

// child migrates as a process of its own.
func child(ctx context.Context, name string) error {
	n, err := strconv.Atoi(os.Getenv(childKill))
	if err != nil {
		return err
	}
	for _, e := range engines {
		if e.name == name {
			db, err := e.cut(ctx, os.Getenv(childDSN), &cutter{killWith: n})
			if err != nil {
				return err
			}
			return errors.Join(db.Migrate(ctx), db.Close())
		}
	}
	return fmt.Errorf("no database is called %s", name)
}

// process is a child that kills itself with its n-th request; 0 is never.
func (e engine) process(t *testing.T, dsn string, n int) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childEngine+"="+e.name, childDSN+"="+dsn, childKill+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	return cmd
}

// Processes are killed with a request on its way, each some requests later than
// the one before.
func TestThreat_MIG04_KilledProcesses(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		undisturbed, dsn := e.fresh(t), e.fresh(t)
		e.migrated(t, undisturbed)
		want := e.whole(t, undisturbed)
		killed := 0
		for n := 12; ; n += 9 {
			err := e.process(t, dsn, n).Run()
			if err == nil {
				break
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatal(err)
			}
			killed++
		}
		if diff := cmp.Diff(want, e.whole(t, dsn)); diff != "" || killed < 3 {
			t.Errorf("after %d kills:\n%s", killed, diff)
		}
	})
}
