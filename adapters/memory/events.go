package memory

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

// entry is an event ready to be written.
type entry struct {
	row        *row[core.Event]
	deliveries []core.Delivery
}

func eventKind() kind[core.ID, core.Event] {
	return kind[core.ID, core.Event]{
		table:   func(s *store) table[core.ID, core.Event] { return s.events },
		key:     func(e *core.Event) core.ID { return e.ID },
		compare: compareIDs,
	}
}

// encodeEvents does all of writing events that needs no lock.
func encodeEvents(events []core.Event) ([]entry, error) {
	var log []entry
	for _, e := range events {
		if err := checkEvent(&e); err != nil {
			return nil, err
		}
		payload, err := e.MarshalPayload()
		if err != nil {
			return nil, err
		}
		log = append(log, entry{deliveries: copyDeliveries(e.Deliveries), row: &row[core.Event]{
			payload: payload,
			columns: core.Event{
				ID: e.ID, At: core.Instant(e.At), Name: e.Name, Account: e.Account, Client: e.Client,
				Thing: e.Thing, Version: e.Version, KeepUntil: core.Instant(e.KeepUntil),
			},
		}})
	}
	return log, nil
}

func checkEvent(e *core.Event) error {
	err := errors.Join(
		checkID("id of an event", e.ID),
		checkText("name of an event", string(e.Name), core.MaxKind),
		checkLength("client of an event", e.Client, core.MaxClientID),
	)
	for _, d := range e.Deliveries {
		err = errors.Join(err,
			checkID("id of a delivery", d.ID),
			checkText("kind of a delivery", d.Kind, core.MaxKind),
			checkLength("body of a delivery", string(d.Body), core.MaxPayload),
		)
	}
	return err
}

// record writes events and their deliveries, or says which key is taken and
// writes nothing. The lock is held, and nothing after it may refuse.
func (s *store) record(log []entry) error {
	if len(log) == 0 {
		return nil
	}
	seen := map[core.ID]bool{}
	for _, e := range log {
		id := e.row.columns.ID
		if s.events[id] != nil || seen[id] {
			return conflict("event")
		}
		seen[id] = true
	}
	if err := s.db.outbox.add(s.tenant, log); err != nil {
		return err
	}
	for _, e := range log {
		s.events[e.row.columns.ID] = e.row
	}
	return nil
}

// Append stores events that no other change carries.
func (s *store) Append(ctx context.Context, events ...core.Event) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	log, err := encodeEvents(events)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record(log)
}

// Events lists events in order of id, without their deliveries.
func (s *store) Events(ctx context.Context, f core.EventFilter, p core.PageOf) ([]core.Event, error) {
	return list(ctx, s, eventKind(), p.After, p.Limit, func(yield func(*row[core.Event])) {
		for _, r := range s.events {
			e := &r.columns
			if (f.Account.IsZero() || f.Account == e.Account) && (f.Client == "" || f.Client == e.Client) &&
				(f.Name == "" || f.Name == e.Name) {
				yield(r)
			}
		}
	})
}
