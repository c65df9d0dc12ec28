// Command cmd tortures three replicas of a provider over one database, and reports what callers heard.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/keywright/keywright/internal/itest/torture"
)

func main() {
	torture.Replica()
	o := torture.Options{Log: os.Stderr}
	flag.StringVar(&o.Store, "store", "sqlite", "sqlite")
	flag.StringVar(&o.DSN, "dsn", "", "an empty database of that kind; empty starts or makes one")
	flag.DurationVar(&o.For, "for", 10*time.Minute, "how long the load lasts")
	flag.IntVar(&o.Callers, "callers", 16, "how many act at once")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "what chooses acts and faults")
	flag.StringVar(&o.Broken, "broken", "", fmt.Sprintf("a fault of the store, to be found: one of %q", torture.Faulty()))
	flag.Parse()
	good, err := run(o)
	if err != nil {
		log.Fatal(err)
	}
	if !good {
		os.Exit(1)
	}
}

func run(o torture.Options) (good bool, err error) {
	if o.DSN == "" {
		folder, err := os.MkdirTemp("", "keywright-torture-")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(folder)
		o.DSN = filepath.Join(folder, "torture.db")
	}
	report, err := torture.Run(context.Background(), o)
	if err != nil {
		return false, err
	}
	fmt.Print(report.String())
	return len(report.Violations) == 0, nil
}
