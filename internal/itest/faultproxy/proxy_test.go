package faultproxy_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/itest/faultproxy"
)

// A request is lost as its kind says: done or not done by the server, and the
// client is told nothing of it.
func TestKinds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n, kind := range faultproxy.Kinds() {
			t.Run(kind.String(), func(t *testing.T) { w.loseSecond(t, kind, 10*n) })
		}
	})
}

// loseSecond adds three rows and loses the second.
func (w *world) loseSecond(t *testing.T, kind faultproxy.Kind, first int) {
	t.Helper()
	before := w.rows(t)
	w.proxy.Arm(faultproxy.Fault{Kind: kind, At: 2, Match: inserts})
	if err := w.add(t.Context(), first); err != nil {
		t.Fatalf("the first: %v", err)
	}
	ctx, cancel := t.Context(), func() {}
	if kind.Silent() {
		ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
	}
	defer cancel()
	err := w.add(ctx, first+1)
	if err == nil || kind.Silent() != errors.Is(err, context.DeadlineExceeded) && w.server == faultproxy.Postgres {
		t.Errorf("the second: %v", err)
	}
	want := before + 1
	if kind == faultproxy.CutAfter || kind == faultproxy.ResetAfter || kind == faultproxy.HalfAnswer || kind == faultproxy.HoleAfter {
		want++
	}
	if n := w.rows(t); n != want {
		t.Errorf("%d rows, want %d", n, want)
	}
	if err := w.add(t.Context(), first+2); err != nil {
		t.Errorf("over a new connection: %v", err)
	}
	if struck, n := w.proxy.Struck(), w.proxy.Requests(); len(struck) != 1 || n != 3 {
		t.Errorf("struck %q of %d requests", struck, n)
	}
}

// A COMMIT that is lost before the server saw it was none, and one whose answer
// is lost took place.
func TestCommit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		for n, kind := range []faultproxy.Kind{faultproxy.CutBefore, faultproxy.CutAfter} {
			w.proxy.Arm(faultproxy.Fault{Kind: kind, At: 1, Match: func(text string) bool { return strings.EqualFold(text, "commit") }})
			tx, err := w.db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO %s VALUES (%d, 'x')", w.table, n)); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(); err == nil {
				t.Errorf("%s: the commit was answered", kind)
			}
			if got := w.rows(t); got != n { // the first is not there
				t.Errorf("%s: %d rows", kind, got)
			}
		}
	})
}

// A prepared statement is known by its text, wherever it runs.
func TestPrepared(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		insert, err := w.db.PrepareContext(t.Context(), "INSERT INTO "+w.table+" VALUES ("+w.mark()+", 'x')")
		if err != nil {
			t.Fatal(err)
		}
		query, err := w.db.PrepareContext(t.Context(), "SELECT n, words FROM "+w.table+" WHERE n >= "+w.mark())
		if err != nil {
			t.Fatal(err)
		}
		w.proxy.Arm(faultproxy.Fault{Kind: faultproxy.CutAfter, At: 3, Match: inserts})
		for n := range 2 {
			if _, err := insert.ExecContext(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			rows, err := query.QueryContext(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			count := 0
			for rows.Next() {
				count++
			}
			if err := rows.Err(); err != nil || count != n+1 {
				t.Errorf("%d rows after %d: %v", count, n, err)
			}
		}
		if _, err := insert.ExecContext(t.Context(), 2); err == nil || w.rows(t) != 3 {
			t.Errorf("the third: %v, %d rows", err, w.rows(t))
		}
	})
}

// What passes is not changed: many rows, long values, errors, several results.
func TestPass(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		long := strings.Repeat("ä�\U0001F511", 5000)
		for n := range 300 {
			if _, err := w.db.ExecContext(t.Context(), fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", w.table, n, w.mark()), long); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.add(t.Context(), 0); err == nil {
			t.Error("a key was taken twice")
		}
		rows, err := w.db.QueryContext(t.Context(), "SELECT n, words FROM "+w.table+" ORDER BY n")
		if err != nil {
			t.Fatal(err)
		}
		for want := 0; rows.Next(); want++ {
			var n int
			var words string
			if err := rows.Scan(&n, &words); err != nil || n != want || words != long {
				t.Fatalf("row %d is %d with %d bytes: %v", want, n, len(words), err)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
		w.proxy.Arm(faultproxy.Fault{})
		if w.server == faultproxy.MySQL {
			two, err := w.db.QueryContext(t.Context(), "SELECT 1; SELECT 2")
			if err != nil {
				t.Fatal(err)
			}
			results := 1
			for two.NextResultSet() {
				results++
			}
			if err := two.Close(); err != nil || results != 2 {
				t.Errorf("%d results: %v", results, err)
			}
		}
		if err := w.add(t.Context(), 1000); err != nil {
			t.Error(err)
		}
		want := 1
		if w.server == faultproxy.MySQL {
			want = 2
		}
		if n := w.proxy.Requests(); n != want || w.proxy.Open() != 1 {
			t.Errorf("%d requests over %d connections", n, w.proxy.Open())
		}
	})
}

func TestRunAndCall(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		var called atomic.Int32
		const delay = 20 * time.Millisecond
		w.proxy.Arm(faultproxy.Fault{At: 2, Run: 2, Match: inserts, Delay: delay, Call: func() { called.Add(1) }})
		for n := range 4 {
			begun := time.Now()
			if err := w.add(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begun); n == 1 && took < delay {
				t.Errorf("the second took %s", took)
			}
		}
		if n := called.Load(); n != 2 {
			t.Errorf("called %d times", n)
		}
		w.proxy.Arm(faultproxy.Fault{Kind: faultproxy.CutBefore, At: 1, Run: faultproxy.Always})
		for n := range 3 {
			if w.add(t.Context(), 10+n) == nil {
				t.Error("answered")
			}
		}
		w.proxy.Heal()
		if err := w.add(t.Context(), 20); err != nil {
			t.Error(err)
		}
	})
}

func TestConnections(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.proxy.Connections(faultproxy.Refuse)
		if err := w.add(t.Context(), 1); err != nil {
			t.Errorf("over the connection that is open: %v", err)
		}
		w.proxy.Cut()
		for range 2 {
			if w.add(t.Context(), 2) == nil {
				t.Error("over a connection that was refused")
			}
		}
		w.proxy.Connections(faultproxy.Ignore)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if w.add(ctx, 3) == nil {
			t.Error("over a connection that is never answered")
		}
		w.proxy.Heal()
		if err := w.add(t.Context(), 4); err != nil {
			t.Errorf("after all: %v", err)
		}
		if n := w.rows(t); n != 2 {
			t.Errorf("%d rows", n)
		}
	})
}

// The client hears at once when the server ends its connection.
func TestServerLeaves(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ask, kill := "SELECT pg_backend_pid()", "SELECT pg_terminate_backend(%d)"
		if w.server == faultproxy.MySQL {
			ask, kill = "SELECT connection_id()", "KILL %d"
		}
		var id int
		if err := w.db.QueryRowContext(t.Context(), ask).Scan(&id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.direct.ExecContext(t.Context(), fmt.Sprintf(kill, id)); err != nil {
			t.Fatal(err)
		}
		for w.proxy.Open() > 0 {
			runtime.Gosched() // the test's deadline says when it is too long
		}
	})
}
