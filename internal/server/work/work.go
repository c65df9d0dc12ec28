// Package work does what no request waits for: it sends what was promised with
// an event, tends the keys, and removes what is past its end. Any number of
// replicas may do it at once; a lease only saves work.
package work

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/keys"
)

// How often, and how much at once.
const (
	deliverEvery = time.Second // besides being woken
	tendEvery    = keys.ReloadAfter
	purgeEvery   = time.Minute
	batch        = 20
	purgeBatch   = 500
	claim        = time.Minute // a replica that dies gives its deliveries back after this
	maxBackOff   = 10 * time.Minute
)

// ErrForeign is what Letter says of another issuer's mail in the same database:
// the process that serves that issuer sends it.
var ErrForeign = errors.New("work: mail of a tenant that is not served here")

// Worker works for every tenant of a database.
type Worker struct {
	Database core.Database
	Mailer   core.Mailer
	// Letter opens a sealed mail delivery of a tenant and gives it its words. It
	// returns ErrForeign for a tenant that this process does not serve.
	Letter func(ctx context.Context, tenant core.ID, sealed []byte) (core.Mail, error)
	// Tend looks after the keys of the tenants that this process serves.
	Tend   func(ctx context.Context) error
	Now    func() time.Time
	Logger *slog.Logger

	once sync.Once
	wake chan struct{}
	self core.ID // as holder of leases
}

func (w *Worker) prepare() {
	w.once.Do(func() {
		w.wake = make(chan struct{}, 1)
		w.self = core.NewID(w.Now())
	})
}

// Wake makes Run look for deliveries now. It never waits.
func (w *Worker) Wake() {
	w.prepare()
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run works until the context ends. What it began it finishes or gives back.
// Mail is sent beside the rest: a mail server that does not answer must not
// make keys old.
func (w *Worker) Run(ctx context.Context) {
	w.prepare()
	var mail sync.WaitGroup
	mail.Go(func() { w.keepDelivering(ctx) })
	w.keepTidy(ctx)
	mail.Wait()
}

func (w *Worker) keepDelivering(ctx context.Context) {
	deliver := time.NewTicker(deliverEvery)
	defer deliver.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-deliver.C:
		}
		w.attempt(ctx, "delivering", w.Deliver)
	}
}

func (w *Worker) keepTidy(ctx context.Context) {
	tend, purge := time.NewTicker(tendEvery), time.NewTicker(purgeEvery)
	defer tend.Stop()
	defer purge.Stop()
	w.attempt(ctx, "tending keys", w.Tend)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tend.C:
			w.attempt(ctx, "tending keys", w.Tend)
		case <-purge.C:
			w.attempt(ctx, "purging", w.Purge)
		}
	}
}

func (w *Worker) attempt(ctx context.Context, what string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		w.Logger.WarnContext(ctx, what+" did not work, will be tried again", slog.Any("error", err))
	}
}

// Purge removes rows past their end, in small batches, if no other replica is
// doing it.
func (w *Worker) Purge(ctx context.Context) error {
	w.prepare()
	now := core.Instant(w.Now())
	ours, err := w.Database.Lease(ctx, "purge", w.self, now, now.Add(purgeEvery))
	if err != nil || !ours {
		return err
	}
	for more := true; more; {
		if _, more, err = w.Database.Purge(ctx, now, purgeBatch); err != nil {
			return err
		}
	}
	return nil
}
