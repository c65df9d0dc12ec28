package core

import "time"

// Consent is what a person has agreed to for a client: one row per account and
// client. It is not the grant; "connected apps" lists these.
type Consent struct {
	Account ID
	Client  string
	Row
	// Epoch only rises; a rise is "disconnect" and ends the client's grants.
	Epoch uint64
	ConsentTerms
}

// ConsentTerms is the part of a consent that is not a key.
type ConsentTerms struct {
	Access []Access `json:"access,omitempty"`
	// Remembered says that it need not be asked again (CN-01).
	Remembered bool `json:"remembered,omitempty"`
	// ClientHash is the digest of the client's metadata as it was shown.
	ClientHash Hash      `json:"client_hash"`
	Lane       Lane      `json:"lane,omitempty"`
	FirstAt    time.Time `json:"first_at,omitzero"`
	LastAt     time.Time `json:"last_at,omitzero"`
}

// MarshalPayload writes what is not a key.
func (c *Consent) MarshalPayload() ([]byte, error) { return marshalMembers(&c.ConsentTerms, c.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (c *Consent) UnmarshalPayload(b []byte) (err error) {
	c.Rest, err = unmarshalMembers(b, &c.ConsentTerms)
	return err
}
