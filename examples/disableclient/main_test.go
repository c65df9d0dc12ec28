package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
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
	act := admin.Act{By: "ola", Reason: "it leaked its secret"}
	does := func(words ...string) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), path, words, act, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}

	tokens := ada.SignIn(app)
	does("disable", "app")
	if got := does("list"); !strings.Contains(got, "disabled by ola: it leaked its secret") {
		t.Error(got)
	}
	if a := app.Refresh(tokens.Refresh); a.Error != "invalid_client" {
		t.Errorf("disabled: %d %s", a.Status, a.Body)
	}
	does("enable", "app")
	p.Advance(2 * core.MaxClientStale)
	if a := app.Refresh(tokens.Refresh); a.Error != "invalid_grant" {
		t.Errorf("enabled: %d %s", a.Status, a.Body)
	}
	tokens = ada.SignIn(app)
	does("revoke", "app")
	if a := app.Refresh(tokens.Refresh); a.Error != "invalid_grant" {
		t.Errorf("revoked: %d %s", a.Status, a.Body)
	}
	for _, name := range []core.EventName{core.EventClientDisabled, core.EventClientEnabled, core.EventClientRevoked} {
		events, err := p.Store().Events(t.Context(), core.EventFilter{Name: name}, core.PageOf{Limit: 10})
		if err != nil || len(events) != 1 || events[0].More["by"] != "ola" {
			t.Errorf("%s: %+v, %v", name, events, err)
		}
	}
	if got := does("waiting") + does("stale", "100") + does("cleanup", "100"); got != "" {
		t.Errorf("nobody waits and nothing is stale: %s", got)
	}
	if err := run(t.Context(), path, []string{"explode", "app"}, act, &strings.Builder{}); err == nil {
		t.Error("an unknown word does something")
	}
	none := filepath.Join(t.TempDir(), "none.db")
	if err := run(t.Context(), none, []string{"list"}, act, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "-database") {
		t.Errorf("a database that is not there: %v", err)
	}
}
