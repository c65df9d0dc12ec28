// Command disableclient stops an application, or lets it go on.
package main

import (
	"context"
	"flag"
	"log"
	"time"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

func main() {
	database := flag.String("database", "keywright.db", "file of the database")
	id := flag.String("client", "", "client_id")
	enable := flag.Bool("enable", false, "let it go on")
	flag.Parse()
	if err := run(context.Background(), *database, *id, !*enable); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, database, id string, disabled bool) error {
	db, err := sqlite.Open(ctx, database)
	if err != nil {
		return err
	}
	defer db.Close()
	tenant, err := db.TenantByName(ctx, "default")
	if err != nil {
		return err
	}
	return set(ctx, db.Tenant(tenant.ID), id, disabled)
}

// set disables a client and ends what was granted to it, or enables it again.
func set(ctx context.Context, store core.Store, id string, disabled bool) error {
	c, err := store.Client(ctx, id)
	if err != nil {
		return err
	}
	if c.Disabled = disabled; disabled {
		c.Epoch++ // what was granted before has ended
	}
	now := core.Instant(time.Now())
	c.Change = core.NewID(now)
	return store.UpdateClient(ctx, c, core.Event{
		ID: core.NewID(now), At: now, Name: core.EventClientChanged, Client: c.ID, KeepUntil: now.AddDate(1, 0, 0),
	})
}
