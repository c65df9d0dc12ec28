package bunstore

import (
	"context"

	"github.com/keywright/keywright/core"
)

// eventRow is an event as it is written, with its deliveries.
type eventRow struct {
	args       []any
	deliveries [][]any
}

// eventRows encodes events before their write begins.
func (s *store) eventRows(events []core.Event) ([]eventRow, error) {
	rows := make([]eventRow, 0, len(events))
	for n := range events {
		e := &events[n]
		payload, err := e.MarshalPayload()
		if err != nil {
			return nil, err
		}
		row := eventRow{args: []any{
			s.key, idValue(e.ID), instantValue(e.At), textValue(string(e.Name)), idValue(e.Account),
			textValue(e.Client), idValue(e.Thing), countValue(e.Version), endValue(e.KeepUntil), payload,
		}}
		for _, d := range e.Deliveries {
			body := d.Body
			if body == nil {
				body = []byte{}
			}
			row.deliveries = append(row.deliveries, []any{
				s.key, idValue(d.ID), textValue(d.Kind), instantValue(d.Due), int64(d.Attempts),
				endValue(d.KeepUntil), body,
			})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// append writes events inside the job of the change they record.
func (r runner) append(rows []eventRow) error {
	for _, row := range rows {
		if _, err := r.exec(r.db.hot.insertEvent, row.args...); err != nil {
			return taken(err, "event")
		}
		for _, d := range row.deliveries {
			if _, err := r.exec(r.db.hot.insertDelivery, d...); err != nil {
				return taken(err, "delivery")
			}
		}
	}
	return nil
}

// Append stores events that no other change carries.
func (s *store) Append(ctx context.Context, events ...core.Event) error {
	rows, err := s.eventRows(events)
	if err != nil || len(rows) == 0 {
		return err
	}
	several := len(rows) > 1 || len(rows[0].deliveries) > 0
	return s.db.write(ctx, several, func(r runner) error { return r.append(rows) })
}

const eventColumns = "id, at, name, account, client, thing, version, keep_until, payload"

// Events lists events in order of id, without their deliveries.
func (s *store) Events(ctx context.Context, f core.EventFilter, p core.PageOf) (list []core.Event, err error) {
	q := s.page("events", eventColumns, "id", idValue(p.After), p.Limit)
	if !f.Account.IsZero() {
		q = q.Where("account = ?", idValue(f.Account))
	}
	if f.Client != "" {
		q = q.Where("client = ?", textValue(f.Client))
	}
	if f.Name != "" {
		q = q.Where("name = ?", textValue(string(f.Name)))
	}
	var id, name, account, client, thing, payload octets
	var at, version, keep number
	into := []any{&id, &at, &name, &account, &client, &thing, &version, &keep, &payload}
	err = s.db.list(ctx, q, into, func() error {
		e := core.Event{
			ID: id.id(), At: at.instant(), Name: core.EventName(name), Account: account.id(), Client: string(client),
			Thing: thing.id(), Version: version.count(), KeepUntil: keep.instant(),
		}
		err := e.UnmarshalPayload(payload)
		list = append(list, e)
		return err
	})
	return list, err
}
