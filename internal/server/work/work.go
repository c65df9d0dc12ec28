// Package work does what no request waits for: it sends what was promised with
// an event, tends the keys, and removes what is past its end. Any number of
// replicas may do it at once; a lease only saves work.
package work

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/keys"
)

// How often, and how much at once.
const (
	deliverEvery = time.Second // besides being woken
	tendEvery    = keys.ReloadAfter
	purgeEvery   = time.Minute
	noteEvery    = time.Minute
	lastNotes    = 5 * time.Second // that long a process that stops may take for them
	batch        = 20
	purgeBatch   = 500
	claim        = time.Minute      // a replica that dies gives its deliveries back after this
	sending      = 20 * time.Second // that long one letter may take
	maxBackOff   = 10 * time.Minute
)

// Worker works for tenants of a database, and cleans up in all of it.
type Worker struct {
	Database core.Database
	// Tenants are those whose letters this process can open, since others may
	// share the database; none: every tenant.
	Tenants []core.ID
	// Mailer sends the letters of a tenant.
	Mailer func(tenant core.ID) core.Mailer
	// Letter opens a sealed mail delivery of a tenant and gives it its words.
	Letter func(ctx context.Context, tenant core.ID, sealed []byte) (core.Mail, error)
	// Tend looks after the keys of the tenants that this process serves.
	Tend func(ctx context.Context) error
	// Note writes what requests left to be written, each minute and once more at the
	// end; nil is nothing.
	Note   func(ctx context.Context) error
	Now    func() time.Time
	Logger *slog.Logger

	once   sync.Once
	wake   chan struct{}
	outbox outbox
	self   core.ID                // as holder of leases
	part   atomic.Pointer[Worker] // who does its work; nil is itself
}

func (w *Worker) prepare() {
	w.once.Do(func() {
		w.wake = make(chan struct{}, 1)
		w.self = core.NewID(w.Now())
		w.outbox.busy, w.outbox.rests = map[core.ID]bool{}, map[core.ID]time.Time{}
		w.outbox.slots = make(chan struct{}, atOnce)
	})
}

// PartOf says that from now on the other one does what w would: who wakes w means
// that one. nil takes it back.
func (w *Worker) PartOf(other *Worker) { w.part.Store(other) }

// Wake makes Run look for deliveries now. It never waits.
func (w *Worker) Wake() {
	if other := w.part.Load(); other != nil {
		w = other
	}
	w.prepare()
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run works until the context ends. What it began it finishes or gives back.
// Each kind of work goes at its own pace: a mail server that hangs keeps neither
// keys nor rows waiting (KEY03, SMT01).
func (w *Worker) Run(ctx context.Context) {
	w.prepare()
	var kinds sync.WaitGroup
	kinds.Go(func() {
		w.attempt(ctx, "tending keys", w.Tend)
		w.repeat(ctx, "tending keys", tendEvery, nil, w.Tend)
	})
	kinds.Go(func() { w.repeat(ctx, "delivering", deliverEvery, w.wake, w.Deliver) })
	kinds.Go(func() { w.repeat(ctx, "purging", purgeEvery, nil, w.Purge) })
	if w.Note != nil {
		kinds.Go(func() { w.note(ctx) })
	}
	kinds.Wait()
	w.outbox.all.Wait()
}

func (w *Worker) note(ctx context.Context) {
	w.repeat(ctx, "writing notes", noteEvery, nil, w.Note)
	ending, stop := context.WithTimeout(context.WithoutCancel(ctx), lastNotes)
	defer stop()
	if err := w.Note(ending); err != nil {
		w.Logger.WarnContext(ctx, "the last notes could not be written: what happened since the minute before is not noted", slog.Any("error", err))
	}
}

// repeat does one kind of work at every tick and call.
func (w *Worker) repeat(ctx context.Context, what string, every time.Duration, wake <-chan struct{}, do func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
		w.attempt(ctx, what, do)
	}
}

func (w *Worker) attempt(ctx context.Context, what string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		w.Logger.WarnContext(ctx, what+" did not work, will be tried again", slog.Any("error", err))
	}
}

// Purge removes rows past their end, in small batches, if no other replica is
// doing it. All that is left may take longer than the lease, so each batch keeps it:
// a second replica would do the same over again.
func (w *Worker) Purge(ctx context.Context) error {
	w.prepare()
	start := core.Instant(w.Now())
	for more := true; more; {
		now := core.Instant(w.Now())
		ours, err := w.Database.Lease(ctx, "purge", w.self, now, now.Add(purgeEvery))
		if err != nil || !ours {
			return err
		}
		if _, more, err = w.Database.Purge(ctx, start, purgeBatch); err != nil {
			return err
		}
	}
	return nil
}
