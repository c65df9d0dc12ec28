package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/keywright/keywright/core"
)

const mailLabel = "mail"

// events are those of a reply, with its letters as deliveries of the first: a
// letter is written if and only if what it tells of is.
func (t *turn) events(k core.Keep) ([]core.Event, error) {
	events := make([]core.Event, 0, len(k.Events)+1)
	for _, named := range k.Events {
		e := t.event(named.Name, named.Account)
		e.Reason, e.More = named.Reason, named.More
		events = append(events, e)
	}
	if len(k.Letters) == 0 {
		return events, nil
	}
	if len(events) == 0 {
		events = append(events, t.event(core.EventCodeSent, t.Account.ID))
	}
	for _, l := range k.Letters {
		if l.To == "" {
			var err error
			if l.To, err = t.addressOf(events[0].Account); err != nil {
				return nil, err
			}
		}
		if l.To == "" {
			continue
		}
		d, err := t.p.delivery(t.at, l)
		if err != nil {
			return nil, err
		}
		events[0].Deliveries = append(events[0].Deliveries, d)
	}
	return events, nil
}

// addressOf is where letters to an account go; empty for one that has no address.
func (t *turn) addressOf(account core.ID) (string, error) {
	a, err := t.account(account)
	if err != nil || a.Deleted {
		return "", err
	}
	return a.Email, nil
}

// delivery is a letter as it waits: sealed.
func (p *Provider) delivery(at time.Time, l core.Letter) (core.Delivery, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return core.Delivery{}, fmt.Errorf("provider: letter: %w", err)
	}
	sealed, err := p.Keys.Seal(mailLabel, body)
	return core.Delivery{ID: core.NewID(at), Kind: "mail", Due: at, KeepUntil: at.Add(graceOfRows), Body: sealed}, err
}

// OpenLetter opens the body of a delivery of kind "mail", with this tenant's
// look. It fails for what this provider did not seal.
func (p *Provider) OpenLetter(ctx context.Context, sealed []byte) (core.Letter, error) {
	body, err := p.Keys.Unseal(ctx, mailLabel, sealed)
	if err != nil {
		return core.Letter{}, err
	}
	var l core.Letter
	if err := json.Unmarshal(body, &l); err != nil {
		return core.Letter{}, fmt.Errorf("provider: letter: %w", err)
	}
	l.Brand = p.Brand
	return l, nil
}
