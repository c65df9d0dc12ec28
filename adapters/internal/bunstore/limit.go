package bunstore

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// Take counts one attempt against each limit: one statement for up to maxTakes
// different keys. Keys are counted in order, so that callers lock alike.
func (s *store) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	if len(limits) == 0 {
		return nil, nil
	}
	rounds := takeRounds(limits)
	taken := make([]core.Taken, len(limits))
	several := len(rounds) > 1 || s.db.dialect.TakeThenRead
	err := s.db.write(ctx, several, func(r runner) error {
		for _, round := range rounds {
			if err := s.take(r, at, limits, round, taken); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// takeRounds splits limits, by index, into statements that name no key twice.
func takeRounds(limits []core.Limit) (rounds [][]int) {
	order := make([]int, len(limits))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(limits[a].Key[:], limits[b].Key[:]) })
	for len(order) > 0 {
		var round, rest []int
		for _, n := range order {
			again := len(round) > 0 && limits[round[len(round)-1]].Key == limits[n].Key
			if again || len(round) == maxTakes {
				rest = append(rest, n)
				continue
			}
			round = append(round, n)
		}
		rounds, order = append(rounds, round), rest
	}
	return rounds
}

// take counts one round and puts how each stands into its place.
func (s *store) take(r runner, at time.Time, limits []core.Limit, round []int, taken []core.Taken) error {
	args := make([]any, 0, 3*len(round)+2)
	for _, n := range round {
		args = append(args, s.key, limits[n].Key[:], instantValue(at.Add(limits[n].Window)))
	}
	args = append(args, instantValue(at), instantValue(at))
	var key octets
	var count, resets number
	into, each := []any{&key, &count, &resets}, func() error {
		for _, n := range round {
			if limits[n].Key == key.hash() {
				taken[n] = core.Taken{Count: int(count.n), Over: count.n > int64(limits[n].Max), Resets: resets.instant()}
			}
		}
		return nil
	}
	if !s.db.dialect.TakeThenRead {
		return r.returning(s.db.hot.take[len(round)-1], args, into, each)
	}
	if _, err := r.exec(s.db.hot.take[len(round)-1], args...); err != nil {
		return err
	}
	keys := []any{s.key}
	for _, n := range round {
		keys = append(keys, limits[n].Key[:])
	}
	return r.returning(s.db.hot.taken[len(round)-1], keys, into, each)
}

// Forgive takes one attempt back from each key whose window is open: one
// statement for up to maxTakes keys. It has parameters, since a driver may have a
// statement without any run again whose answer was lost, and so count twice.
func (s *store) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	if len(keys) == 0 {
		return nil
	}
	rounds := slices.Collect(slices.Chunk(keys, maxTakes))
	return s.db.write(ctx, len(rounds) > 1, func(r runner) error {
		for _, round := range rounds {
			args := []any{s.key, instantValue(at)}
			for _, key := range round {
				args = append(args, key[:])
			}
			if _, err := r.exec(s.db.hot.forgive[len(round)-1], args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeOnConflict is Dialect.Take for databases with ON CONFLICT and RETURNING: a
// new window where there is none or it has passed, one more where it is open.
func TakeOnConflict(n int) string {
	return "INSERT INTO limits (tenant, hash, attempts, keep_until) VALUES (?, ?, 1, ?)" +
		strings.Repeat(", (?, ?, 1, ?)", n-1) + " ON CONFLICT (tenant, hash) DO UPDATE SET" +
		" attempts = CASE WHEN limits.keep_until <= ? THEN 1 ELSE limits.attempts + 1 END," +
		" keep_until = CASE WHEN limits.keep_until <= ? THEN excluded.keep_until ELSE limits.keep_until END" +
		" RETURNING hash, attempts, keep_until"
}
