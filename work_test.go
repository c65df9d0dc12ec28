package keywright_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

// many composes providers over one database, with the same pages and
// authenticator.
func many(t *testing.T, n int) []*keywright.Provider {
	t.Helper()
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, all := memory.New(), make([]*keywright.Provider, n)
	for i := range all {
		all[i], err = keywright.New(t.Context(), keywright.Config{
			Issuer: fmt.Sprintf("https://id.example/t%d", i), Tenant: fmt.Sprint(i), Database: db,
			Secrets: []keywright.Secret{make([]byte, 32)}, Clients: []core.ClientLane{clientreg.Seeded()},
			Authenticators: []core.Authenticator{passwords}, Pages: pages, Mailer: noMail{},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// A process may serve thousands of tenants: what none of their requests waits
// for must not grow with their number.
func TestWorkOfManyProvidersIsThatOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := many(t, 40)
		before := runtime.NumGoroutine()
		ctx, stop := context.WithCancel(context.Background())
		var working sync.WaitGroup
		working.Go(func() { keywright.Work(ctx, all...) })
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		if grown := runtime.NumGoroutine() - before; grown > 10 {
			t.Errorf("%d goroutines work for %d providers", grown, len(all))
		}
		for _, p := range all {
			if keys, err := p.Store().Keys(t.Context()); err != nil || len(keys) != 2 {
				t.Fatalf("%d keys, %v: whom nobody asks needs no key to sign with", len(keys), err)
			}
		}
		stop()
		working.Wait()
	})
}
