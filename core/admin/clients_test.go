package admin_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
)

var (
	noon  = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	byOla = admin.Act{By: "ola", Reason: "a test"}
)

// desk is an operator's place over one store.
type desk struct {
	admin.Clients
	t   *testing.T
	db  core.Database
	now time.Time
}

func onEach(t *testing.T, test func(*testing.T, *desk)) {
	t.Run("memory", func(t *testing.T) { test(t, newDesk(t, memory.New())) })
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "keywright.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		test(t, newDesk(t, db))
	})
}

func newDesk(t *testing.T, db core.Database) *desk {
	t.Helper()
	d := &desk{t: t, db: db, now: noon}
	tenant := core.NewID(noon)
	d.must(db.CreateTenant(t.Context(), core.Tenant{ID: tenant, Name: "test", Row: core.Row{Change: core.NewID(noon)}}))
	d.Clients = admin.Clients{Store: db.Tenant(tenant), Now: func() time.Time { return d.now }}
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// has stores a client that was last used so many days ago.
func (d *desk) has(id string, lane core.Lane, days int, change ...func(*core.Client)) {
	d.t.Helper()
	c := core.Client{ID: id, Lane: lane, Row: core.Row{Change: core.NewID(d.now)}}
	c.Name, c.AuthMethod, c.Record.UsedAt = id, core.AuthNone, d.now.AddDate(0, 0, -days)
	for _, f := range change {
		f(&c)
	}
	d.must(d.Store.CreateClient(d.t.Context(), c))
}

// granted stores a grant to a client that ends then.
func (d *desk) granted(client string, ends time.Time) core.ID {
	d.t.Helper()
	id := core.NewID(d.now)
	d.must(d.Store.CreateGrant(d.t.Context(), core.Grant{
		ID: id, State: core.GrantActive, Account: core.NewID(d.now), Client: client, Row: core.Row{Change: core.NewID(d.now), KeepUntil: ends},
		GrantTerms: core.GrantTerms{CreatedAt: d.now, Ends: ends},
	}))
	return id
}

func (d *desk) events(name core.EventName) []core.Event {
	d.t.Helper()
	list, err := d.Store.Events(d.t.Context(), core.EventFilter{Name: name}, core.PageOf{Limit: 1000})
	d.must(err)
	return list
}

// Saying the same again writes nothing; every act says who and why.
func TestClients_actsMayBeRepeated(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		d.has("app", core.LaneSeeded, 0)
		grant := d.granted("app", d.now.AddDate(0, 1, 0))
		first, err := d.Disable(t.Context(), "app", byOla)
		d.must(err)
		again, err := d.Disable(t.Context(), "app", admin.Act{By: "kim", Reason: "another"})
		if err != nil || again.Version != first.Version || again.Record.DisabledReason != byOla.Reason || len(d.events(core.EventClientDisabled)) != 1 {
			t.Errorf("disabled twice: %+v, %v", again, err)
		}
		if g, _, err := d.Store.Grant(t.Context(), grant); err != nil || g.State != core.GrantRevoked {
			t.Errorf("its grant: %v, %v", g.State, err)
		}
		for range 2 {
			if c, err := d.Enable(t.Context(), "app", byOla); err != nil || c.Disabled || c.Epoch != 1 || c.Record.DisabledBy != "ola" {
				t.Errorf("%+v, %v", c, err)
			}
		}
		for range 2 {
			_, err := d.Delete(t.Context(), "app", byOla)
			d.must(err)
		}
		for _, name := range []core.EventName{core.EventClientEnabled, core.EventClientDeleted} {
			if list := d.events(name); len(list) != 1 || list[0].More["by"] != "ola" || list[0].Reason != "a test" || list[0].Version < 2 {
				t.Errorf("%s: %+v", name, list)
			}
		}
		if _, err := d.Enable(t.Context(), "app", byOla); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("a tombstone was enabled: %v", err)
		}
	})
}

func TestClients_anActSaysWhoAndWhy(t *testing.T) {
	d := newDesk(t, memory.New())
	d.has("app", core.LaneSeeded, 0)
	for _, c := range []struct {
		act  admin.Act
		says string
	}{
		{admin.Act{Reason: "x"}, "By is empty"}, {admin.Act{By: "ola"}, "Reason is empty"},
		{admin.Act{By: strings.Repeat("o", admin.MaxBy+1), Reason: "x"}, "By has"},
		{admin.Act{By: "ola", Reason: strings.Repeat("x", admin.MaxReason+1)}, "Reason has"},
	} {
		if _, err := d.Disable(t.Context(), "app", c.act); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.20v: %v", c.act, err)
		}
	}
	if c, err := d.Client(t.Context(), "app"); err != nil || c.Version != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// Operators, a seed that changes and the note of a use write one row at once: none
// of it is lost.
func TestClients_actsRace(t *testing.T) {
	onEach(t, func(t *testing.T, d *desk) {
		seed := func(name string) *clientreg.SeededLane {
			l := clientreg.Seeded(clientreg.Seed{ID: "app", Name: name, RedirectURIs: []string{"https://app.example/cb"}, AuthMethod: "none", GrantTypes: []string{"authorization_code"}, Scope: "openid"})
			d.must(l.Start(core.Tools{Now: func() time.Time { return d.now }}))
			return l
		}
		d.must(seed("0").Apply(t.Context(), d.Store))
		var racing sync.WaitGroup
		for n := range 3 {
			racing.Go(func() { _ = seed(fmt.Sprint(n+1)).Apply(t.Context(), d.Store) }) // may lose to the others at a start
			racing.Go(func() {
				if _, err := d.Revoke(t.Context(), "app", byOla); err != nil {
					t.Error(err)
				}
			})
		}
		racing.Go(func() {
			if _, err := d.Disable(t.Context(), "app", byOla); err != nil {
				t.Error(err)
			}
		})
		racing.Wait()
		c, err := d.Client(t.Context(), "app")
		if err != nil || !c.Disabled || c.Epoch != 4 || c.Name == "0" || c.Record.DisabledBy != "ola" {
			t.Errorf("%+v, %v", c, err)
		}
		if n := len(d.events(core.EventClientRevoked)); n != 3 {
			t.Errorf("%d events of three revocations", n)
		}
	})
}

// faulty loses writes of clients, or their answers.
type faulty struct {
	core.Store
	left  int
	after bool
}

func (f *faulty) write(do func() error) error {
	if f.left--; f.left < 0 {
		return do()
	}
	if f.after {
		_ = do()
	}
	return core.Unavailable(errors.New("cut"))
}

func (f *faulty) CreateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return f.write(func() error { return f.Store.CreateClient(ctx, c, e...) })
}

func (f *faulty) UpdateClient(ctx context.Context, c core.Client, e ...core.Event) error {
	return f.write(func() error { return f.Store.UpdateClient(ctx, c, e...) })
}

// However many writes are lost, or their answers: a repeat ends well, each thing has
// happened once, and who is told of an outage is told core.ErrUnavailable.
func TestClients_faults(t *testing.T) {
	acts := map[core.EventName]func(admin.Clients, context.Context, string, admin.Act) (core.Client, error){
		core.EventClientDisabled: admin.Clients.Disable, core.EventClientApproved: admin.Clients.Approve, core.EventClientDeleted: admin.Clients.Delete,
	}
	for name, act := range acts {
		for _, after := range []bool{false, true} {
			for _, lost := range []int{1, 2, 100} {
				for _, id := range []string{"https://stored.example/c", "https://new.example/c"} {
					d := newDesk(t, memory.New())
					d.has("https://stored.example/c", core.LaneCIMD, 0)
					c := d.Clients
					c.Store = &faulty{Store: d.Store, left: lost, after: after}
					_, err := act(c, t.Context(), id, byOla)
					if lost == 100 && !after && !errors.Is(err, core.ErrUnavailable) || lost < 100 && err != nil {
						t.Errorf("%s, %d lost, after %v: %v", name, lost, after, err)
					}
					if _, err := act(d.Clients, t.Context(), id, byOla); err != nil {
						t.Errorf("%s again: %v", name, err)
					}
					if n := len(d.events(name)); n != 1 {
						t.Errorf("%s, %d lost, after %v: happened %d times", name, lost, after, n)
					}
				}
			}
		}
	}
}
