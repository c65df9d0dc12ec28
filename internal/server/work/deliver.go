package work

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// How tenants that share a worker are kept apart.
const (
	atOnce   = 16               // tenants whose letters are on their way
	patience = 2 * time.Second  // to wait for a tenant's mail server before others are looked after
	resting  = 30 * time.Second // of a tenant whose mail server did not answer in time
)

// outbox knows whose letters are not asked for now: those of a tenant that are on
// their way, and those of one whose mail server has just failed to answer, so that
// it keeps no other tenant's letters waiting (SMT01).
type outbox struct {
	mu    sync.Mutex
	busy  map[core.ID]bool
	rests map[core.ID]time.Time // until then
	all   sync.WaitGroup
	slots chan struct{}
}

// take says whether a tenant's letters may be sent now, and marks it busy.
func (o *outbox) take(tenant core.ID, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[tenant] || now.Before(o.rests[tenant]) {
		return false
	}
	select {
	case o.slots <- struct{}{}:
	default:
		return false
	}
	o.busy[tenant] = true
	delete(o.rests, tenant)
	return true
}

// give ends what take began; a tenant that did not answer rests.
func (o *outbox) give(tenant core.ID, until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, tenant)
	if !until.IsZero() {
		o.rests[tenant] = until
	}
	<-o.slots
}

// open lists the tenants whose letters can be asked for.
func (o *outbox) open(tenants []core.ID, now time.Time) []core.ID {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.busy)+len(o.rests) == 0 {
		return tenants
	}
	return slices.DeleteFunc(slices.Clone(tenants), func(t core.ID) bool { return o.busy[t] || now.Before(o.rests[t]) })
}

// Deliver sends everything that is due for its tenants. What fails is due again
// later, ever longer apart, until its own end. A tenant whose mail server does
// not answer is left to itself: Run waits for it, Deliver does not.
func (w *Worker) Deliver(ctx context.Context) error {
	w.prepare()
	if len(w.Tenants) == 0 {
		return w.deliverFor(ctx, nil)
	}
	for some := range slices.Chunk(w.Tenants, core.MaxClaimTenants) {
		if err := w.deliverFor(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) deliverFor(ctx context.Context, tenants []core.ID) error {
	for {
		now := core.Instant(w.Now())
		open := w.outbox.open(tenants, now)
		if len(open) == 0 && len(tenants) > 0 {
			return nil // an empty list would mean everybody
		}
		due, err := w.Database.ClaimDeliveries(ctx, open, now, now.Add(claim), batch)
		if err != nil {
			return err
		}
		lapsed, err := w.sendAll(ctx, due, now)
		if err != nil || lapsed || len(due) < batch {
			return err
		}
	}
}

// sendAll sends what was claimed, each tenant's one after another and the tenants
// beside each other. It does not wait for one that hangs. lapsed says that some
// are left to whoever claims them next.
func (w *Worker) sendAll(ctx context.Context, due []core.ClaimedDelivery, now time.Time) (lapsed bool, err error) {
	var order []core.ID
	of := map[core.ID][]core.ClaimedDelivery{}
	for _, d := range due {
		if of[d.Tenant] == nil {
			order = append(order, d.Tenant)
		}
		of[d.Tenant] = append(of[d.Tenant], d)
	}
	ended, waiting := make(chan error, len(order)), 0
	for _, tenant := range order {
		if !w.outbox.take(tenant, now) {
			lapsed = true
			continue
		}
		waiting++
		w.outbox.all.Go(func() {
			rest, err := w.sendFor(ctx, of[tenant], now)
			w.outbox.give(tenant, rest)
			ended <- err
		})
	}
	enough := time.NewTimer(patience)
	defer enough.Stop()
	var failed []error
	for ; waiting > 0; waiting-- {
		select {
		case err := <-ended:
			failed = append(failed, err)
		case <-enough.C:
			return true, errors.Join(failed...)
		}
	}
	return lapsed, errors.Join(failed...)
}

// sendFor sends one tenant's, as long as the claim surely holds. It says until
// when the tenant rests, if its mail server did not answer.
func (w *Worker) sendFor(ctx context.Context, due []core.ClaimedDelivery, now time.Time) (rest time.Time, err error) {
	for _, d := range due {
		if w.Now().After(now.Add(claim - sending)) {
			return rest, nil // the rest would be claimed by others before it is sent
		}
		slow, err := w.deliverOne(ctx, d, now)
		if err != nil {
			return rest, err
		}
		if slow {
			return core.Instant(w.Now()).Add(resting), nil
		}
	}
	return rest, nil
}

// deliverOne sends one, or has it tried again later. slow says that nobody
// answered in time.
func (w *Worker) deliverOne(ctx context.Context, d core.ClaimedDelivery, now time.Time) (slow bool, err error) {
	if !d.KeepUntil.IsZero() && !now.Before(d.KeepUntil) {
		w.Logger.WarnContext(ctx, "a delivery was given up", slog.String("kind", d.Kind), slog.Int("attempts", d.Attempts))
		return false, w.Database.FinishDelivery(ctx, d.Tenant, d.ID)
	}
	mail, err := w.Letter(ctx, d.Tenant, d.Body)
	if err == nil {
		err = w.send(ctx, d.Tenant, d.ID.String(), mail)
		slow = errors.Is(err, context.DeadlineExceeded)
	}
	if err == nil {
		return false, w.Database.FinishDelivery(ctx, d.Tenant, d.ID)
	}
	w.Logger.WarnContext(ctx, "a delivery failed and will be tried again", slog.String("kind", d.Kind),
		slog.Int("attempts", d.Attempts+1), slog.Any("error", err))
	return slow, w.Database.RetryDelivery(ctx, d.Tenant, d.ID, now.Add(backOff(d.Attempts)))
}

// send gives a letter to the mailer, for as long as the claim on it surely holds.
func (w *Worker) send(ctx context.Context, tenant core.ID, id string, mail core.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	return w.Mailer(tenant).Send(ctx, id, mail)
}

// backOff doubles from two seconds.
func backOff(attempts int) time.Duration {
	if attempts > 8 {
		return maxBackOff
	}
	return min(maxBackOff, 2*time.Second<<attempts)
}
