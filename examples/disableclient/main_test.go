package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// A disabled client gets nothing, and what it had has ended for good.
func TestDisable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keywright.db")
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := providertest.New(t, providertest.WithDatabase(db))
	app := p.Client(clientreg.Seed{ID: "app"})
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	tokens := ada.SignIn(app)

	for _, disabled := range []bool{true, false} {
		if err := run(t.Context(), path, "app", disabled); err != nil {
			t.Fatal(err)
		}
		p.Advance(2 * core.MaxClientStale)
		if a := app.Refresh(tokens.Refresh); a.Status == 200 {
			t.Errorf("disabled %v: it refreshed", disabled)
		}
	}
	if ada.SignIn(app).Access == "" {
		t.Error("enabled again, nobody can sign in")
	}
	events, err := p.Store().Events(t.Context(), core.EventFilter{Name: core.EventClientChanged}, core.PageOf{Limit: 10})
	if err != nil || len(events) < 2 || events[0].At.After(time.Now()) {
		t.Errorf("%v, %v", events, err)
	}
}
