// Package conformance tells, check by check, whether a store keeps the contract
// of core.Store and core.Database, and what breaks for users where it does not.
//
// Checks are values that return errors. Test runs them as subtests of go test;
// Run runs them anywhere else and gives a report.
//
// All checks may share one database. Each makes tenants of its own, called
// "conformance" and an id, and leaves them there. Purging works across tenants,
// so it is done by instants long past, at which nothing of a provider ends.
// Nothing else may use the database meanwhile: neither a second run nor a
// provider, whose own purge would take what the checks have just made.
package conformance

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/keywright/keywright/core"
)

// Check is one promise of the contract.
type Check struct {
	// Name is unique and stable: the kind of thing, a dot, what is promised.
	Name string
	// Why says what breaks for users if the promise is not kept.
	Why string
	// Run returns nil if db keeps the promise, or else what it did instead.
	Run func(ctx context.Context, db core.Database) error
}

// Store lists the checks that every store must pass.
func Store() []Check {
	return slices.Concat(
		rowChecks(grants()), rowChecks(clients()), rowChecks(accounts()),
		rowChecks(credentials()), rowChecks(sessions()), rowChecks(interactions()),
		rowChecks(consents()), rowChecks(tickets()), rowChecks(keys()),
		rowChecks(organizations()), rowChecks(groups()), rowChecks(connections()),
		pageChecks(), grantChecks(), standingChecks(), accountChecks(), sessionChecks(),
		organizationChecks(), groupChecks(), membershipChecks(),
		keyChecks(), replayChecks(), limitChecks(), eventChecks(), deliveryChecks(),
		textChecks(), maximaChecks(), timeChecks(), purgeChecks(),
		tenantChecks(), databaseChecks(), contextChecks(),
	)
}

// Test runs the checks, all of Store if none are named, as subtests on the one
// database that open gives. Closing it is open's business (t.Cleanup).
func Test(t *testing.T, open func(t *testing.T) core.Database, checks ...Check) {
	t.Helper()
	db := open(t)
	if err := prepare(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, c := range orAll(checks) {
		t.Run(c.Name, func(t *testing.T) {
			if err := c.Run(t.Context(), db); err != nil {
				t.Errorf("%v\nwhy it matters: %s", err, c.Why)
			}
		})
	}
}

func orAll(checks []Check) []Check {
	if len(checks) == 0 {
		return Store()
	}
	return checks
}

// prepare brings a database to where checks can run.
func prepare(ctx context.Context, db core.Database) error {
	if err := db.Migrate(ctx); err != nil {
		return fmt.Errorf("conformance: Migrate: %w", err)
	}
	if err := db.Ready(ctx); err != nil {
		return fmt.Errorf("conformance: Ready after Migrate: %w", err)
	}
	return nil
}
