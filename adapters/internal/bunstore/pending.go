package bunstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/keywright/keywright/core"
)

// createSteps makes the table in which the steps that were taken are written
// down.
const createSteps = "CREATE TABLE IF NOT EXISTS schema_steps (number INTEGER NOT NULL PRIMARY KEY)"

// tookStep writes down that a step was taken.
func tookStep(number int) string {
	return fmt.Sprintf("INSERT INTO schema_steps (number) VALUES (%d)", number)
}

// Pending lists the steps that Migrate would take, each with all that a
// database's administrator has to run in its place.
func (db *DB) Pending(ctx context.Context) ([]core.Migration, error) {
	steps, err := db.steps()
	if err != nil {
		return nil, err
	}
	at, err := db.reached(ctx)
	if err != nil {
		return nil, outward(err)
	}
	var pending []core.Migration
	for n := at; n < len(steps); n++ {
		pending = append(pending, core.Migration{Number: n + 1, Name: steps[n].name, SQL: byHand(n+1, steps[n].text)})
	}
	return pending, nil
}

// reached is the last step that was taken, 0 where none was. It needs no more
// than the right to read.
func (db *DB) reached(ctx context.Context) (int, error) {
	there := 0
	if err := db.reader.DB.QueryRowContext(ctx, db.dialect.HasSteps).Scan(&there); err != nil {
		return 0, db.classified(err)
	}
	if there == 0 {
		return 0, nil
	}
	return db.schema(ctx, db.reader.DB)
}

// byHand is a step with what Migrate does around it.
func byHand(number int, text string) string {
	var b strings.Builder
	if number == 1 {
		b.WriteString(createSteps + ";\n\n")
	}
	b.WriteString(strings.TrimSpace(text))
	b.WriteString("\n\n" + tookStep(number) + ";\n")
	return b.String()
}
