// Command migrate brings the schema of a database up to date, or prints the SQL
// for somebody else to run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	database := flags.String("database", "sqlite", "sqlite, postgres or mysql")
	dsn := flags.String("dsn", os.Getenv("DSN"), "the file, or the server's DSN; DSN in the environment keeps it from ps")
	show := flags.Bool("print", false, "print the SQL of the steps that are pending")
	apply := flags.Bool("apply", false, "take the steps that are pending")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *show && *apply {
		return errors.New("-print -apply: a step is printed or applied, never both")
	}
	db, err := open(ctx, *database, *dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	switch {
	case *show:
		return printSQL(out, *database, pending)
	case *apply:
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		list(out, "taken", pending)
	default:
		list(out, "pending", pending)
	}
	return nil
}

func open(ctx context.Context, database, dsn string) (core.Database, error) {
	if dsn == "" {
		return nil, errors.New("-dsn, or DSN in the environment, is empty: name the database")
	}
	switch database {
	case "sqlite":
		return sqlite.Open(ctx, dsn)
	case "postgres":
		return postgres.Open(ctx, dsn)
	case "mysql":
		return mysql.Open(ctx, dsn)
	}
	return nil, fmt.Errorf("-database %q: want sqlite, postgres or mysql", database)
}

// clients are how to run what is printed, so that it ends at the first error.
var clients = map[string]string{
	"sqlite":   "sqlite3 -bail FILE",
	"postgres": "psql --set ON_ERROR_STOP=1 --dbname DSN",
	"mysql":    "mysql DATABASE",
}

func printSQL(out io.Writer, database string, pending []core.Migration) error {
	text := "-- Nothing is to do.\n"
	if len(pending) > 0 {
		text = "-- To be run once: " + clients[database] + " < this file\n"
	}
	for _, step := range pending {
		text += "\n" + step.SQL
	}
	_, err := io.WriteString(out, text)
	return err
}

func list(out io.Writer, what string, steps []core.Migration) {
	if len(steps) == 0 {
		fmt.Fprintln(out, "nothing is to do")
	}
	for _, step := range steps {
		fmt.Fprintf(out, "%s: step %d, %s\n", what, step.Number, step.Name)
	}
}
