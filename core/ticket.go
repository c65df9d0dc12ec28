package core

import "time"

// Ticket is something handed out by mail or between requests that opens one
// step once: a link to choose a new password, an invitation. Its id is derived
// from what it is for, so that a newer one replaces the older.
type Ticket struct {
	ID ID
	Row
	Account ID
	// Spent is set by the write that uses it.
	Spent bool
	TicketTerms
}

// TicketTerms is the part of a ticket that is not a key.
type TicketTerms struct {
	Kind string `json:"kind"`
	// Secret is the SHA-256 of the random part of its handle.
	Secret Hash      `json:"secret"`
	Ends   time.Time `json:"ends"`
	// SignInEpoch of the account; a ticket under another one is void.
	SignInEpoch uint64 `json:"epoch,omitempty"`
	// Interaction that asked for it, to go on with in the same browser; and
	// the interaction that spent it.
	Interaction ID     `json:"interaction,omitzero"`
	SpentBy     ID     `json:"spent_by,omitzero"`
	Body        []byte `json:"body,omitempty"`
}

// MarshalPayload writes what is not a key.
func (t *Ticket) MarshalPayload() ([]byte, error) { return marshalPayload(&t.TicketTerms, t.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (t *Ticket) UnmarshalPayload(b []byte) (err error) {
	t.TicketTerms = TicketTerms{}
	t.Rest, err = unmarshalPayload(b, &t.TicketTerms)
	return err
}
