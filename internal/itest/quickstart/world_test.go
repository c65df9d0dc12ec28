package quickstart

import (
	"path/filepath"
	"testing"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/app"
)

// world is a provider with an application beside it.
type world struct {
	*providertest.Provider
	app *app.App
}

func newWorld(t *testing.T, options ...providertest.Option) world {
	t.Helper()
	a := app.Start(t)
	p := providertest.New(t, options...)
	c := p.Client(clientreg.Seed{
		ID: "notes", Name: "Notes", RedirectURIs: []string{a.URL + "/callback"}, LogoutURIs: []string{a.URL + "/"},
	})
	a.Use(p.Issuer(), c.ID, c.Secret, p.Now)
	return world{p, a}
}

// stores runs a test on both stores.
func stores(t *testing.T, test func(t *testing.T, store providertest.Option)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { test(t, providertest.WithDatabase(memory.New())) })
	t.Run("sqlite", func(t *testing.T) {
		test(t, providertest.WithDatabase(openSQLite(t, filepath.Join(t.TempDir(), "test.db"))))
	})
}

func openSQLite(t testing.TB, path string) core.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
