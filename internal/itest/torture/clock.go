//go:build unix

package torture

import (
	"time"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// Clock is the clock of the run. It goes faster than the real one, by the same factor in every process, so that keys
// are due and leases lapse within seconds.
type Clock struct {
	Began time.Time // real
	Base  time.Time // what the provider's clock showed then
	Speed int
}

// Now is what the provider's clock shows.
func (c Clock) Now() time.Time { return c.Base.Add(time.Since(c.Began) * time.Duration(c.Speed)) }

// Since is how far the run is.
func (c Clock) Since() history.Time { return time.Since(c.Began) * time.Duration(c.Speed) }

// Of is how much of the provider's time passes meanwhile.
func (c Clock) Of(d time.Duration) history.Time { return d * time.Duration(c.Speed) }
