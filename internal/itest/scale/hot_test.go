//go:build unix

package scale

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// A redemption, a rotation, a step of an interaction and a counted attempt leave
// every index of Postgres alone (heap-only updates): docs/adr/0007.
func TestRedemptionAndRotationTouchNoIndex(t *testing.T) {
	const rotations = 20
	onPostgres(t, func(t *testing.T, db administered) {
		p := providertest.New(t, providertest.WithDatabase(db.Database))
		app := p.Client(clientreg.Seed{ID: "app", Rotation: "on"})
		token := p.Person("ada@example.com", "seven slow trains to Turin").SignIn(app).Refresh
		for range rotations {
			answer := app.Refresh(token)
			if answer.Status != 200 {
				t.Fatalf("a refresh is answered by %d %s", answer.Status, answer.Body)
			}
			token = answer.Refresh
		}
		if err := db.Close(); err != nil { // sessions that end tell what they did
			t.Fatal(err)
		}
		const redemptions = 1
		if all, heapOnly := db.updated(t, "grants", rotations+redemptions); all != rotations+redemptions || heapOnly != all {
			t.Errorf("of %d updates of the grant %d left its indexes alone, want all of %d", all, heapOnly, rotations+redemptions)
		}
		for _, table := range []string{"interactions", "limits"} {
			if all, heapOnly := db.updated(t, table, 1); all != heapOnly {
				t.Errorf("of %d updates of %s %d left the indexes alone", all, table, heapOnly)
			}
		}
	})
}

// Nor do many at once: codes that were made one after the other lie on the same
// page, and are redeemed in one transaction, so that no old version can be cleared
// away for the next.
func TestRedemptionsAtOnceTouchNoIndex(t *testing.T) {
	const many = 64
	onPostgres(t, func(t *testing.T, db administered) {
		p := providertest.New(t, providertest.WithDatabase(db.Database))
		app := p.Client(clientreg.Seed{ID: "app", Rotation: "on"})
		ada, first := p.Person("ada@example.com", "seven slow trains to Turin").Browser(), app.Authorize()
		app.Redeem(first, ada.SignInAndRemember(first.URL))
		forms := make([]url.Values, many)
		for n := range forms {
			r := app.Authorize()
			code := ada.Open(r.URL).Answer("code")
			forms[n] = url.Values{
				"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {app.RedirectURI}, "code_verifier": {r.Verifier},
			}
		}
		var wait sync.WaitGroup
		for _, form := range forms {
			wait.Go(func() {
				if answer := app.Token(form); answer.Status != http.StatusOK {
					t.Errorf("a redemption is answered by %d %s", answer.Status, answer.Body)
				}
			})
		}
		wait.Wait()
		if err := db.Close(); err != nil { // sessions that end tell what they did
			t.Fatal(err)
		}
		if all, heapOnly := db.updated(t, "grants", many+1); all != many+1 || heapOnly != all {
			t.Errorf("of %d redemptions %d left the indexes alone, want all of %d", all, heapOnly, many+1)
		}
	})
}

// updated waits until the server knows of so many updates of a table, and says
// how many there were and how many of them touched no index.
func (a administered) updated(t *testing.T, table string, least int) (all, heapOnly int) {
	t.Helper()
	for late := time.Now().Add(time.Minute); all < least; {
		err := a.raw.QueryRowContext(t.Context(), "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1", table).
			Scan(&all, &heapOnly)
		if err != nil {
			t.Fatal(err)
		}
		if time.Now().After(late) {
			t.Fatalf("after a minute the server knows of %d updates of %s, want %d", all, table, least)
		}
	}
	return all, heapOnly
}
