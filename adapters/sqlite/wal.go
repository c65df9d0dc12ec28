package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// oldest release that is safe: earlier ones could corrupt the WAL when two
// connections wrote and checkpointed at once.
const oldest = "3.51.3"

// older compares dotted versions number by number.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for n := range min(len(a), len(b)) {
		x, _ := strconv.Atoi(a[n])
		y, _ := strconv.Atoi(b[n])
		if x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}

// whileBusy tries again for a second. The switch to WAL mode needs the file for
// itself and is not covered by the busy timeout, so that processes that start
// together on a new file have to try more than once.
func whileBusy(ctx context.Context, busy func(error) bool, do func() error) error {
	for n := 0; ; n++ {
		err := do()
		if err == nil || !busy(err) || n == 50 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// enterWAL asks for WAL mode.
func enterWAL(ctx context.Context, writer *sql.DB) error {
	return whileBusy(ctx, busy, func() error {
		var mode string
		err := writer.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode)
		if err == nil && mode != "wal" {
			err = fmt.Errorf("sqlite: journal mode is %s; this file system cannot do WAL", mode)
		}
		return err
	})
}

// checkPool asks one connection of somebody else's pool for all that safety
// depends on, and names every setting that is wrong together with what to do.
func checkPool(ctx context.Context, pool *sql.DB) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer func() { _ = conn.Close() }()
	var problems []error
	for _, c := range []struct {
		ask   string
		right func(string) bool
		want  string
	}{
		{"SELECT sqlite_version()", func(v string) bool { return !older(v, oldest) }, "a driver with at least " + oldest},
		{"PRAGMA journal_mode", func(v string) bool { return v == "wal" }, "PRAGMA journal_mode = WAL, in a file"},
		{"PRAGMA synchronous", func(v string) bool { return number(v) >= 2 }, "PRAGMA synchronous = FULL"},
		{"PRAGMA busy_timeout", func(v string) bool { return number(v) >= 1000 }, "PRAGMA busy_timeout = 5000"},
	} {
		var value string
		if err := conn.QueryRowContext(ctx, c.ask).Scan(&value); err != nil {
			return fmt.Errorf("sqlite: %s: %w", c.ask, err)
		}
		if !c.right(value) {
			problems = append(problems, fmt.Errorf("sqlite: %s gives %s; every connection needs %s", c.ask, value, c.want))
		}
	}
	return errors.Join(problems...)
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func busy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_BUSY
}
