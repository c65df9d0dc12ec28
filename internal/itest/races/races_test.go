package races

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/itest/databases"
)

const password = "three quiet otters at noon"

// pair is a provider and what a second replica has: a pool of its own.
type pair struct {
	t   *testing.T
	p   *providertest.Provider
	app *providertest.Client
	ada *providertest.Person
	far core.Store
}

// onEach runs a race on every database with pools of 1, 2 and 32 connections.
func onEach(t *testing.T, race func(w pair)) {
	t.Helper()
	databases.Each(t, func(t *testing.T, _ string, open databases.Open) {
		for _, size := range []int{1, 2, 32} {
			t.Run(fmt.Sprint(size), func(t *testing.T) {
				start := time.Now().UTC().Truncate(time.Second)
				p := providertest.New(t, providertest.WithDatabase(open(t, size)), providertest.WithStart(start))
				app := p.Client(clientreg.Seed{ID: fmt.Sprint("app", size), AuthMethod: "none"})
				far := open(t, size)
				tenants, err := far.Tenants(t.Context(), core.PageOf{Limit: 10})
				if err != nil || len(tenants) != 1 {
					t.Fatal(tenants, err)
				}
				race(pair{t, p, app, p.Person(fmt.Sprintf("ada%d@example.com", size), password), far.Tenant(tenants[0].ID)})
			})
		}
	})
}

// together runs act for so many callers at once.
func together(callers int, act func(n int)) {
	var start, all sync.WaitGroup
	start.Add(1)
	for n := range callers {
		all.Go(func() {
			start.Wait()
			act(n)
		})
	}
	start.Done()
	all.Wait()
}

func TestThreat_TOK01_OneOf64RedemptionsWins(t *testing.T) {
	onEach(t, func(w pair) {
		request := w.app.Authorize()
		landed := w.ada.Browser().SignIn(request.URL)
		var won, refused atomic.Int32
		together(64, func(int) {
			switch a := w.app.Token(url.Values{
				"grant_type": {"authorization_code"}, "code": {landed.Answer("code")},
				"redirect_uri": {w.app.RedirectURI}, "code_verifier": {request.Verifier},
			}); {
			case a.Status == http.StatusOK:
				won.Add(1)
			case a.Status == http.StatusBadRequest && a.Error == string(core.InvalidGrant):
				refused.Add(1)
			default:
				w.t.Errorf("%d %s", a.Status, a.Body)
			}
		})
		if won.Load() != 1 || refused.Load() != 63 {
			w.t.Errorf("%d won, %d were refused", won.Load(), refused.Load())
		}
	})
}

func TestThreat_RFR09_64RefreshesKeepOneFamily(t *testing.T) {
	onEach(t, func(w pair) {
		first := w.ada.SignIn(w.app)
		var mu sync.Mutex
		successors := map[string]int{}
		together(64, func(int) {
			a := w.app.Refresh(first.Refresh)
			if a.Status != http.StatusOK {
				w.t.Errorf("%d %s", a.Status, a.Body)
			}
			mu.Lock()
			defer mu.Unlock()
			successors[a.Refresh]++
		})
		if len(successors) != 1 {
			w.t.Errorf("the family forked into %d", len(successors))
		}
		for token := range successors {
			if a := w.app.Refresh(token); a.Status != http.StatusOK {
				w.t.Errorf("the successor: %d %s", a.Status, a.Body)
			}
		}
	})
}

func TestThreat_INV_R1_NothingOutlivesARevocation(t *testing.T) {
	onEach(t, func(w pair) {
		first := w.ada.SignIn(w.app)
		var revoked atomic.Bool
		var mu sync.Mutex
		access := []string{first.Access}
		together(33, func(n int) {
			late := revoked.Load()
			if n == 16 {
				if a := w.app.Post("/revoke", url.Values{"token": {first.Refresh}}); a.Status != http.StatusOK {
					w.t.Errorf("revocation: %d %s", a.Status, a.Body)
				}
				revoked.Store(true)
				return
			}
			switch a := w.app.Refresh(first.Refresh); {
			case a.Status == http.StatusOK && late:
				w.t.Error("refreshed after the revocation was answered")
			case a.Status == http.StatusOK:
				mu.Lock()
				defer mu.Unlock()
				access = append(access, a.Access)
			case a.Status != http.StatusBadRequest:
				w.t.Errorf("%d %s", a.Status, a.Body)
			}
		})
		for _, token := range access {
			if a := w.p.UserInfo(token); a.Status != http.StatusUnauthorized {
				w.t.Errorf("an access token outlived the revocation: %d", a.Status)
			}
		}
	})
}

// A limit is exact although two replicas count.
func TestLimitsAreExactAcrossReplicas(t *testing.T) {
	onEach(t, func(w pair) {
		near, at := w.p.Store(), w.p.Now()
		limits := []core.Limit{
			{Key: sha256.Sum256([]byte("a" + w.app.ID)), Max: 20, Window: time.Minute},
			{Key: sha256.Sum256([]byte("b" + w.app.ID)), Max: 100, Window: time.Minute},
		}
		var let atomic.Int32
		together(64, func(n int) {
			taken, err := []core.Store{near, w.far}[n%2].Take(w.t.Context(), at, limits)
			if err != nil {
				w.t.Error(err)
			} else if !taken[0].Over && !taken[1].Over {
				let.Add(1)
			}
		})
		if let.Load() != 20 {
			w.t.Errorf("%d of 64 were let through, want 20", let.Load())
		}
	})
}

// Of writers at two replicas one replaces each version, and who won is known to
// the winner alone.
func TestThreat_RFR10_OneWinnerForEachVersion(t *testing.T) {
	onEach(t, func(w pair) {
		w.ada.SignIn(w.app)
		near, last := w.p.Store(), uint64(30)
		grants, err := near.Grants(w.t.Context(), core.GrantFilter{Account: w.ada.Account().ID}, core.PageOf{Limit: 1})
		if err != nil || len(grants) != 1 {
			w.t.Fatal(grants, err)
		}
		var winners [31]atomic.Int32
		together(32, func(n int) {
			writeUntil(w.t, []core.Store{near, w.far}[n%2], grants[0].ID, last, &winners)
		})
		for version := grants[0].Version; version < last; version++ {
			if n := winners[version].Load(); n != 1 {
				w.t.Errorf("version %d was replaced by %d", version, n)
			}
		}
	})
}

func writeUntil(t *testing.T, s core.Store, id core.ID, last uint64, winners *[31]atomic.Int32) {
	for {
		g, _, err := s.Grant(t.Context(), id)
		if err != nil {
			t.Error(err)
			return
		}
		if g.Version >= last {
			return
		}
		g.Change = core.NewID(time.Now())
		switch err := s.UpdateGrant(t.Context(), g); {
		case err == nil:
			winners[g.Version].Add(1)
		case !errors.Is(err, core.ErrConflict):
			t.Error(err)
			return
		}
	}
}
