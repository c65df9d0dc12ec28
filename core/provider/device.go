package provider

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

// Where the device authorization grant (RFC 8628) happens.
const (
	deviceRequestPath = "/device_authorization"
	devicePath        = "/device"
)

// deviceRoutes are the rows of the table that exist where the grant is on.
func deviceRoutes() []route {
	return []route{
		{deviceRequestPath, []string{"POST"}, client, (*Provider).deviceAuthorization},
		{devicePath, []string{"GET", "POST"}, person, (*Provider).devicePage},
	}
}

// mayAskByDevice says whether the client may have people approve it from another
// device. One that registered itself never may: its name is its own claim, and
// nothing binds it to the place where the person is (DEV10).
func mayAskByDevice(c *core.Client) bool {
	return c.Lane == core.LaneSeeded && c.MayUse(core.GrantDeviceCode)
}

// userCodeHashes are the keyed hashes that a user code may be stored under, the
// one for new codes first.
func userCodeHashes(ring *handle.Ring, code string) []core.Hash {
	sums := ring.DeriveAll("user code", []byte(code))
	out := make([]core.Hash, len(sums))
	for i, s := range sums {
		out[i] = s
	}
	return out
}

// grantByUserCode finds what waits for a code; it is not found only if it is under
// no key.
func (p *Provider) grantByUserCode(ctx context.Context, code string) (g core.Grant, err error) {
	_, failed := p.Keys.Proves(ctx, func(ring *handle.Ring) bool {
		g, err = p.Store.GrantByUserCode(ctx, userCodeHashes(ring, code))
		return !errors.Is(err, core.ErrNotFound)
	})
	return g, cmp.Or(failed, err)
}

const (
	pollInterval = 5 * time.Second // RFC 8628 section 3.2
	pollPenalty  = 5 * time.Second // section 3.5
	// pollTolerance is for networks that hold one poll back and not the next.
	pollTolerance = time.Second
	maxPaced      = 8192
)

// errPolledTooFast marks the slow_down of section 3.5, whose status is 400.
var errPolledTooFast = errors.New("polled before the interval was over")

// pollPace remembers when devices polled last, in this process alone: several
// replicas slow a device down later than one does. It is there for the answer
// that the specification asks for. What bounds the cost is that a poll is one
// read, and nothing rests on it.
type pollPace struct {
	mu sync.Mutex
	by map[core.ID]polled
}

type polled struct {
	last     time.Time
	interval time.Duration
	ends     time.Time
}

// tooFast counts a poll, and raises the interval for good where it came early.
func (p *pollPace) tooFast(grant core.ID, at, ends time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = map[core.ID]polled{}
	}
	seen, known := p.by[grant]
	if !known {
		p.makeRoom(at)
		seen = polled{interval: pollInterval, ends: ends}
	}
	early := known && at.Before(seen.last.Add(seen.interval-pollTolerance))
	if early {
		seen.interval += pollPenalty
	}
	seen.last = at
	p.by[grant] = seen
	return early
}

// makeRoom forgets the codes that are over; where that is not enough, all.
func (p *pollPace) makeRoom(at time.Time) {
	if len(p.by) < maxPaced {
		return
	}
	for id, seen := range p.by {
		if !at.Before(seen.ends) {
			delete(p.by, id)
		}
	}
	if len(p.by) >= maxPaced {
		clear(p.by)
	}
}
