package broken

import (
	"context"
	"errors"
	"time"

	"github.com/keywright/keywright/core"
)

func rowFaults() []Fault {
	return []Fault{
		{"an update ignores the version", "grant.update_is_conditional", stores(func(s core.Store) core.Store { return anyVersion{s} })},
		{"an update compares, then writes", "grant.one_winner_of_many", stores(func(s core.Store) core.Store { return compareThenWrite{s, newMeeting()} })},
		{"an update of what is not there creates it", "session.missing_is_told_from_broken", stores(func(s core.Store) core.Store { return upsert{s} })},
		{"an update loses what a writer before it wrote", "consent.no_update_is_lost", stores(func(s core.Store) core.Store { return lastWriterWins{s, newMeeting()} })},
		{"an update that was refused reports success", "ticket.one_winner_of_many", stores(func(s core.Store) core.Store { return silent{s} })},
		{"a refused update still writes its events", "grant.events_iff_change", stores(func(s core.Store) core.Store { return eventsAnyway{s} })},
		{"events are written after the change, and get lost", "client.events_iff_change", stores(func(s core.Store) core.Store { return eventsLost{s} })},
		{"deliveries are dropped", "event.append_comes_back_equal", stores(func(s core.Store) core.Store { return noDeliveries{s} })},
		{"a create replaces what is there", "interaction.create_refuses_a_taken_key", stores(func(s core.Store) core.Store { return createReplaces{s} })},
		{"the change is not kept", "grant.comes_back_equal", stores(func(s core.Store) core.Store { return noChange{s} })},
		{"the end of keeping is the first one", "purge.follows_a_moved_end", stores(func(s core.Store) core.Store { return firstEnd{s} })},
		{"codes stay as long as their tokens would", "purge.takes_codes_left_behind", stores(func(s core.Store) core.Store { return lastingCodes{s} })},
		{"what was redeemed goes as a code does", "purge.takes_codes_left_behind", stores(func(s core.Store) core.Store { return everCode{s} })},
		{"the end of keeping is not kept", "session.comes_back_equal", stores(func(s core.Store) core.Store { return noKeepUntil{s} })},
		{"members of a later release are dropped", "interaction.comes_back_equal", stores(func(s core.Store) core.Store { return noRest{s} })},
		{"instants are cut to seconds", "time.microseconds_and_utc", stores(func(s core.Store) core.Store { return seconds{s} })},
		{"instants are kept in local time", "time.microseconds_and_utc", stores(func(s core.Store) core.Store { return local{s} })},
		{"what is missing is a fault", "client.missing_is_told_from_broken", stores(func(s core.Store) core.Store { return missingIsFault{s} })},
	}
}

type anyVersion struct{ core.Store }

func (s anyVersion) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	now, _, err := s.Grant(ctx, g.ID)
	if err != nil {
		return core.ErrConflict
	}
	g.Version = now.Version
	return s.Store.UpdateGrant(ctx, g, e...)
}

type compareThenWrite struct {
	core.Store
	compared *meeting
}

func (s compareThenWrite) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	now, _, err := s.Grant(ctx, g.ID)
	if err != nil || now.Version != g.Version {
		return core.ErrConflict
	}
	s.compared.wait(ctx)
	for {
		if err := s.Store.UpdateGrant(ctx, g, e...); !errors.Is(err, core.ErrConflict) {
			return err
		}
		g.Version++
	}
}

type upsert struct{ core.Store }

func (s upsert) UpdateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	if there, err := s.Sessions(ctx, []core.ID{v.ID}); err == nil && len(there) == 0 {
		return s.CreateSession(ctx, v, e...)
	}
	return s.Store.UpdateSession(ctx, v, e...)
}

type lastWriterWins struct {
	core.Store
	called *meeting
}

func (s lastWriterWins) UpdateConsent(ctx context.Context, c core.Consent, e ...core.Event) error {
	s.called.wait(ctx)
	for {
		now, _, err := s.Consent(ctx, c.Account, c.Client)
		if err != nil || now.Version == 0 {
			return core.ErrConflict
		}
		c.Version = now.Version
		if err := s.Store.UpdateConsent(ctx, c, e...); !errors.Is(err, core.ErrConflict) {
			return err
		}
	}
}

type silent struct{ core.Store }

func (s silent) UpdateTicket(ctx context.Context, t core.Ticket, e ...core.Event) error {
	if err := s.Store.UpdateTicket(ctx, t, e...); !errors.Is(err, core.ErrConflict) {
		return err
	}
	return nil
}

type eventsAnyway struct{ core.Store }

func (s eventsAnyway) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	return errors.Join(s.Append(ctx, e...), s.Store.UpdateGrant(ctx, g))
}

type eventsLost struct{ core.Store }

func (s eventsLost) UpdateClient(ctx context.Context, c core.Client, _ ...core.Event) error {
	return s.Store.UpdateClient(ctx, c)
}

type noDeliveries struct{ core.Store }

func (s noDeliveries) Append(ctx context.Context, events ...core.Event) error {
	for n := range events {
		events[n].Deliveries = nil
	}
	return s.Store.Append(ctx, events...)
}

type createReplaces struct{ core.Store }

func (s createReplaces) CreateInteraction(ctx context.Context, i core.Interaction) error {
	if now, err := s.Interaction(ctx, i.ID); err == nil {
		i.Version = now.Version
		return s.UpdateInteraction(ctx, i)
	}
	return s.Store.CreateInteraction(ctx, i)
}

type noChange struct{ core.Store }

func (s noChange) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	g.Change = core.ID{}
	return s.Store.UpdateGrant(ctx, g, e...)
}

// firstEnd keeps for a grant the end that it was created with.
type firstEnd struct{ core.Store }

func (s firstEnd) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	if stands, _, err := s.Grant(ctx, g.ID); err == nil {
		g.KeepUntil = stands.KeepUntil
	}
	return s.Store.UpdateGrant(ctx, g, e...)
}

// lastingCodes files grants by KeepUntil alone.
type lastingCodes struct{ core.Store }

func (s lastingCodes) CreateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	if g.State == core.GrantCode {
		g.State = "filed otherwise"
	}
	return s.Store.CreateGrant(ctx, g, e...)
}

func (s lastingCodes) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, now, err := s.Store.Grant(ctx, id)
	if g.State == "filed otherwise" {
		g.State = core.GrantCode
	}
	return g, now, err
}

// everCode leaves a grant filed as the code that it was.
type everCode struct{ core.Store }

func (s everCode) UpdateGrant(ctx context.Context, g core.Grant, e ...core.Event) error {
	if g.State == core.GrantActive {
		g.State = core.GrantCode
	}
	return s.Store.UpdateGrant(ctx, g, e...)
}

func (s everCode) Grant(ctx context.Context, id core.ID) (core.Grant, core.Standing, error) {
	g, now, err := s.Store.Grant(ctx, id)
	if g.State == core.GrantCode && g.Version > 1 {
		g.State = core.GrantActive
	}
	return g, now, err
}

type noKeepUntil struct{ core.Store }

func (s noKeepUntil) UpdateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	v.KeepUntil = time.Time{}
	return s.Store.UpdateSession(ctx, v, e...)
}

type noRest struct{ core.Store }

func (s noRest) CreateInteraction(ctx context.Context, i core.Interaction) error {
	i.Rest = nil
	return s.Store.CreateInteraction(ctx, i)
}

type seconds struct{ core.Store }

func (s seconds) CreateSession(ctx context.Context, v core.Session, e ...core.Event) error {
	v.Ends, v.IdleEnds = v.Ends.Truncate(time.Second), v.IdleEnds.Truncate(time.Second)
	return s.Store.CreateSession(ctx, v, e...)
}

type local struct{ core.Store }

func (s local) Sessions(ctx context.Context, ids []core.ID) ([]core.SignedIn, error) {
	all, err := s.Store.Sessions(ctx, ids)
	for n := range all {
		all[n].Session.Ends = all[n].Session.Ends.In(time.FixedZone("local", 3600))
	}
	return all, err
}

type missingIsFault struct{ core.Store }

func (s missingIsFault) Client(ctx context.Context, id string) (core.Client, error) {
	c, err := s.Store.Client(ctx, id)
	if err != nil {
		err = errors.New("no rows in result set")
	}
	return c, err
}
