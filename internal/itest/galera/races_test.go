//go:build unix

package galera

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const password = "three quiet otters at noon"

// crowd is how many callers meet.
const crowd = 64

// replicated is a provider at each node, with one app and one person.
type replicated struct {
	world
	p   [nodes]*providertest.Provider
	app [nodes]*providertest.Client
	ada *providertest.Person
}

func (w world) replicated() replicated {
	w.t.Helper()
	r, start := replicated{world: w}, time.Now().UTC().Truncate(time.Second)
	for n, db := range w.replicas() {
		r.p[n] = providertest.New(w.t, providertest.WithDatabase(db), providertest.WithStart(start))
		r.app[n] = r.p[n].Client(clientreg.Seed{ID: "app", AuthMethod: "none"})
	}
	r.ada = r.p[0].Person("ada@example.com", password)
	return r
}

// TOK01: a code is redeemed at three nodes at once.
func redeemOnce(w world) {
	r := w.replicated()
	request := r.app[0].Authorize()
	landed := r.ada.Browser().SignIn(request.URL)
	var won, refused atomic.Int32
	together(crowd, func(n int) {
		switch a := r.app[n%nodes].Token(url.Values{
			"grant_type": {"authorization_code"}, "code": {landed.Answer("code")},
			"redirect_uri": {r.app[0].RedirectURI}, "code_verifier": {request.Verifier},
		}); {
		case a.Status == http.StatusOK:
			won.Add(1)
		case a.Status == http.StatusBadRequest && a.Error == string(core.InvalidGrant):
			refused.Add(1)
		default:
			w.t.Errorf("%d %s", a.Status, a.Body)
		}
	})
	if won.Load() != 1 || refused.Load() != crowd-1 {
		w.t.Errorf("%d won, %d were refused", won.Load(), refused.Load())
	}
}

// RFR09: a token is rotated at three nodes at once: one successor, which all are given.
func rotateOnce(w world) {
	r := w.replicated()
	first := r.ada.SignIn(r.app[0])
	for range 2 {
		var mu sync.Mutex
		successors := map[string]int{}
		together(crowd, func(n int) {
			a := r.app[n%nodes].Refresh(first.Refresh)
			if a.Status != http.StatusOK {
				w.t.Errorf("%d %s", a.Status, a.Body)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			successors[a.Refresh]++
		})
		if len(successors) != 1 {
			w.t.Fatalf("the family forked into %d", len(successors))
		}
		for token := range successors {
			if first = r.app[1].Refresh(token).Tokens; first.Refresh == "" {
				w.t.Fatal("the successor is not good")
			}
		}
	}
}

// INV-R1: what one node has revoked no other takes, from the answer on.
func revokeEverywhere(w world) {
	r := w.replicated()
	for n := range 24 {
		here, there := n%nodes, (n+1+n/nodes%2)%nodes
		tokens := r.ada.SignIn(r.app[here])
		if a := r.p[there].UserInfo(tokens.Access); a.Status != http.StatusOK {
			w.t.Errorf("what node %d gave node %d refuses: %d %s", here, there, a.Status, a.Body)
		}
		if a := r.app[here].Post("/revoke", url.Values{"token": {tokens.Refresh}}); a.Status != http.StatusOK {
			w.t.Errorf("revocation: %d %s", a.Status, a.Body)
		}
		if a := r.p[there].UserInfo(tokens.Access); a.Status != http.StatusUnauthorized {
			w.t.Errorf("what node %d revoked node %d takes: %d", here, there, a.Status)
		}
		if a := r.app[there].Refresh(tokens.Refresh); a.Status != http.StatusBadRequest {
			w.t.Errorf("what node %d revoked node %d refreshes: %d", here, there, a.Status)
		}
	}
}

// A limit is exact although three nodes count.
func countTogether(w world) {
	views, at := w.stores(w.replicas()), core.Instant(time.Now())
	limits := []core.Limit{
		{Key: sha256.Sum256([]byte("a")), Max: 20, Window: time.Minute},
		{Key: sha256.Sum256([]byte("b")), Max: 100, Window: time.Minute},
	}
	var let atomic.Int32
	together(crowd, func(n int) {
		taken, err := views[n%nodes].Take(w.t.Context(), at, limits)
		if err != nil {
			w.t.Error(err)
		} else if !taken[0].Over && !taken[1].Over {
			let.Add(1)
		}
	})
	if let.Load() != 20 {
		w.t.Errorf("%d of %d were let through, want 20", let.Load(), crowd)
	}
}

// RFR10: of writers at three nodes one replaces each version, and who won is known to
// the winner alone.
func replaceOnce(w world) {
	views := w.stores(w.replicas())
	g := grant()
	w.must(views[0].CreateGrant(w.t.Context(), g))
	const last = 301
	var winners [last]atomic.Int32
	together(3*nodes, func(n int) {
		for {
			now, _, err := views[n%nodes].Grant(w.t.Context(), g.ID)
			if err != nil || now.Version >= last {
				w.tell(err)
				return
			}
			version := now.Version
			now.Change = core.NewID(core.Instant(time.Now()))
			if err := views[n%nodes].UpdateGrant(w.t.Context(), now); err == nil {
				winners[version].Add(1)
			} else if !conflict(err) {
				w.t.Error(err)
			}
		}
	})
	for version := 1; version < last; version++ {
		if n := winners[version].Load(); n != 1 {
			w.t.Errorf("version %d was replaced by %d", version, n)
		}
	}
}
