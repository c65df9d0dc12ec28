package bunstore

import (
	"context"

	"github.com/keywright/keywright/adapters/internal/gather"
	"github.com/keywright/keywright/core"
)

// newGatherer lets one caller write at a time, for all that queue meanwhile.
func newGatherer(db *DB) *gather.Lanes[*job] { return gather.New(1, 0, db.runAll) }

// gathered runs j and answers after the commit. A caller that is cancelled while
// it queues has written nothing; one that is cancelled while another writes its
// job does not know.
func (db *DB) gathered(j *job) error {
	switch db.gather.Do(j.ctx, j) {
	case gather.Answered:
		return j.err
	case gather.Left:
		return j.ctx.Err()
	}
	if err := j.ctx.Err(); err != nil {
		return core.Unavailable(err)
	}
	return core.ErrUnavailable // the batch panicked: what it wrote may have been undone with the rest
}

// runAll writes a batch as one transaction. If that fails before the commit nothing
// was changed, and each job is run by itself, so that one cannot harm another.
func (db *DB) runAll(batch []*job) {
	if len(batch) > 1 {
		ctx := context.WithoutCancel(batch[0].ctx)
		err := db.transaction(ctx, batch)
		if err == nil {
			return
		}
		if lost(err) {
			for _, j := range batch {
				j.err = err
			}
			return
		}
	}
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err == nil {
			j.err = db.alone(context.WithoutCancel(j.ctx), j)
		}
	}
}
