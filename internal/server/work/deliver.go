package work

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/keywright/keywright/core"
)

// ErrForeign is what Letter says of another provider's delivery: a database may
// be shared by issuers whose keys this process does not have. It is left to who
// can open it, soon, however often this happens.
var ErrForeign = errors.New("work: the delivery is another provider's")

// Deliver sends everything that is due. What fails is due again later, ever
// longer apart, until its own end.
func (w *Worker) Deliver(ctx context.Context) error {
	w.prepare()
	for {
		now := core.Instant(w.Now())
		due, err := w.Database.ClaimDeliveries(ctx, now, now.Add(claim), batch)
		if err != nil {
			return err
		}
		for _, d := range due {
			if w.Now().After(now.Add(claim - sending)) {
				return nil // the rest would be claimed by others before it is sent
			}
			if err := w.deliverOne(ctx, d, now); err != nil {
				return err
			}
		}
		if len(due) < batch {
			return nil
		}
	}
}

func (w *Worker) deliverOne(ctx context.Context, d core.ClaimedDelivery, now time.Time) error {
	if !d.KeepUntil.IsZero() && !now.Before(d.KeepUntil) {
		w.Logger.WarnContext(ctx, "a delivery was given up", slog.String("kind", d.Kind), slog.Int("attempts", d.Attempts))
		return w.Database.FinishDelivery(ctx, d.Tenant, d.ID)
	}
	mail, err := w.Letter(ctx, d.Tenant, d.Body)
	if errors.Is(err, ErrForeign) {
		return w.Database.RetryDelivery(ctx, d.Tenant, d.ID, now.Add(passOn()))
	}
	if err == nil {
		err = w.send(ctx, d.ID.String(), mail)
	}
	if err == nil {
		return w.Database.FinishDelivery(ctx, d.Tenant, d.ID)
	}
	w.Logger.WarnContext(ctx, "a delivery failed and will be tried again", slog.String("kind", d.Kind),
		slog.Int("attempts", d.Attempts+1), slog.Any("error", err))
	return w.Database.RetryDelivery(ctx, d.Tenant, d.ID, now.Add(backOff(d.Attempts)))
}

// send gives a letter to the mailer, for as long as the claim on it surely holds.
func (w *Worker) send(ctx context.Context, id string, mail core.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	return w.Mailer.Send(ctx, id, mail)
}

// passOn is how soon a delivery that another process has to make is due again.
// No two are the same, or a worker that is not meant would always be there
// first: its rounds have the same distance.
func passOn() time.Duration {
	return passedOn + rand.N(passedOn) //nolint:gosec // spreads rounds; nothing rests on it
}

// backOff doubles from two seconds.
func backOff(attempts int) time.Duration {
	if attempts > 8 {
		return maxBackOff
	}
	return min(maxBackOff, 2*time.Second<<attempts)
}
