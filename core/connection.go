package core

import (
	"encoding/json"
	"time"
)

// Connection is one configured link to another identity provider, of one
// organization or of the tenant itself. The id of a seeded one is derived from
// its name in the seed, so that seeding again finds it.
type Connection struct {
	ID ID
	Row
	// Organization it belongs to; zero for a connection of the tenant itself,
	// which is offered to everybody. It never changes.
	Organization ID
	// Kind names the authenticator that speaks to it: "upstream", "saml". At most
	// MaxKind bytes.
	Kind string
	// Disabled is the operator's switch.
	Disabled bool
	// Deleted leaves a tombstone, so that its epoch does not return.
	Deleted bool
	// Epoch only rises; a sign-in by way of it that began under a lower one has
	// ended.
	Epoch uint64
	ConnectionTerms
}

// ConnectionTerms is the part of a connection that is not a key.
type ConnectionTerms struct {
	// Label is what people read on its button.
	Label     string    `json:"label,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// Settings are the authenticator's own, as a JSON object without secrets.
	Settings json.RawMessage `json:"settings,omitempty"`
	// Sealed are its secrets, sealed by the provider.
	Sealed []byte `json:"sealed,omitempty"`
	// JustInTime makes an account and a membership for who is not known yet.
	// Roles are those of the membership.
	JustInTime bool     `json:"just_in_time,omitempty"`
	Roles      []string `json:"roles,omitempty"`
}

// MarshalPayload writes what is not a key.
func (c *Connection) MarshalPayload() ([]byte, error) {
	return marshalPayload(&c.ConnectionTerms, c.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (c *Connection) UnmarshalPayload(b []byte) (err error) {
	c.ConnectionTerms = ConnectionTerms{}
	c.Rest, err = unmarshalPayload(b, &c.ConnectionTerms)
	return err
}
