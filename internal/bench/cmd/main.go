// Command cmd runs the bench: a provider in a process of its own for each
// store, and load from this one. Load stays on loopback and ends by itself.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/bench"
)

func main() {
	log.SetFlags(0)
	if bench.IsChild(os.Args) {
		if err := bench.Child(context.Background()); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := bench.Options{Out: os.Stdout}
	stores := flag.String("stores", strings.Join(bench.All(), ","), "stores to measure, separated by commas")
	flag.StringVar(&o.Postgres, "postgres", os.Getenv("KEYWRIGHT_TEST_POSTGRES"), "DSN of a Postgres to measure on; empty starts a private one")
	flag.StringVar(&o.MySQL, "mysql", os.Getenv("KEYWRIGHT_TEST_MYSQL"), "the same for MySQL or MariaDB")
	flag.IntVar(&o.Connections, "connections", 16, "how many connections the provider has to its server")
	callers := flag.String("callers", "1,16,64", "how many callers at once, in turn; at most 64")
	crowds := flag.String("crowds", "people,person,grant", "who they are: each somebody else, all one person, all with one grant")
	flag.DurationVar(&o.Duration, "each", time.Second, "how long each operation is measured")
	flag.StringVar(&o.Only, "only", "", "measure only operations whose name contains this")
	flag.StringVar(&o.Profiles, "profiles", "", "write CPU profiles of the provider's process to this folder, one per operation; it is made if it is not there")
	scale := flag.String("scale", "", "measure at scale instead: "+strings.Join(bench.ScaleParts(), ","))
	var at bench.ScaleOptions
	flag.IntVar(&at.Rotations, "rotations", 100_000, "at scale: rotations of one family")
	flag.IntVar(&at.Grants, "grants", 1_000_000, "at scale: stored grants")
	flag.IntVar(&at.SignIns, "sign-ins", 256, "at scale: sign-ins whose rows are counted")
	flag.IntVar(&at.Tenants, "tenants", 10_000, "at scale: tenants in one process")
	file := flag.String("json", "", "also write what was found to this file")
	flag.Parse()
	o.Stores = strings.Split(*stores, ",")
	for c := range strings.SplitSeq(*crowds, ",") {
		o.Crowds = append(o.Crowds, bench.Crowd(c))
	}
	for c := range strings.SplitSeq(*callers, ",") {
		n, err := strconv.Atoi(c)
		if err != nil {
			return fmt.Errorf("callers: %w", err)
		}
		o.Callers = append(o.Callers, n)
	}
	if err := o.Check(); err != nil {
		return err
	}
	if *scale != "" {
		at.Options, at.Parts = o, strings.Split(*scale, ",")
		found, missed, err := bench.Scale(ctx, at)
		if err == nil && missed > 0 {
			err = fmt.Errorf("\n%d demands were not met", missed)
		}
		return errors.Join(err, write(*file, found))
	}
	found, failed, err := bench.Run(ctx, o)
	if err != nil {
		return err
	}
	if err := write(*file, found); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("\n%d operations failed", failed)
	}
	return nil
}

func write(file string, found bench.Findings) error {
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(found, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644) //nolint:gosec // nothing in it is secret
}
