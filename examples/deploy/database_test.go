//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/databases"
)

// One setting chooses the database; nothing else of the provider changes.
func TestDatabases(t *testing.T) {
	for kind, setting := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "deploy.db") },
		"postgres": func(t *testing.T) string { return databases.Postgres(t) },
		"mysql":    func(t *testing.T) string { return "mysql://" + databases.MySQL(t) },
	} {
		t.Run(kind, func(t *testing.T) {
			db, err := open(t.Context(), setting(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			p := providertest.New(t, providertest.WithDatabase(db))
			app := p.Client(clientreg.Seed{ID: "fieldnotes"})
			tokens := p.Person("ada@example.com", "seven slow trains to Turin").SignIn(app)
			if who := p.UserInfo(tokens.Access); who.Status != 200 || !strings.Contains(string(who.Body), `"sub"`) {
				t.Errorf("userinfo answers %d %s", who.Status, who.Body)
			}
			if again := app.Refresh(tokens.Refresh); again.Status != 200 {
				t.Errorf("a refresh is answered by %d %s", again.Status, again.Body)
			}
		})
	}
}

func TestOpenNamesTheSetting(t *testing.T) {
	for _, wrong := range []string{"", "oracle://db.example.com/kw", "MySQL://kw@tcp(127.0.0.1)/kw"} {
		if _, err := open(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "DATABASE: want postgres://") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
