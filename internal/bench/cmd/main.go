// Command cmd runs the bench: a provider in a process of its own for each
// store, and load from this one. Load stays on loopback and ends by itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/bench"
)

func main() {
	serve := flag.String("serve", "", "be the provider's process, on this store (used by the bench itself)")
	folder := flag.String("folder", "", "where the provider's process keeps its files")
	stores := flag.String("stores", "memory,sqlite", "stores to measure, separated by commas")
	callers := flag.Int("callers", 16, "concurrent callers")
	each := flag.Duration("each", 2*time.Second, "how long each operation is measured")
	only := flag.String("only", "", "measure only operations whose name contains this")
	profile := flag.String("profile", "", "write a CPU profile of the provider's process to this file")
	flag.Parse()
	if *serve != "" {
		if err := bench.Serve(context.Background(), *serve, *folder, *profile, os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	failed := int64(0)
	for store := range strings.SplitSeq(*stores, ",") {
		n, err := bench.Store(store, bench.Options{Callers: *callers, Duration: *each, Only: *only, Profile: *profile, Out: os.Stdout})
		if err != nil {
			log.Fatalf("%s: %v", store, err)
		}
		failed += n
	}
	if failed > 0 {
		fmt.Printf("\n%d operations failed\n", failed)
		os.Exit(1)
	}
}
