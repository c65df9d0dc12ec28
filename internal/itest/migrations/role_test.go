package migrations

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dbserver"
	"github.com/keywright/keywright/internal/itest/databases"
	"github.com/keywright/keywright/ui"
)

// withRoles is a server with the two roles of the guide: the DSNs of the one who
// may do everything, of the one who takes steps and of the one who serves.
func withRoles(t *testing.T, e engine) (admin, owner, app string) {
	t.Helper()
	var server *dbserver.Server
	database, secret := "postgres", "ALTER ROLE %s PASSWORD 'secret'"
	if e.name == "postgres" {
		server = databases.PostgresServer(t, dbserver.Options{})
	} else {
		server = databases.MySQLServer(t, dbserver.Options{})
		database, secret = "keywright", "ALTER USER %s IDENTIFIED BY 'secret'"
		e.exec(t, e.raw(t, server.DSN("")), "DROP DATABASE keywright") // which the server came with
	}
	text, err := os.ReadFile("../../../examples/migrate/roles/" + e.name + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	admin = server.DSN("")
	if e.name == "mysql" {
		admin = server.DSN("information_schema")
	}
	e.run(t, admin, string(text))
	e.exec(t, e.raw(t, admin), fmt.Sprintf(secret, "keywright_owner"), fmt.Sprintf(secret, "keywright_app"))
	as := func(user string) string {
		if e.name == "postgres" {
			return fmt.Sprintf("postgres://%s:secret@%s/%s?sslmode=disable", user, server.Address(), database)
		}
		return fmt.Sprintf("%s:secret@tcp(%s)/%s", user, server.Address(), database)
	}
	return server.DSN(database), as("keywright_owner"), as("keywright_app")
}

// The privileges in the guide are enough, for each of the two roles, and the one
// who serves learns what to do where steps are missing.
func TestRolesOfTheGuide(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		if e.name == "sqlite" {
			return // has no roles: whoever may write the file may do everything
		}
		admin, owner, app := withRoles(t, e)
		serves := e.opened(t, app, 2)
		pending, err := serves.Pending(t.Context())
		if err != nil || len(pending) == 0 {
			t.Fatalf("%d steps are pending: %v", len(pending), err)
		}
		behind := func() {
			t.Helper()
			err := serves.Migrate(t.Context())
			if errors.Is(err, core.ErrUnavailable) {
				t.Errorf("waiting would not help: %v", err)
			}
			wantError(t, err, "this role may not change the schema", "Database.Pending")
			wantError(t, serves.Ready(t.Context()), "call Migrate, or run what Pending lists")
		}
		behind()
		e.run(t, owner, pending[0].SQL)
		behind()
		if err := e.opened(t, owner, 1).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		db := e.opened(t, app, 2)
		if err := errors.Join(db.Migrate(t.Context()), db.Ready(t.Context()), exercise(t.Context(), db)); err != nil {
			t.Errorf("the one who serves, once the steps are taken: %v", err)
		}
		providertest.New(t, providertest.WithDatabase(e.opened(t, app, 2)))
		e.takesAwayAPrivilege(t, admin, app)
	})
}

// takesAwayAPrivilege forgets what a new table needs. MySQL has no query that
// tells a role what it may, so there the table is simply not seen.
func (e engine) takesAwayAPrivilege(t *testing.T, admin, app string) {
	t.Helper()
	if e.name == "postgres" {
		e.exec(t, e.raw(t, admin), "REVOKE UPDATE ON sessions FROM keywright_app")
		wantError(t, e.opened(t, app, 1).Ready(t.Context()), "GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO keywright_app")
		return
	}
	e.exec(t, e.raw(t, admin), "REVOKE ALL ON keywright.* FROM keywright_app", "GRANT SELECT ON keywright.schema_steps TO keywright_app",
		"GRANT INSERT ON keywright.leases TO keywright_app")
	wantError(t, e.opened(t, app, 1).Ready(t.Context()), "table accounts is missing, or this role may not see it")
}

// With NoMigrate a provider only looks.
func TestNoMigrate(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn, pending := e.at(t, 1)
		before := e.whole(t, dsn)
		_, err := keywright.New(t.Context(), noMigrate(t, e.opened(t, dsn, 1)))
		wantError(t, err, "NoMigrate", "at step 1 of ", "Pending")
		if after := e.whole(t, dsn); len(after) != len(before) {
			t.Error("it changed the schema")
		}
		for _, m := range pending {
			e.run(t, dsn, m.SQL)
		}
		e.exec(t, e.raw(t, dsn), "INSERT INTO schema_steps (number) VALUES (99)") // of a later release
		if _, err := keywright.New(t.Context(), noMigrate(t, e.opened(t, dsn, 1))); err != nil {
			t.Error(err)
		}
	})
}

type noMail struct{}

func (noMail) Send(context.Context, string, core.Mail) error { return nil }

func noMigrate(t *testing.T, db core.Database) keywright.Config {
	t.Helper()
	passwords, noPasswords := password.New(password.Options{})
	pages, noPages := ui.New(ui.Options{})
	if err := errors.Join(noPasswords, noPages); err != nil {
		t.Fatal(err)
	}
	return keywright.Config{
		Issuer: "http://localhost:8080", Database: db, NoMigrate: true, Secrets: []keywright.Secret{make([]byte, 32)},
		Clients: []core.ClientLane{clientreg.Seeded()}, Authenticators: []core.Authenticator{passwords}, Pages: pages,
		Mailer: noMail{},
	}
}
