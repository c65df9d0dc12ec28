package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/customstore/boltstore"
)

func open(t *testing.T, path string) *boltstore.DB {
	t.Helper()
	db, err := boltstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// What this program composes is a provider that starts, also a second time on
// the same file.
func TestConfigure(t *testing.T) {
	t.Setenv("KEYWRIGHT_SECRET", strings.Repeat("k", 64))
	path := filepath.Join(t.TempDir(), "customstore.db")
	for range 2 {
		db := open(t, path)
		config, err := configure(db)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keywright.New(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A person signs up and in on this store, and the client refreshes its tokens.
func TestSignIn(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "customstore.db"))
	p := providertest.New(t, providertest.WithDatabase(db))
	app := p.Client(clientreg.Seed{ID: "app", GrantTypes: []string{"authorization_code", "refresh_token"}, Scope: "openid offline_access"})
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	tokens := ada.SignIn(app, "openid", "offline_access")
	if tokens.ID == "" || tokens.Refresh == "" {
		t.Fatalf("ID token %t, refresh token %t", tokens.ID != "", tokens.Refresh != "")
	}
	if next := app.Refresh(tokens.Refresh); next.Status != http.StatusOK {
		t.Errorf("refresh: %d %s", next.Status, next.Body)
	}
}

// The report names what was asked for and nothing else.
func TestCheckStore(t *testing.T) {
	var out strings.Builder
	if err := checkStore(t.Context(), &out, []string{"lease.", "tenant.unique"}); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	if !strings.Contains(out.String(), "3 of 3 checks passed") {
		t.Errorf("got %s", &out)
	}
	if err := checkStore(t.Context(), &out, []string{"nothing"}); err == nil {
		t.Error("a run of no checks passed")
	}
}
