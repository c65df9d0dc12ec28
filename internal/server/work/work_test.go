package work

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
)

// postOffice is a core.Mailer that can be out of order.
type postOffice struct {
	mu   sync.Mutex
	down bool
	sent map[string]int
}

func (p *postOffice) Send(_ context.Context, id string, _ core.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errors.New("the mail server does not answer")
	}
	p.sent[id]++
	return nil
}

// by has one mailer send everybody's letters.
func by(m core.Mailer) func(core.ID) core.Mailer { return func(core.ID) core.Mailer { return m } }

type rig struct {
	at     time.Time
	db     core.Database
	tenant core.ID
	office *postOffice
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{at: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), db: memory.New(), office: &postOffice{sent: map[string]int{}}}
	t.Cleanup(func() { _ = r.db.Close() })
	r.tenant = core.NewID(r.at)
	if err := r.db.CreateTenant(t.Context(), core.Tenant{ID: r.tenant, Name: "t", Row: core.Row{Change: core.NewID(r.at)}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) worker() *Worker {
	return &Worker{
		Database: r.db, Tenants: []core.ID{r.tenant}, Mailer: by(r.office), Now: func() time.Time { return r.at }, Logger: slog.New(slog.DiscardHandler),
		Letter: func(_ context.Context, _ core.ID, sealed []byte) (core.Mail, error) {
			return core.Mail{To: string(sealed)}, nil
		},
		Tend: func(context.Context) error { return nil },
	}
}

func (r *rig) promise(t *testing.T, n int) {
	t.Helper()
	for range n {
		e := core.Event{ID: core.NewID(r.at), At: r.at, Name: core.EventCodeSent, KeepUntil: r.at.AddDate(1, 0, 0)}
		e.Deliveries = []core.Delivery{{ID: core.NewID(r.at), Kind: "mail", Due: r.at, KeepUntil: r.at.Add(time.Hour), Body: []byte("a@example.com")}}
		if err := r.db.Tenant(r.tenant).Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *postOffice) count() (letters, copies int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.sent {
		letters++
		copies += n
	}
	return letters, copies
}

func TestThreat_SMT01_mailOutlivesAnOutage(t *testing.T) {
	r := newRig(t)
	w := r.worker()
	r.promise(t, 3)
	r.office.down = true
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.office.down = false
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters, _ := r.office.count(); letters != 0 {
		t.Fatalf("%d letters were sent before they were due again", letters)
	}
	r.at = r.at.Add(3 * time.Second)
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters, copies := r.office.count(); letters != 3 || copies != 3 {
		t.Fatalf("%d letters in %d copies, want 3 in 3", letters, copies)
	}
}

func TestThreat_CRH09_twoReplicasSendEachLetterOnce(t *testing.T) {
	r := newRig(t)
	r.promise(t, 50)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if err := r.worker().Deliver(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if letters, copies := r.office.count(); letters != 50 || copies != 50 {
		t.Fatalf("%d letters in %d copies, want 50 in 50", letters, copies)
	}
}

func TestDeliveriesAreGivenUpAtTheirEnd(t *testing.T) {
	r := newRig(t)
	w := r.worker()
	r.promise(t, 1)
	r.at = r.at.Add(2 * time.Hour)
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters, _ := r.office.count(); letters != 0 {
		t.Fatal("a letter was sent after its end")
	}
	claimed, err := r.db.ClaimDeliveries(t.Context(), nil, r.at.Add(time.Hour), r.at.Add(2*time.Hour), 10)
	if err != nil || len(claimed) != 0 {
		t.Fatalf("still waiting: %d, %v", len(claimed), err)
	}
}

// A process serves more tenants than one claim can name.
func TestLettersOfEveryTenantServedAreSent(t *testing.T) {
	r := newRig(t)
	r.promise(t, 2*batch)
	w := r.worker()
	w.Tenants = nil
	for range 2 * core.MaxClaimTenants {
		w.Tenants = append(w.Tenants, core.NewID(r.at))
	}
	w.Tenants = append(w.Tenants, r.tenant)
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters, copies := r.office.count(); letters != 2*batch || copies != letters {
		t.Fatalf("%d letters in %d copies, want %d", letters, copies, 2*batch)
	}
}

// slowOffice takes its time for each letter.
type slowOffice struct {
	*postOffice
	takes time.Duration
	took  func(time.Duration)
}

func (s slowOffice) Send(ctx context.Context, id string, m core.Mail) error {
	s.took(s.takes)
	return s.postOffice.Send(ctx, id, m)
}

func TestALapsedClaimIsLeftToOthers(t *testing.T) {
	r := newRig(t)
	r.promise(t, 3)
	w, other := r.worker(), r.worker()
	w.Mailer = by(slowOffice{r.office, claim, func(d time.Duration) {
		r.at = r.at.Add(d)
		if err := other.Deliver(t.Context()); err != nil { // what the first no longer holds
			t.Error(err)
		}
	}})
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The one under way is sent twice, as any may be; what had not begun is not.
	if letters, copies := r.office.count(); letters != 3 || copies != 4 {
		t.Fatalf("%d letters in %d copies, want 3 in 4", letters, copies)
	}
}

func TestBackOffGrowsToItsEnd(t *testing.T) {
	last := time.Duration(0)
	for attempts := range 40 {
		d := backOff(attempts)
		if d < last || d > maxBackOff {
			t.Fatalf("after %d attempts: %v after %v", attempts, d, last)
		}
		last = d
	}
	if last != maxBackOff {
		t.Fatalf("it ends at %v", last)
	}
}

// Two issuers share a database and one of them is away: the other, which cannot
// open its letters, does not touch them, and they go out at once when it is back.
func TestThreat_SMT01_lettersOfANeighbourAreLeftToIt(t *testing.T) {
	r := newRig(t)
	r.promise(t, 3*batch)
	neighbour := r.worker()
	neighbour.Tenants = []core.ID{core.NewID(r.at)}
	neighbour.Letter = func(context.Context, core.ID, []byte) (core.Mail, error) {
		t.Error("a letter of another tenant was claimed")
		return core.Mail{}, errors.New("sealed with another key")
	}
	for range 20 {
		if err := neighbour.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.worker().Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if letters, copies := r.office.count(); letters != 3*batch || copies != letters {
		t.Errorf("%d letters in %d copies went out, want %d", letters, copies, 3*batch)
	}
}

// stuck is a mail server that takes the connection and says nothing.
type stuck struct{ asked atomic.Int32 }

func (s *stuck) Send(ctx context.Context, _ string, _ core.Mail) error {
	s.asked.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

func TestThreat_KEY03_SMT01_aMailServerThatHangsStopsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.at = time.Now()
		r.promise(t, 2*batch)
		w, office, tended := r.worker(), &stuck{}, atomic.Int32{}
		w.Now, w.Mailer = time.Now, by(office)
		w.Tend = func(context.Context) error { tended.Add(1); return nil }
		ctx, stop := context.WithCancel(context.Background())
		var working sync.WaitGroup
		working.Go(func() { w.Run(ctx) })
		time.Sleep(10 * time.Minute) // of the bubble's clock
		stop()
		working.Wait()
		if n := tended.Load(); n < 20 {
			t.Errorf("keys were tended %d times in ten minutes", n)
		}
		if n := office.asked.Load(); n < 10 {
			t.Errorf("only %d letters were tried", n)
		}
	})
}

func TestThreat_SMT01_aMailServerThatHangsKeepsNoNeighbourWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.at = time.Now()
		other := core.Tenant{ID: core.NewID(r.at), Name: "other", Row: core.Row{Change: core.NewID(r.at)}}
		if err := r.db.CreateTenant(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		hung := r.tenant
		r.promise(t, 3*batch) // more than one claim takes, and first in line
		r.tenant = other.ID
		w, office := r.worker(), &stuck{}
		w.Now, w.Tenants = time.Now, []core.ID{hung, other.ID}
		w.Mailer = func(tenant core.ID) core.Mailer {
			if tenant == hung {
				return office
			}
			return r.office
		}
		ctx, stop := context.WithCancel(context.Background())
		var working sync.WaitGroup
		working.Go(func() { w.Run(ctx) })
		for n := range 20 { // at every phase of the other's trouble
			r.at = time.Now()
			r.promise(t, 1)
			time.Sleep(patience + 2*deliverEvery)
			if letters, _ := r.office.count(); letters != n+1 {
				t.Fatalf("%d letters of the neighbour went out, want %d", letters, n+1)
			}
			time.Sleep(5 * time.Second)
		}
		stop()
		working.Wait()
		if office.asked.Load() < 2 {
			t.Error("the one that hangs was not asked again")
		}
	})
}

// A process with many tenants has one worker for all of them: whoever wakes a
// tenant's own means that one, and each letter goes out by its tenant's mailer.
func TestOneWorkerServesManyTenants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.at = time.Now()
		other := core.Tenant{ID: core.NewID(r.at), Name: "other", Row: core.Row{Change: core.NewID(r.at)}}
		if err := r.db.CreateTenant(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		offices := map[core.ID]*postOffice{r.tenant: r.office, other.ID: {sent: map[string]int{}}}
		all, own := r.worker(), r.worker()
		all.Now, all.Tenants = time.Now, []core.ID{r.tenant, other.ID}
		all.Mailer = func(tenant core.ID) core.Mailer { return offices[tenant] }
		own.PartOf(all)
		ctx, stop := context.WithCancel(context.Background())
		var working sync.WaitGroup
		working.Go(func() { all.Run(ctx) })
		synctest.Wait()

		r.promise(t, 2)
		r.tenant = other.ID
		r.promise(t, 3)
		own.Wake()
		synctest.Wait() // no time passes: it was woken
		for n, office := range []*postOffice{r.office, offices[other.ID]} {
			if letters, copies := office.count(); letters != 2+n || copies != letters {
				t.Errorf("mailer %d sent %d letters in %d copies, want %d", n, letters, copies, 2+n)
			}
		}
		stop()
		working.Wait()
	})
}

// Notes are written each minute, and once more when the process is told to stop.
func TestNotesAreWrittenAtTheEndToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.at = time.Now()
		w, wrote := r.worker(), 0
		w.Now = time.Now
		w.Note = func(ctx context.Context) error { wrote++; return ctx.Err() }
		ctx, stop := context.WithCancel(context.Background())
		var working sync.WaitGroup
		working.Go(func() { w.Run(ctx) })
		time.Sleep(150 * time.Second) // of the bubble's clock
		if wrote != 2 {
			t.Errorf("written %d times in two and a half minutes", wrote)
		}
		stop()
		working.Wait()
		if wrote != 3 {
			t.Errorf("what was left at the end was not written")
		}
	})
}
