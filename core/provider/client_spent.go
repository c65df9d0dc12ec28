package provider

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

// spent is a mark of something that is good once. The zero value is none.
type spent struct {
	kind   string
	hash   core.Hash
	change core.ID
}

// takeBackTime is how long a client that will be told to ask again waits at the
// most for what it has spent.
const takeBackTime = 2 * time.Second

// spend marks an assertion as used, or gives errAssertionUsed. The mark outlives
// it at every replica, also where the clock of the one that purges is ahead of
// the one that is asked (INV-M2).
func (p *Provider) spend(ctx context.Context, q *clientQuestion, kind string, hash core.Hash, expires time.Time) error {
	q.spent = spent{kind, hash, core.NewID(q.at)}
	err := p.Store.Mark(ctx, kind, hash, expires.Add(2*core.MaxClockSkew), q.spent.change)
	switch {
	case errors.Is(err, core.ErrConflict):
		return errAssertionUsed
	case err != nil:
		return core.Unavailable(err)
	}
	return nil
}

// takeBack lets what the request has spent be used again where nobody is told how
// it ended: nothing was handed out, and who repeats the very same request must not
// hear that its assertion was used. It does so also where nobody knows whether the
// mark is there. Only the mark of this request goes, so that of several requests
// with one assertion one is answered at the most. Where the store cannot do it, the
// assertion stays used and the client signs another.
func (p *Provider) takeBack(ctx context.Context, q *clientQuestion, err error) {
	if q.spent.change.IsZero() || !unanswered(err) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackTime)
	defer cancel()
	if err := p.Store.Unmark(ctx, q.spent.kind, q.spent.hash, q.spent.change); err != nil {
		p.log.WarnContext(ctx, "what a request had used up could not be taken back", "kind", q.spent.kind, "error", err)
	}
}

// unanswered says that respondError tells nobody how it ended: it answers 503, or
// nothing to one who has left.
func unanswered(err error) bool {
	var refusal *core.OAuthError
	if errors.As(err, &refusal) {
		return refusal.Code == core.TemporarilyUnavailable
	}
	return errors.Is(err, core.ErrUnavailable) || errors.Is(err, context.Canceled)
}
