//go:build unix

package torture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/keywright/keywright/internal/dbserver"
)

// galera is the store that is a cluster of MariaDB nodes, one for each replica.
const galera = "galera"

// speed is that of the run's clock. On a cluster one replica may be without its node for
// longer than a process takes to start again, while the others go on and make keys: it
// must not miss one for longer than keys are known before they sign (prePublish).
func (o *Options) speed() int {
	if o.Store == galera {
		return 2
	}
	return speed
}

// cluster is Private for one. Restart kills its nodes in turn.
func (o *Options) cluster(ctx context.Context) (remove func() error, err error) {
	g, err := dbserver.StartGalera(ctx, replicas, dbserver.Options{})
	if err != nil {
		return nil, err
	}
	o.Nodes = nil
	for _, node := range g.Nodes {
		o.Nodes = append(o.Nodes, node.DSN(""))
	}
	o.DSN = o.Nodes[0]
	next := 0
	o.Restart = func() error {
		next++
		node := g.Nodes[next%replicas]
		node.Kill()
		return node.Start(ctx)
	}
	return g.Close, nil
}

// cutters cut connections of all nodes.
type cutters []cutter

func newCutters(ctx context.Context, s Setting) (cutter, error) {
	if len(s.Nodes) == 0 {
		return newCutter(ctx, s)
	}
	var all cutters
	for n := range s.Nodes {
		one, err := newCutter(ctx, s.of(n))
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (all cutters) strike(ctx context.Context, random *rand.Rand) (n int) {
	for _, one := range all {
		n += one.strike(ctx, random)
	}
	return n
}

func (all cutters) close() {
	for _, one := range all {
		one.close()
	}
}

// isolate has a node lose the others for a while: at times so briefly that they do not
// notice, at times until they go on without it.
func (f *faults) isolate() error {
	ctx := f.run.ctx
	db, err := f.run.setting.of(f.random.IntN(replicas)).admin()
	if err != nil {
		return err
	}
	defer db.Close()
	const cut = "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=%d'"
	if _, err := db.ExecContext(ctx, fmt.Sprintf(cut, 1)); err != nil {
		return err
	}
	f.run.wait(time.Second + time.Duration(f.random.Int64N(int64(8*time.Second))))
	if _, err := db.ExecContext(ctx, fmt.Sprintf(cut, 0)); err != nil {
		return err
	}
	return f.together(ctx, db)
}

// rejoining is how long a node may take to be with the others again.
const rejoining = time.Minute

func (f *faults) together(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, rejoining)
	defer cancel()
	for ctx.Err() == nil {
		var name, ready string
		err := db.QueryRowContext(ctx, "SHOW STATUS LIKE 'wsrep_ready'").Scan(&name, &ready)
		if err == nil && ready == "ON" {
			return nil
		}
		f.run.wait(100 * time.Millisecond)
	}
	return errors.New("torture: a node did not find the others again")
}
