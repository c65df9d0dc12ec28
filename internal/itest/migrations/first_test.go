package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// first is the first release: the statements that it ran, which stand in
// testdata.
type first struct{ insert, event, move, keep, read *sql.Stmt }

func newFirst(t testing.TB, e engine, pool *sql.DB) first {
	t.Helper()
	all := statements(t, "statements1.sqlite.sql")
	prepare := func(beginning, with string) *sql.Stmt {
		for _, text := range all {
			if strings.HasPrefix(text, beginning) && strings.Contains(text, with) {
				s, err := pool.PrepareContext(t.Context(), e.text(text))
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
		t.Fatalf("no statement %s … %s", beginning, with)
		return nil
	}
	return first{
		insert: prepare("INSERT INTO grants", ""), event: prepare("INSERT INTO events", ""),
		move: prepare("UPDATE grants SET state", "COALESCE"), keep: prepare("UPDATE grants SET state", "keep_until = ?, version"),
		read: prepare("SELECT g.id", "JOIN sessions"),
	}
}

// text turns a statement of SQLite's into one of another database. Postgres would
// take the number in COALESCE for a small one.
func (e engine) text(text string) string {
	if e.name == "mysql" {
		return regexp.MustCompile(`\bchange\b`).ReplaceAllString(text, "`change`")
	}
	text = strings.Replace(text, "COALESCE(?, 0)", "?", 1)
	for n := 1; e.name == "postgres" && strings.Contains(text, "?"); n++ {
		text = strings.Replace(text, "?", e.place(n), 1)
	}
	return text
}

// statements reads those that a release ran.
func statements(t testing.TB, name string) (list []string) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for text := range strings.SplitSeq(string(b), ";\n") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	return list
}

func (r first) create(ctx context.Context, g core.Grant) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	_, err = r.insert.ExecContext(ctx, tenant[:], g.ID[:], []byte(g.State), g.Account[:], []byte(g.Client), g.Session[:],
		[]byte{}, g.Change[:], g.KeepUntil.UnixMicro(), payload)
	if err != nil {
		return err
	}
	_, err = r.event.ExecContext(ctx, tenant[:], g.ID[:], noon.UnixMicro(), []byte("x"), g.Account[:], []byte(g.Client), g.ID[:], 1, nil, []byte("{}"))
	return err
}

func (r first) rotate(ctx context.Context, g core.Grant) error {
	payload, err := g.MarshalPayload()
	if err != nil {
		return err
	}
	args := []any{[]byte(g.State), g.Change[:], payload}
	where := []any{tenant[:], g.ID[:], g.Version, g.Account[:], []byte(g.Client), g.Session[:], []byte{}}
	s := r.keep
	if g.Version > 1 {
		s, where = r.move, append(where, g.KeepUntil.UnixMicro())
	} else {
		args = append(args, g.KeepUntil.UnixMicro())
	}
	result, err := s.ExecContext(ctx, append(args, where...)...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("%d rows of version %d", n, g.Version))
	}
	return nil
}

func (r first) version(ctx context.Context, id core.ID) (version uint64, err error) {
	rows, err := r.read.QueryContext(ctx, tenant[:], id[:])
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	into := make([]any, len(columns))
	for n := range into {
		into[n] = new(any)
	}
	into[6] = &version // after the grant's own columns
	if !rows.Next() {
		return 0, errors.Join(errors.New("no such grant"), rows.Err())
	}
	return version, rows.Scan(into...)
}
