package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun/schema"
)

// Class is what a driver's error means to a store.
type Class int

// The classes of errors.
const (
	// Fault is an error of this package: a statement the database refuses.
	Fault Class = iota
	// Duplicate: a unique key is taken; the statement changed nothing.
	Duplicate
	// Retry: nothing was changed, and the same may succeed at once.
	Retry
	// Unavailable: the database could not do it, or nobody knows whether it did.
	Unavailable
)

// Dialect holds all that differs between databases.
type Dialect struct {
	// Name is also the folder of the migrations.
	Name string
	// Bun writes what is not prepared.
	Bun schema.Dialect
	// Placeholder of the n-th parameter, counted from 1.
	Placeholder func(n int) string
	// Classify says what the driver's error means, and words for it that hold
	// no value of any row.
	Classify func(err error) (Class, string)
	// Take is the text of one statement that counts n attempts and returns
	// key, count and resets for each. Parameters: per row tenant, key and
	// resets, and at the end the instant, twice.
	Take func(n int) string
	// HasSteps is a query that counts the tables named schema_steps.
	HasSteps string
	// Exclusive runs do on the connection under a lock of the whole database
	// and, where it can, as one transaction.
	Exclusive func(ctx context.Context, c *sql.Conn, do func() error) error
	// Gather sends all writes through one batch at a time.
	Gather bool
	// Detached runs reads by key without the caller's cancellation: they take
	// microseconds, and watching for it costs more than the read.
	Detached bool
}
