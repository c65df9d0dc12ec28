package main

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// Who comes from another system signs in with the password used there.
func TestImportedAccountSignsIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keywright.db")
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := providertest.New(t, providertest.WithDatabase(db))
	hash, err := bcrypt.GenerateFromPassword([]byte("four grey herons at dusk"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	line := "Grace Hopper,Grace@example.com," + string(hash) + "\n"
	for range 2 { // the second time finds her there
		if err := run(t.Context(), path, strings.NewReader(line)); err != nil {
			t.Fatal(err)
		}
	}
	app := p.Client(clientreg.Seed{ID: "app"})
	grace := p.Stranger("grace@example.com", "four grey herons at dusk")
	if tokens := grace.SignIn(app); tokens.ID == "" {
		t.Error("no ID token")
	}
}

// A hash of another kind is told, and the others are imported.
func TestRefusedLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keywright.db")
	db, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := providertest.New(t, providertest.WithDatabase(db))
	const lines = "A,a@example.com,5f4dcc3b5aa765d61d8327deb882cf99\nB,not an address,\nC,c@example.com,\n"
	if err := run(t.Context(), path, strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{"a@example.com": false, "c@example.com": true} {
		i, err := password.Canonical(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Store().AccountByIdentifier(t.Context(), i); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}
