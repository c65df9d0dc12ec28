// Package broken holds stores with one fault each, to prove that the checks of
// conformance see what they say they see. Every fault is one that real stores
// have had.
package broken

import (
	"context"
	"sync/atomic"

	"github.com/keywright/keywright/core"
)

// Fault is a way for a store to be wrong.
type Fault struct {
	Name string
	// Check is the name of the check that must catch it.
	Check string
	// Break gives a database with the fault, made of one without.
	Break func(core.Database) core.Database
}

// database is a database whose tenants' stores are replaced by broken ones.
type database struct {
	core.Database
	wrap func(tenant core.ID, s core.Store) core.Store
}

// Tenant is the store of a tenant with the fault in it.
func (d database) Tenant(id core.ID) core.Store { return d.wrap(id, d.Database.Tenant(id)) }

// stores makes a fault of what is wrong with a tenant's store alone.
func stores(wrap func(core.Store) core.Store) func(core.Database) core.Database {
	return func(db core.Database) core.Database {
		return database{db, func(_ core.ID, s core.Store) core.Store { return wrap(s) }}
	}
}

// Faults lists all that must be caught.
func Faults() []Fault {
	all := append(rowFaults(), textFaults()...)
	all = append(all, accountFaults()...)
	all = append(all, readFaults()...)
	all = append(all, organizationFaults()...)
	all = append(all, countFaults()...)
	all = append(all, limitFaults()...)
	return append(all, databaseFaults()...)
}

// meeting makes two callers stand at one place at once, so that a race happens
// every time: the first waits for the second, all later ones pass.
type meeting struct {
	came   atomic.Int32
	second chan struct{}
}

func newMeeting() *meeting { return &meeting{second: make(chan struct{})} }

func (m *meeting) wait(ctx context.Context) {
	switch m.came.Add(1) {
	case 1:
		select {
		case <-m.second:
		case <-ctx.Done():
		}
	case 2:
		close(m.second)
	}
}
