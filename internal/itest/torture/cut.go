package torture

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	_ "modernc.org/sqlite" // the driver of who holds the lock
)

// newCutter is what cuts connections to the database of the setting.
func newCutter(ctx context.Context, s Setting) (cutter, error) {
	db, err := sql.Open("sqlite", "file:"+s.DSN+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	return &holder{db}, db.PingContext(ctx)
}

// holder holds the write lock of an SQLite file, which has no connections to cut.
type holder struct{ db *sql.DB }

func (h *holder) cut(ctx context.Context, random *rand.Rand) (int, error) {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	long := random.Int64N(int64(400 * time.Millisecond))
	if random.IntN(20) == 0 {
		long += int64(6 * time.Second) // longer than anybody waits for it
	}
	held := time.NewTimer(time.Duration(long))
	defer held.Stop()
	select {
	case <-held.C:
	case <-ctx.Done():
	}
	return 1, tx.Rollback()
}

func (h *holder) close() { h.db.Close() }
