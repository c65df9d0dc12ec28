package core

import (
	"encoding/json"
	"time"
)

// ClientRecord is what the provider and its operators keep of a client, apart from
// what the client or its seed says: seeding again, a changed document and RFC 7592
// leave it alone; but where clients wait for an operator, one that shows itself
// differently by RFC 7592 waits again. Instants are UTC; zero means that it never happened.
type ClientRecord struct {
	// DisabledReason, DisabledBy and DisabledAt are of the operator who disabled it
	// last; they stay when it is enabled again. No client and no person is told.
	DisabledReason string    `json:"disabled_reason,omitempty"`
	DisabledBy     string    `json:"disabled_by,omitempty"`
	DisabledAt     time.Time `json:"disabled_at,omitzero"`
	// WaitingSince is when somebody asked that an operator approve it, and nobody has
	// decided since; WaitingFor is who asked.
	WaitingSince time.Time `json:"waiting_since,omitzero"`
	WaitingFor   ID        `json:"waiting_for,omitzero"`
	// ApprovedAt and ApprovedBy are of the operator who let it in.
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	ApprovedBy string    `json:"approved_by,omitempty"`
	// AdmittedAt is when a person first agreed to it; zero for clients that the
	// operator wrote down.
	AdmittedAt time.Time `json:"admitted_at,omitzero"`
	// UsedAt is when it last got a token or asked about one, to within
	// ClientUsePeriod.
	UsedAt time.Time `json:"used_at,omitzero"`
}

// ClientUsePeriod is how exact ClientRecord.UsedAt is: it is written at most once in
// that time.
const ClientUsePeriod = 24 * time.Hour

// MinClientIdle is how long a client that was used is kept, at the least, after its
// last use (DR-09).
const MinClientIdle = 90 * 24 * time.Hour

// clientPayload is what of a client is not a key.
type clientPayload struct {
	ClientMetadata
	ClientRecord
}

// MarshalPayload writes what is not a key.
func (c *Client) MarshalPayload() ([]byte, error) {
	return marshalPayload(&clientPayload{c.ClientMetadata, c.Record}, c.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (c *Client) UnmarshalPayload(b []byte) error {
	var p clientPayload
	rest, err := unmarshalPayload(b, &p)
	c.ClientMetadata, c.Record, c.Rest = p.ClientMetadata, p.ClientRecord, map[string]json.RawMessage(rest)
	return err
}

// LastUsed is the latest sign of life: its last use, the first agreement, an
// operator's approval, or, where there is none of these, the last write of its row.
func (c *Client) LastUsed() time.Time {
	last := c.Record.UsedAt
	for _, at := range []time.Time{c.Record.AdmittedAt, c.Record.ApprovedAt} {
		if at.After(last) {
			last = at
		}
	}
	if last.IsZero() {
		return c.Change.Time()
	}
	return last
}

// Settle has a row without an end of its own stay until an operator cleans up: that
// of a client that publishes what it is, once something was granted to it or decided
// about it. One that registered itself ends by its time, when its id can no longer
// start anything, and what the operator wrote down has no end.
func (c *Client) Settle() {
	if c.Lane == LaneCIMD {
		c.KeepUntil = time.Time{}
	}
}

// rowless says that nobody has agreed to the client yet, or that its row has gone
// since.
func (c *Client) rowless() bool { return c.Lane.SelfRegistered() && c.Version == 0 }
