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

// enterWAL asks for WAL mode. The switch needs the file for itself and is not
// covered by the busy timeout, so that two processes that start together have
// to try more than once.
func enterWAL(ctx context.Context, writer *sql.DB) error {
	for n := 0; ; n++ {
		var mode string
		err := writer.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode)
		switch {
		case err == nil && mode == "wal":
			return nil
		case err == nil:
			return fmt.Errorf("sqlite: journal mode is %s; this file system cannot do WAL", mode)
		case !busy(err) || n == 50:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func busy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_BUSY
}
