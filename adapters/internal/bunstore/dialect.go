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
	// Broken: the connection was lost. A read, or a transaction whose commit was
	// not sent yet, may be tried again on another; of a single statement that
	// writes nobody knows.
	Broken
	// Stale: a prepared statement no longer fits its tables; it changed nothing.
	Stale
	// Crowded: the server prepares no more statements; nothing was run, and by its
	// text the same may be.
	Crowded
	// Unavailable: the database could not do it, or nobody knows whether it did.
	Unavailable
)

// Dialect holds all that differs between databases.
type Dialect struct {
	// Name is also the folder of the migrations.
	Name string
	// Bun writes what is not prepared.
	Bun schema.Dialect
	// Text turns a statement as this package writes it (plain names, "?" for
	// parameters) into the database's own.
	Text func(text string) string
	// Classify says what the driver's error means, and words for it that hold
	// no value of any row.
	Classify func(err error) (Class, string)
	// Take is the text of one statement that counts n attempts. Parameters: per
	// row tenant, key and resets, and at the end the instant, twice. It gives key,
	// count and resets of each, unless TakeThenRead says that it cannot.
	Take func(n int) string
	// TakeThenRead reads what Take counted by a second statement in the same
	// transaction.
	TakeThenRead bool
	// HasTable is a query that counts the tables of a name among those that
	// statements without a qualified name mean.
	HasTable func(name string) string
	// Catalogue is a query for the tables in a list of quoted names: see
	// readShape.
	Catalogue func(names string) string
	// Exclusive runs do on the connection under a lock of the whole database
	// and, where it can, as one transaction.
	Exclusive func(ctx context.Context, c *sql.Conn, do func() error) error
	// Before and After are the same for somebody who runs a step by hand.
	Before, After []string
	// TableOptions end the statements that make tables.
	TableOptions string
	// Denied says that the role may not do what it tried.
	Denied func(err error) bool
	// Gather sends all writes through one batch at a time.
	Gather bool
	// ByText runs the statements of a transaction by their text instead of
	// preparing them, which costs a round trip on each connection. Where each
	// transaction runs on the same connection, preparing is cheaper.
	ByText bool
	// Lateral has the row that stands beside another looked up for each, by its
	// key, whatever the planner believes of the tables: it may know nothing of them
	// yet, and would read all rows of the tenant.
	Lateral bool
	// Arrays: the numbers that a grant's standing takes from one row are given as
	// ARRAY[…], by a column that looks the row up itself. Needs Lateral.
	Arrays bool
	// ByKey stands after the table of an update that names the whole key and says
	// more, so that a planner which weighs indexes anew each time weighs no other, and
	// after one that is joined by its whole key: believed to be tiny, it would be read whole.
	ByKey string
	// GroupsByKey: rows that are grouped by the beginning of a key are not all read,
	// the key is searched for each group. Elsewhere a recursive query does so.
	GroupsByKey bool
	// OrNothing ends an insert so that a taken key changes no row instead of being
	// an error, which would undo what others have in the same batch. Empty where
	// the database has nothing like it, or nothing that lets other errors be.
	OrNothing string
	// Isolation is asked for by each transaction; the default is the database's.
	Isolation sql.IsolationLevel
	// PlainDDL: a transaction does not hold statements that change the schema, so
	// that a migration can stop half-way. AlreadyDone then says that an error
	// means that such a statement was run before.
	PlainDDL    bool
	AlreadyDone func(err error) bool
	// Attempts a unit has, if more than usual: where writers on several servers meet on
	// a row they do not queue for it, and all but one begin again.
	Attempts int
	// Unlocked: Exclusive keeps nobody out on other servers of a cluster, which runs
	// the statements of all in one order. Whoever is second is told that a row or a
	// thing is there, and goes on with what is left.
	Unlocked bool
}
