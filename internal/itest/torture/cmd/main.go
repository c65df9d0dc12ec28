//go:build unix

// Command cmd tortures three replicas of a provider over one database, and reports what callers heard.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/itest/torture"
)

func main() {
	torture.Replica()
	var o torture.Options
	stores := flag.String("store", "sqlite,postgres,mysql", "databases, one run after the other; galera is a cluster of three MariaDB nodes")
	flag.StringVar(&o.DSN, "dsn", "", "an empty database of the one store named; none starts private servers")
	flag.DurationVar(&o.For, "for", 10*time.Minute, "how long the load lasts, altogether")
	flag.IntVar(&o.Callers, "callers", 16, "how many act at once")
	flag.Uint64Var(&o.Seed, "seed", uint64(time.Now().UnixNano()), "what chooses acts and faults")
	flag.StringVar(&o.Broken, "broken", "", fmt.Sprintf("a fault of the store, to be found: one of %q", torture.Faulty()))
	flag.Parse()
	good, all := true, strings.Split(*stores, ",")
	o.For /= time.Duration(len(all))
	for _, o.Store = range all {
		found, err := run(o)
		if err != nil {
			log.Fatalf("%s: %v", o.Store, err)
		}
		good = good && !found
	}
	if !good {
		os.Exit(1)
	}
}

// run makes one run and says whether it found anything.
func run(o torture.Options) (found bool, err error) {
	ctx := context.Background()
	if o.DSN == "" {
		remove, err := o.Private(ctx)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, remove()) }()
	}
	report, err := torture.Run(ctx, o)
	if err != nil {
		return false, err
	}
	fmt.Println(report.String())
	return len(report.Violations) > 0, nil
}
