package broken

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// limitFaults are those of stores that hold less than they must, or forget
// under contention.
func limitFaults() []Fault {
	return []Fault{
		{"a payload may have 64 kB", "maxima.payload_of_every_kind", stores(func(s core.Store) core.Store { return smallPayload{s} })},
		{"a kind is cut at 32 bytes", "maxima.words_kept_whole", stores(func(s core.Store) core.Store { return shortKinds{s} })},
		{"a name is cut at 128 bytes", "maxima.names_kept_whole", stores(func(s core.Store) core.Store { return shortNames{s} })},
		{"kinds are compared without regard to case", "text.kinds_compare_by_bytes", stores(func(s core.Store) core.Store { return foldedKinds{s} })},
		{"names of organizations are compared without regard to case", "text.keys_compare_by_bytes", stores(func(s core.Store) core.Store { return foldedNames{s} })},
		{"instants end in 2038", "time.far_and_near", stores(func(s core.Store) core.Store { return until2038{s} })},
		{"windows end on the second", "time.counted_to_the_microsecond", stores(func(s core.Store) core.Store { return wholeSeconds{s} })},
		{"forgiving is read, then written", "limit.forgive_exact_under_contention", forgivesOnce},
		{"an event may be written again", "event.append_has_one_winner", stores(func(s core.Store) core.Store { return appendsAgain{s} })},
	}
}

var errTooLong = errors.New("data too long for column")

type smallPayload struct{ core.Store }

func (s smallPayload) CreateInteraction(ctx context.Context, i core.Interaction) error {
	if b, err := i.MarshalPayload(); err != nil || len(b) > math.MaxUint16 {
		return errors.Join(err, errTooLong)
	}
	return s.Store.CreateInteraction(ctx, i)
}

type shortKinds struct{ core.Store }

func (s shortKinds) CreateAccount(ctx context.Context, c core.AccountChange, e ...core.Event) error {
	for n, m := range c.PutMemberships {
		c.PutMemberships[n].Kind = m.Kind[:min(len(m.Kind), 32)]
	}
	return s.Store.CreateAccount(ctx, c, e...)
}

type shortNames struct{ core.Store }

func (s shortNames) CreateOrganization(ctx context.Context, c core.OrganizationChange, e ...core.Event) error {
	c.Organization.Name = c.Organization.Name[:min(len(c.Organization.Name), 128)]
	return s.Store.CreateOrganization(ctx, c, e...)
}

type foldedKinds struct{ core.Store }

func (s foldedKinds) Mark(ctx context.Context, kind string, hash core.Hash, keepUntil time.Time, change core.ID) error {
	return s.Store.Mark(ctx, strings.ToLower(kind), hash, keepUntil, change)
}

func (s foldedKinds) Marked(ctx context.Context, kind string, hash core.Hash, client string) (bool, core.ClientStanding, error) {
	return s.Store.Marked(ctx, strings.ToLower(kind), hash, client)
}

type foldedNames struct{ core.Store }

func (s foldedNames) CreateOrganization(ctx context.Context, c core.OrganizationChange, e ...core.Event) error {
	c.Organization.Name = strings.ToLower(c.Organization.Name)
	return s.Store.CreateOrganization(ctx, c, e...)
}

func (s foldedNames) OrganizationByName(ctx context.Context, name string) (core.Organization, error) {
	return s.Store.OrganizationByName(ctx, strings.ToLower(name))
}

type until2038 struct{ core.Store }

func (s until2038) CreateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	if last := time.Unix(math.MaxInt32, 0); v.Ends.After(last) {
		v.Ends = last
	}
	return s.Store.CreateSession(ctx, v, e...)
}

type wholeSeconds struct{ core.Store }

func (s wholeSeconds) Take(ctx context.Context, at time.Time, limits []core.Limit) ([]core.Taken, error) {
	return s.Store.Take(ctx, at.Truncate(time.Second), limits)
}

// forgivesOnce loses what one of two callers at once takes back.
func forgivesOnce(db core.Database) core.Database {
	read := newMeeting()
	return database{db, func(_ core.ID, s core.Store) core.Store { return forgetfulForgiver{s, read} }}
}

type forgetfulForgiver struct {
	core.Store
	read *meeting
}

func (s forgetfulForgiver) Forgive(ctx context.Context, at time.Time, keys []core.Hash) error {
	if s.read.came.Load() > 0 {
		s.read.wait(ctx)
		return ctx.Err() // the other's count is written over this one
	}
	s.read.wait(ctx)
	return s.Store.Forgive(ctx, at, keys)
}

type appendsAgain struct{ core.Store }

func (s appendsAgain) Append(ctx context.Context, events ...core.Event) error {
	if err := s.Store.Append(ctx, events...); !errors.Is(err, core.ErrConflict) {
		return err
	}
	return nil
}
