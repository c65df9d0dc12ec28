package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

func TestMIG07_TablesAreStrictAndKeyed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schema.db")
	openAt(t, path)
	rows, err := rawDB(t, path).Query("SELECT name, strict, wr FROM pragma_table_list WHERE type = 'table'" +
		" AND name NOT LIKE 'sqlite_%' AND name <> 'schema_steps'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	seen := 0
	for ; rows.Next(); seen++ {
		var name string
		var strict, keyed bool
		if err := rows.Scan(&name, &strict, &keyed); err != nil {
			t.Fatal(err)
		}
		if !strict || !keyed {
			t.Errorf("%s: strict %t, without rowid %t", name, strict, keyed)
		}
	}
	if rows.Err() != nil || seen < 19 {
		t.Errorf("%d tables: %v", seen, rows.Err())
	}
}

func TestMIG06_ALaterSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "later.db")
	db := openAt(t, path)
	if _, err := rawDB(t, path).Exec("INSERT INTO schema_steps (number) VALUES (99)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err == nil || errors.Is(err, core.ErrUnavailable) {
		t.Errorf("Migrate on a later schema: %v", err)
	}
	if err := db.Ready(t.Context()); err != nil {
		t.Errorf("a release that runs serves on beside a later one: %v", err)
	}
}

// A replica that starts must not wait for another's writes, nor need the right to
// change a schema that an administrator has brought up to date.
func TestMigrateWithNothingLeftToDoOnlyReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "done.db")
	db, raw := openAt(t, path), rawDB(t, path)
	raw.SetMaxOpenConns(1)
	if _, err := raw.Exec("BEGIN IMMEDIATE"); err != nil { // holds the one lock of writers
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := raw.Exec("ROLLBACK"); err != nil {
		t.Error(err)
	}
}

func TestReadyNeedsTheSchema(t *testing.T) {
	db, err := sqlite.Open(t.Context(), sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("Ready before Migrate: %v", err)
	}
	if err := errors.Join(db.Migrate(t.Context()), db.Ready(t.Context()), db.Close()); err != nil {
		t.Error(err)
	}
}

func TestFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mode.db")
	openAt(t, path)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		st, err := os.Stat(name)
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", filepath.Base(name), st.Mode(), err)
		}
	}
}

// heard collects the texts of statements.
type heard struct {
	mu    sync.Mutex
	texts []string
}

func (h *heard) hear(_ context.Context, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.texts = append(h.texts, text)
}

func (h *heard) take() (texts []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	texts, h.texts = h.texts, nil
	return texts
}

// TestOneStatementEach runs the hot operations: each is one statement, and each
// statement finds its rows by an index.
func TestOneStatementEach(t *testing.T) {
	path, h, ctx := filepath.Join(t.TempDir(), "plan.db"), &heard{}, t.Context()
	db := openAt(t, path, sqlite.OnStatement(h.hear))
	s := db.Tenant(crashTenant)
	g, n, now := sample(), core.Session{ID: core.ID{7}}, time.Now()
	if err := s.CreateGrant(ctx, g); err != nil {
		t.Fatal(err)
	}
	g.Version = 1
	operations := organizationReads(ctx, db, s)
	maps.Copy(operations, map[string]func() error{
		"CreateGrant":     func() error { return s.CreateGrant(ctx, g) },
		"Grant":           func() error { _, _, err := s.Grant(ctx, g.ID); return err },
		"GrantAndAccount": func() error { _, _, _, err := s.GrantAndAccount(ctx, g.ID); return err },
		"UpdateGrant":     func() error { return s.UpdateGrant(ctx, g) },
		"GrantByUserCode": func() error { _, err := s.GrantByUserCode(ctx, []core.Hash{{1}, {2}}); return err },
		"Grants": func() error {
			_, err := s.Grants(ctx, core.GrantFilter{Account: g.Account}, core.PageOf{Limit: 9})
			return err
		},
		"Client":              func() error { _, err := s.Client(ctx, "demo"); return err },
		"CreateSession":       func() error { return s.CreateSession(ctx, n) },
		"Sessions":            func() error { _, err := s.Sessions(ctx, []core.ID{n.ID}); return err },
		"Sessions of two":     func() error { _, err := s.Sessions(ctx, []core.ID{n.ID, {8}}); return err },
		"UpdateSession":       func() error { return s.UpdateSession(ctx, n) },
		"Consent":             func() error { _, _, err := s.Consent(ctx, g.Account, "demo"); return err },
		"AccountByIdentifier": func() error { _, err := s.AccountByIdentifier(ctx, core.Identifier{Kind: "email"}); return err },
		"Marked":              func() error { _, _, err := s.Marked(ctx, "jti", core.Hash{}, "demo"); return err },
		"Mark":                func() error { return s.Mark(ctx, "jti", core.Hash{3}, now, core.ID{}) },
		"Take": func() error {
			_, err := s.Take(ctx, now, []core.Limit{{Key: core.Hash{1}, Window: time.Hour}, {Key: core.Hash{2}, Window: time.Hour}})
			return err
		},
	})
	for name, run := range operations {
		h.take()
		if err := run(); err != nil && !errors.Is(err, core.ErrNotFound) && !errors.Is(err, core.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		texts := h.take()
		if len(texts) != 1 {
			t.Errorf("%s takes %d statements: %q", name, len(texts), texts)
			continue
		}
		checkPlan(t, rawDB(t, path), name, texts[0])
	}
}

// organizationReads are the reads of organizations and of what belongs to them,
// and that of the deliveries of a process's tenants.
func organizationReads(ctx context.Context, db core.Database, s core.Store) map[string]func() error {
	id, page := core.ID{5}, core.PageOf{Limit: 9}
	in := core.MembershipKey{Kind: core.MemberOfGroup, Of: id}
	return map[string]func() error{
		"Organization":         func() error { _, err := s.Organization(ctx, id); return err },
		"OrganizationByName":   func() error { _, err := s.OrganizationByName(ctx, "acme"); return err },
		"OrganizationByDomain": func() error { _, _, err := s.OrganizationByDomain(ctx, "acme.example"); return err },
		"Domains":              func() error { _, err := s.Domains(ctx, id); return err },
		"GroupByName":          func() error { _, err := s.GroupByName(ctx, id, "staff"); return err },
		"Groups":               func() error { _, err := s.Groups(ctx, id, page); return err },
		"Connections":          func() error { _, err := s.Connections(ctx, id, page); return err },
		"Memberships":          func() error { _, err := s.Memberships(ctx, id, in.Kind, page); return err },
		"Members":              func() error { _, err := s.Members(ctx, in, page); return err },
		"ClaimDeliveries of one tenant": func() error {
			_, err := db.ClaimDeliveries(ctx, []core.ID{crashTenant}, time.Now(), time.Now(), 20)
			return err
		},
	}
}

func checkPlan(t *testing.T, raw *sql.DB, name, text string) {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := raw.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		constant := strings.Contains(detail, "CONSTANT ROW") || strings.Contains(detail, "VALUES CLAUSE") ||
			detail == "SCAN x" // the one row that others are joined to
		if strings.HasPrefix(detail, "SCAN") && !constant || strings.Contains(detail, "TEMP B-TREE") {
			t.Errorf("%s does not use an index: %s\n%s", name, detail, text)
		}
	}
}
