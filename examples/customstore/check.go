package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customstore/boltstore"
)

// checkStore holds a store in a file of its own to the contract, prints what
// came out, and returns an error if anything is wrong.
func checkStore(ctx context.Context, to io.Writer, beginnings []string) error {
	checks := slices.DeleteFunc(conformance.Store(), func(c conformance.Check) bool {
		named := func(b string) bool { return strings.HasPrefix(c.Name, b) }
		return len(beginnings) > 0 && !slices.ContainsFunc(beginnings, named)
	})
	if len(checks) == 0 {
		return fmt.Errorf("no check has a name that begins with %s", strings.Join(beginnings, " or "))
	}
	folder, err := os.MkdirTemp("", "customstore")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	report := conformance.Run(ctx, func() (core.Database, error) {
		return boltstore.Open(filepath.Join(folder, "check.db"))
	}, checks...)
	fmt.Fprint(to, report)
	if !report.Passed() {
		return fmt.Errorf("%d of %d checks failed", len(report.Failed()), len(report.Results))
	}
	return nil
}
