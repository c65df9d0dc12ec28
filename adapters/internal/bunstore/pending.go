package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/keywright/keywright/core"
)

// Two tables tell how far a schema is: schema_steps has a row for each step that
// was taken and, where a step can stop halfway, schema_parts one for each of its
// statements that was begun.

// bookkeeping makes them.
func (db *DB) bookkeeping() []string {
	texts := []string{"CREATE TABLE IF NOT EXISTS schema_steps (number INTEGER NOT NULL PRIMARY KEY)" + db.dialect.TableOptions}
	if db.dialect.PlainDDL {
		texts = append(texts, "CREATE TABLE IF NOT EXISTS schema_parts (number INTEGER NOT NULL, part INTEGER NOT NULL,"+
			" PRIMARY KEY (number, part))"+db.dialect.TableOptions)
	}
	return texts
}

func (s step) begin(part int) string {
	return fmt.Sprintf("INSERT INTO schema_parts (number, part) VALUES (%d, %d)", s.number, part)
}

func (s step) notBegun(part int) string {
	return fmt.Sprintf("DELETE FROM schema_parts WHERE number = %d AND part = %d", s.number, part)
}

func (s step) done() string {
	return fmt.Sprintf("INSERT INTO schema_steps (number) VALUES (%d)", s.number)
}

type querier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// taken is the last step that the database has taken, 0 for an empty one.
func (db *DB) taken(ctx context.Context, on querier) (at int, err error) {
	return db.last(ctx, on, "schema_steps", "SELECT COALESCE(MAX(number), 0) FROM schema_steps")
}

// begun is the last statement of a step that somebody began, 0 for none.
func (db *DB) begun(ctx context.Context, on querier, number int) (part int, err error) {
	if !db.dialect.PlainDDL {
		return 0, nil
	}
	return db.last(ctx, on, "schema_parts",
		fmt.Sprintf("SELECT COALESCE(MAX(part), 0) FROM schema_parts WHERE number = %d", number))
}

// last asks a table of the bookkeeping, which may not be there yet.
func (db *DB) last(ctx context.Context, on querier, table, query string) (n int, err error) {
	var there bool
	err = on.QueryRowContext(ctx, db.dialect.HasTable(table)).Scan(&there)
	if err == nil && there {
		err = on.QueryRowContext(ctx, query).Scan(&n)
	}
	return n, db.classified(err)
}

// Pending lists the steps that Migrate would take, each with all that a
// database's administrator has to run in its place. What is left of a step that
// stopped halfway begins with the statement that was under way.
func (db *DB) Pending(ctx context.Context) (pending []core.Migration, err error) {
	steps, err := db.steps()
	if err != nil {
		return nil, err
	}
	at, err := db.taken(ctx, db.reader.DB)
	if err != nil {
		return nil, outward(err)
	}
	begun, err := db.begun(ctx, db.reader.DB, at+1)
	if err != nil {
		return nil, outward(err)
	}
	for n := at; n < len(steps); n++ {
		pending = append(pending, core.Migration{
			Number: steps[n].number, Name: steps[n].name, SQL: db.byHand(steps[n], begun),
		})
		begun = 0
	}
	return pending, nil
}

// byHand is a step with what Migrate does around it, from the statement that was
// begun on.
func (db *DB) byHand(s step, begun int) string {
	var b strings.Builder
	write := func(texts ...string) {
		for _, text := range texts {
			b.WriteString(text + ";\n")
		}
	}
	fmt.Fprintf(&b, "-- Keywright, %s\n", s)
	write(db.dialect.Before...)
	write(db.bookkeeping()...)
	for n, text := range s.statements() {
		part := n + 1
		if part < begun {
			continue
		}
		b.WriteString("\n")
		switch {
		case part == begun:
			b.WriteString("-- Was under way when somebody stopped. If it is refused because the thing is there,\n" +
				"-- or gone, then it was done: run what follows it.\n")
		case db.dialect.PlainDDL:
			write(s.begin(part))
		}
		write(text)
	}
	b.WriteString("\n")
	write(s.done())
	write(db.dialect.After...)
	return b.String()
}
