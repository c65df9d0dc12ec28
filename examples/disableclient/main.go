// Command disableclient is an operator's program for clients: it lists, disables,
// enables, revokes, deletes and approves them, and lets those go that nobody uses.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
)

const usage = `disableclient [flags] list | waiting | stale DAYS | cleanup DAYS
disableclient [flags] disable | enable | revoke | delete | approve CLIENT_ID`

func main() {
	flags := flag.NewFlagSet("disableclient", flag.ExitOnError)
	database := flags.String("database", "keywright.db", "file of the database")
	by := flags.String("by", os.Getenv("USER"), "who you are, for the audit log")
	reason := flags.String("reason", "", "why, for the audit log")
	flags.Usage = func() { fmt.Fprintln(flags.Output(), usage); flags.PrintDefaults() }
	_ = flags.Parse(os.Args[1:]) // it ends the program itself
	if err := run(context.Background(), *database, flags.Args(), admin.Act{By: *by, Reason: *reason}, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run does what the words say. It needs the database alone, and may run beside the
// provider.
func run(ctx context.Context, database string, words []string, act admin.Act, out io.Writer) error {
	if _, err := os.Stat(database); err != nil { // opening would make an empty one
		return fmt.Errorf("-database names a file that is not there: %w", err)
	}
	db, err := sqlite.Open(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close()
	tenant, err := db.TenantByName(ctx, "default")
	if err != nil {
		return fmt.Errorf("start the provider once, so that its tenant is there: %w", err)
	}
	clients := admin.Clients{Store: db.Tenant(tenant.ID)}
	switch {
	case len(words) == 1 && words[0] == "list":
		return list(ctx, clients, admin.Filter{}, out)
	case len(words) == 1 && words[0] == "waiting":
		return list(ctx, clients, admin.Filter{Waiting: true}, out)
	case len(words) == 2 && (words[0] == "stale" || words[0] == "cleanup"):
		days, err := strconv.Atoi(words[1])
		if err != nil {
			return errors.New(usage)
		}
		since := time.Now().AddDate(0, 0, -days)
		if words[0] == "stale" {
			return list(ctx, clients, admin.Filter{UnusedSince: since}, out)
		}
		return cleanUp(ctx, clients, since, act, out)
	case len(words) == 2:
		return change(ctx, clients, words[0], words[1], act)
	}
	return errors.New(usage)
}

// change does one thing to one client.
func change(ctx context.Context, clients admin.Clients, what, id string, act admin.Act) error {
	var err error
	switch what {
	case "disable": // ends what was granted, for good
		_, err = clients.Disable(ctx, id, act)
	case "enable": // people have to sign in to it again
		_, err = clients.Enable(ctx, id, act)
	case "revoke": // ends what was granted; the client goes on
		_, err = clients.Revoke(ctx, id, act)
	case "delete": // its id never returns
		_, err = clients.Delete(ctx, id, act)
	case "approve": // where clients wait for an operator
		_, err = clients.Approve(ctx, id, act)
	default:
		err = errors.New(usage)
	}
	return err
}

// list prints the clients that the filter names, a page at a time.
func list(ctx context.Context, clients admin.Clients, f admin.Filter, out io.Writer) error {
	for after := ""; ; {
		page, next, err := clients.List(ctx, f, after, 100)
		if err != nil {
			return err
		}
		for _, c := range page {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\tused %s\n", c.ID, c.Lane, c.Name, standing(c), c.LastUsed().Format(time.DateOnly))
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// standing of a client, in a few words.
func standing(c core.Client) string {
	switch {
	case c.Disabled:
		return fmt.Sprintf("disabled by %s: %s", c.Record.DisabledBy, c.Record.DisabledReason)
	case !c.Record.WaitingSince.IsZero():
		return "waits for an operator since " + c.Record.WaitingSince.Format(time.DateOnly)
	}
	return "active"
}

// cleanUp lets clients go that publish what they are and that nobody has used since.
func cleanUp(ctx context.Context, clients admin.Clients, since time.Time, act admin.Act, out io.Writer) error {
	for after := ""; ; {
		done, err := clients.CleanUp(ctx, since, after, 100, act)
		for _, id := range done.IDs {
			fmt.Fprintln(out, id)
		}
		if after = done.Next; err != nil || after == "" {
			return err
		}
	}
}
