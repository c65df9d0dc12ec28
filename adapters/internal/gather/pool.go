package gather

import (
	"database/sql"
	"time"
)

// LanesOf is how many lanes there are where each batch takes a connection of a
// pool: a quarter of them, two at least.
func LanesOf(pool *sql.DB) int { return max(2, pool.Stats().MaxOpenConnections/4) }

// Deadline is when a batch ends whose leader has timeout since it began. It may
// have queued for most of that; the batch has a quarter at least.
func Deadline(began time.Time, timeout time.Duration) time.Time {
	end := began.Add(timeout)
	if least := time.Now().Add(timeout / 4); end.Before(least) {
		return least
	}
	return end
}
