package boltstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// event is an event as a row: it is never updated.
type event struct {
	kept core.Row
	core.Event
}

var events = table[event, *event]{
	bucket: "events",
	key:    func(tenant core.ID, e *event) key { return tenantKey(tenant).id(e.ID) },
	row:    func(e *event) *core.Row { return &e.kept },
	fields: func(f *fields, e *event) {
		f.id(&e.ID)
		f.time(&e.At)
		text(f, &e.Name)
		f.id(&e.Account)
		text(f, &e.Client)
		f.id(&e.Thing)
		f.number(&e.Version)
		f.time(&e.Event.KeepUntil)
	},
	entries: func(tenant core.ID, e *event) []entry {
		return []entry{
			{"events_by_account", tenantKey(tenant).id(e.Account).id(e.ID), "id"},
			{"events_by_client", tenantKey(tenant).text(e.Client).id(e.ID), "id"},
		}
	},
}

// encodeEvents makes records of events and of their deliveries.
func encodeEvents(tenant core.ID, list []core.Event) ([]record, error) {
	var records []record
	for _, e := range list {
		r, err := events.encode(tenant, &event{kept: core.Row{KeepUntil: e.KeepUntil}, Event: e})
		if err != nil {
			return nil, err
		}
		records = append(records, r)
		for _, d := range e.Deliveries {
			r, err := deliveries.encode(tenant, &delivery{kept: core.Row{KeepUntil: d.KeepUntil}, Delivery: d})
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// Append stores events by themselves.
func (s *Store) Append(ctx context.Context, list ...core.Event) error {
	log, err := encodeEvents(s.tenant, list)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(t *tx) error { return t.insertAll(log) })
}

// Events lists by the index that leaves least to look through.
func (s *Store) Events(ctx context.Context, f core.EventFilter, p core.PageOf) ([]core.Event, error) {
	at := span{"events", tenantKey(s.tenant), after(p.After)}
	switch {
	case !f.Account.IsZero():
		at.bucket, at.prefix = "events_by_account", at.prefix.id(f.Account)
	case f.Client != "":
		at.bucket, at.prefix = "events_by_client", at.prefix.text(f.Client)
	}
	rows, err := page(ctx, s, events, at, p.Limit, func(e *event) bool {
		return (f.Account.IsZero() || e.Account == f.Account) &&
			(f.Client == "" || e.Client == f.Client) && (f.Name == "" || e.Name == f.Name)
	})
	var list []core.Event
	for _, e := range rows {
		list = append(list, e.Event)
	}
	return list, err
}
