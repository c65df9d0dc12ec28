package core

import "time"

// CredentialKey finds a credential: unique per tenant.
type CredentialKey struct {
	// Kind is the authenticator's method: "password", "passkey", "totp".
	Kind string `json:"kind"`
	// Handle is what the authenticator finds it by: for a password the
	// account's id, for a passkey the credential id. At most MaxHandle bytes.
	Handle string `json:"handle"`
}

// Credential is one thing an account is recognised by.
type Credential struct {
	CredentialKey
	Row
	Account ID
	CredentialTerms
}

// CredentialTerms is the part of a credential that is not a key.
type CredentialTerms struct {
	// Secret belongs to the authenticator: a password hash, a public key. What
	// could be used as it is has been sealed by the provider.
	Secret    []byte    `json:"secret"`
	Label     string    `json:"label,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UsedAt    time.Time `json:"used_at,omitzero"`
	// Connection that a link came by; zero for every other credential.
	Connection ID `json:"connection,omitzero"`
}

// MarshalPayload writes what is not a key.
func (c *Credential) MarshalPayload() ([]byte, error) {
	return marshalPayload(&c.CredentialTerms, c.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (c *Credential) UnmarshalPayload(b []byte) (err error) {
	c.CredentialTerms = CredentialTerms{}
	c.Rest, err = unmarshalPayload(b, &c.CredentialTerms)
	return err
}
