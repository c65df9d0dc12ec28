package work

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/keywright/keywright/core"
)

// Deliver sends everything that is due for its tenants. What fails is due again
// later, ever longer apart, until its own end.
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
		due, err := w.Database.ClaimDeliveries(ctx, tenants, now, now.Add(claim), batch)
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
	if err == nil {
		err = w.send(ctx, d.Tenant, d.ID.String(), mail)
	}
	if err == nil {
		return w.Database.FinishDelivery(ctx, d.Tenant, d.ID)
	}
	w.Logger.WarnContext(ctx, "a delivery failed and will be tried again", slog.String("kind", d.Kind),
		slog.Int("attempts", d.Attempts+1), slog.Any("error", err))
	return w.Database.RetryDelivery(ctx, d.Tenant, d.ID, now.Add(backOff(d.Attempts)))
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
