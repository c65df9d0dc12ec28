package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/keywright/keywright/core"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// paper is a database that notes what is asked of it and can fail to commit.
type paper struct {
	direct  bool // is spoken to without database/sql
	begun   bool
	commit  error
	commits int
	undone  int
}

func (p *paper) Connect(context.Context) (driver.Conn, error) { return p, nil }
func (p *paper) Driver() driver.Driver                        { return nil }
func (p *paper) Prepare(string) (driver.Stmt, error)          { return note{}, nil }
func (p *paper) Close() error                                 { return nil }
func (p *paper) Begin() (driver.Tx, error)                    { return p, nil }
func (p *paper) Rollback() error                              { p.undone++; return nil }

func (p *paper) Commit() error {
	p.commits++
	return p.commit
}

// slip is paper that is lent.
type slip struct{ *paper }

func (s slip) Read(do func(Connection)) error              { do(s); return nil }
func (s slip) Write(do func(Connection)) error             { do(s); return nil }
func (s slip) Query(*Statement, []any) (Rows, error)       { return Rows{}, nil }
func (s slip) Exec(*Statement, []any) (n int64, err error) { return 1, nil }
func (s slip) Do(string) error                             { return nil }
func (s slip) Begin() error                                { s.begun = true; return nil }

func (s slip) Commit() error {
	s.begun = false
	return s.paper.Commit()
}

func (s slip) Rollback() error {
	if !s.begun {
		return nil
	}
	s.begun = false
	return s.paper.Rollback()
}

// bothWays runs a test through database/sql and without it.
func bothWays(t *testing.T, test func(t *testing.T, p *paper)) {
	t.Run("pool", func(t *testing.T) { test(t, &paper{}) })
	t.Run("direct", func(t *testing.T) { test(t, &paper{direct: true}) })
}

// note is a statement on paper.
type note struct{}

func (note) Close() error                               { return nil }
func (note) NumInput() int                              { return -1 }
func (note) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(1), nil }
func (note) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.ErrUnsupported }

func paperDB(p *paper) *DB {
	pool := sql.OpenDB(p)
	pool.SetMaxOpenConns(1)
	var o Options
	if p.direct {
		o.Direct = slip{p}
	}
	return New(Dialect{
		Bun: sqlitedialect.New(), Gather: true,
		Text:     func(text string) string { return text },
		Take:     func(int) string { return "" },
		Classify: func(error) (Class, string) { return Fault, "on paper" },
	}, pool, pool, o)
}

// batch lets one job write while all others queue, and gives their answers.
func batch(t *testing.T, p *paper, jobs ...func(runner) error) []error {
	t.Helper()
	errs := make([]error, len(jobs))
	synctest.Test(t, func(t *testing.T) {
		db := paperDB(p)
		hold := make(chan struct{})
		var wait sync.WaitGroup
		wait.Go(func() {
			_ = db.write(t.Context(), false, func(runner) error { <-hold; return nil })
		})
		synctest.Wait()
		for n, run := range jobs {
			wait.Go(func() {
				defer func() {
					if r := recover(); r != nil {
						errs[n] = fmt.Errorf("panic: %v", r)
					}
				}()
				errs[n] = db.write(t.Context(), true, run)
			})
			synctest.Wait()
		}
		close(hold)
		wait.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return errs
}

func fine(runner) error { return nil }

func TestGathererSharesOneCommit(t *testing.T) { bothWays(t, sharesOneCommit) }

func sharesOneCommit(t *testing.T, p *paper) {
	refused := func(runner) error { return core.ErrConflict }
	errs := batch(t, p, fine, refused, fine)
	if errs[0] != nil || errs[2] != nil || !errors.Is(errs[1], core.ErrConflict) || p.commits != 1 {
		t.Errorf("%v after %d commits", errs, p.commits)
	}
}

func TestThreat_FLT05_FailedCommitIsUnknownToAll(t *testing.T) { bothWays(t, unknownToAll) }

func unknownToAll(t *testing.T, p *paper) {
	p.commit = errors.New("disk")
	for n, err := range batch(t, p, fine, fine, fine) {
		if !errors.Is(err, core.ErrUnavailable) || errors.Is(err, core.ErrConflict) {
			t.Errorf("caller %d: %v", n, err)
		}
	}
	if p.commits != 1 {
		t.Errorf("%d commits: what may have been written must not be repeated", p.commits)
	}
}

func TestGathererRunsJobsSinglyAfterAFault(t *testing.T) { bothWays(t, singlyAfterAFault) }

func singlyAfterAFault(t *testing.T, p *paper) {
	broken := func(runner) error { return &fault{class: Fault, text: "a column"} }
	errs := batch(t, p, fine, broken, fine)
	if errs[0] != nil || errs[2] != nil || errs[1] == nil || p.commits != 2 || p.undone != 2 {
		t.Errorf("%v after %d commits and %d rollbacks", errs, p.commits, p.undone)
	}
}

// What one job wrote is undone where another of its batch panics; that must not
// pass for written.
func TestThreat_FLT05_PanicInABatchIsUnknownToAll(t *testing.T) { bothWays(t, panicIsUnknown) }

func panicIsUnknown(t *testing.T, p *paper) {
	errs := batch(t, p, fine, fine, func(runner) error { panic("a driver") }, fine)
	if errs[0] == nil || errs[0].Error() != "panic: a driver" {
		t.Errorf("the one that wrote for all: %v", errs[0])
	}
	for n, err := range errs[1:] {
		if !errors.Is(err, core.ErrUnavailable) {
			t.Errorf("caller %d: %v after %d commits and %d rollbacks", n+1, err, p.commits, p.undone)
		}
	}
	if p.commits != 0 || p.undone != 1 {
		t.Errorf("%d commits and %d rollbacks", p.commits, p.undone)
	}
}

func TestThreat_FLT16_CancelledInTheQueueWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := paperDB(&paper{})
		hold := make(chan struct{})
		var wait sync.WaitGroup
		wait.Go(func() {
			_ = db.write(t.Context(), false, func(runner) error { <-hold; return nil })
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		wait.Go(func() {
			err := db.write(ctx, false, func(runner) error { t.Error("ran"); return nil })
			if !errors.Is(err, context.Canceled) || errors.Is(err, core.ErrUnavailable) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(hold)
		wait.Wait()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTakeRoundsNameNoKeyTwice(t *testing.T) {
	limits := make([]core.Limit, 0, 12)
	for n := range 12 {
		limits = append(limits, core.Limit{Key: core.Hash{byte(n % 10)}})
	}
	seen := 0
	for _, round := range takeRounds(limits) {
		keys := map[core.Hash]bool{}
		for _, n := range round {
			if keys[limits[n].Key] {
				t.Errorf("%v names a key twice", round)
			}
			keys[limits[n].Key] = true
			seen++
		}
		if len(round) > maxTakes {
			t.Errorf("a round of %d", len(round))
		}
	}
	if seen != len(limits) {
		t.Errorf("%d of %d counted", seen, len(limits))
	}
}
