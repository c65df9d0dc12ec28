package conformance_test

import (
	"context"
	"fmt"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// The suite runs outside go test too, for instance against a database in a
// place that tests do not reach.
func ExampleRun() {
	report := conformance.Run(context.Background(), func() (core.Database, error) { return memory.New(), nil })
	for _, r := range report.Failed() {
		fmt.Println(r.Check.Name, r.Err, "– it matters because", r.Check.Why)
	}
	fmt.Println(report.Passed())
	// Output: true
}
