package keys

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// replica opens the rig's keys as a replica that takes leases does.
func (r *rig) replica(t *testing.T, change ...func(*Options)) *Keys {
	t.Helper()
	k := r.mustOpen(t, oldSecret)
	self := core.NewID(r.now())
	k.Lease = func(ctx context.Context, name string, now, until time.Time) (bool, error) {
		return r.db.Lease(ctx, name, self, now, until)
	}
	for _, c := range change {
		c(&k.Options)
	}
	return k
}

// dying is a store whose replica dies before it has written a key.
type dying struct{ core.KeyStore }

var errDying = errors.New("killed")

func (dying) CreateKey(context.Context, core.Key, ...core.Event) error { return errDying }

func dies(o *Options) { o.Store = dying{o.Store} }

// epochs lists the epochs of the signing keys of an algorithm, as stored.
func (r *rig) epochs(t *testing.T) []uint64 {
	t.Helper()
	rows, err := r.store.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []uint64
	for _, k := range rows {
		if k.Use == core.KeySign && k.Algorithm == "ES256" {
			all = append(all, k.Epoch)
		}
	}
	slices.Sort(all)
	return all
}

// CRH07, KEY01: the replica that took the lease to make a key is killed before it is stored. Another makes it once
// the lease has lapsed, and only one.
func TestThreat_CRH07_ALeaseHolderThatDiesIsSucceeded(t *testing.T) {
	r := newRig(t)
	first, second, third := r.replica(t, dies), r.replica(t), r.replica(t)
	sign(t, second)
	life := core.DefaultLifetimes()
	r.advance(life.SigningKey - life.PrePublish + time.Minute)
	if err := first.Tend(t.Context()); !errors.Is(err, errDying) {
		t.Fatalf("the first replica lives: %v", err)
	}
	if err := second.Tend(t.Context()); err != nil || len(r.epochs(t)) != 1 {
		t.Fatalf("while the lease is held: %v, epochs %v", err, r.epochs(t))
	}
	r.advance(ReloadAfter)
	for _, k := range []*Keys{second, third, second} {
		if err := k.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.epochs(t); !slices.Equal(got, []uint64{1, 2}) {
		t.Errorf("epochs %v", got)
	}
	if a, b := kids(t, second), kids(t, third); len(a) != 2 || !slices.Equal(a, b) {
		t.Errorf("replicas publish %v and %v", a, b)
	}
}

// Nothing depends on who holds the lease: one that cannot make keys and keeps the lease is passed over.
func TestThreat_KEY01_AHolderThatCannotKeepsNobodyFromIt(t *testing.T) {
	r := newRig(t)
	stuck, other := r.replica(t, dies), r.replica(t)
	sign(t, other)
	life := core.DefaultLifetimes()
	r.advance(life.SigningKey - life.PrePublish)
	for range int(life.PrePublish/2/time.Hour) + 2 {
		if err := stuck.Tend(t.Context()); !errors.Is(err, errDying) {
			t.Fatal(err)
		}
		if err := other.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.epochs(t)) == 2 {
			return
		}
		r.advance(time.Hour) // the lease lapses, and is taken again
	}
	t.Errorf("nobody made a key: %v", r.epochs(t))
}
