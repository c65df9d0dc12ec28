//go:build unix

package galera

import (
	"testing"
)

func TestCluster(t *testing.T) {
	on(t, map[string]func(w world){
		"replicas that start at once on other nodes all succeed": startAtOnce,
		"what one has answered the others read":                  readAtOnce,
	})
}

func startAtOnce(w world) {
	together(3*nodes, func(n int) {
		db := w.open(n % nodes)
		if err := db.Migrate(w.t.Context()); err != nil {
			w.t.Errorf("%d: %v", n, err)
			return
		}
		if err := db.Ready(w.t.Context()); err != nil {
			w.t.Errorf("%d: %v", n, err)
		}
	})
}

func readAtOnce(w world) {
	views := w.stores(w.replicas())
	stale := 0
	for n := range 300 {
		g := grant()
		w.must(views[n%nodes].CreateGrant(w.t.Context(), g))
		if _, _, err := views[(n+1)%nodes].Grant(w.t.Context(), g.ID); err != nil {
			stale++
		}
	}
	if stale > 0 {
		w.t.Error("stale:", stale)
	}
}
