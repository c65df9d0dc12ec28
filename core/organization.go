package core

import "time"

// Organization is a company or a team whose people sign in here: an aggregate
// of itself and its domains, which change together under its version. People
// belong to it by a Membership, which is part of their account; its groups and
// connections are rows of their own.
type Organization struct {
	ID ID
	Row
	// Name is unique in the tenant, by its bytes: what URLs and settings call
	// it. At most MaxName bytes. A deleted organization holds its name until it
	// is purged, unless the change that deletes it gives it another.
	Name string
	// Disabled is the operator's switch: nobody signs in for it.
	Disabled bool
	// Deleted leaves a tombstone, so that its epoch does not return. Its domains
	// are removed by the same change.
	Deleted bool
	// Epoch only rises; what was decided for it under a lower one, an invitation
	// or a sign-in by one of its connections, has ended.
	Epoch uint64
	OrganizationTerms
}

// OrganizationTerms is the part of an organization that is not a key.
type OrganizationTerms struct {
	// DisplayName is what people read.
	DisplayName string    `json:"display_name,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
	// RequireConnection sends everybody with an address in one of its domains to
	// its connections: no other way in counts for them (RP-15).
	RequireConnection bool `json:"require_connection,omitempty"`
	// RequireSecond wants a second factor of every member, where
	// Policy.Organizations asks for it.
	RequireSecond bool `json:"require_second,omitempty"`
}

// OrganizationChange is one write to an organization: everything in it or
// nothing. An update replaces Organization under its version; ErrConflict names
// the key that was taken ("id", "name", "domain") or "version". Removals come
// before what is put; what is not there, or another's, is not removed. A domain
// that is put belongs to this organization alone: it is put once it is verified,
// never when it is only claimed. It is in the form that is compared: lower case,
// A-labels, without a final dot, at most MaxDomain bytes.
type OrganizationChange struct {
	Organization  Organization
	PutDomains    []string
	RemoveDomains []string
}

// MarshalPayload writes what is not a key.
func (o *Organization) MarshalPayload() ([]byte, error) {
	return marshalPayload(&o.OrganizationTerms, o.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (o *Organization) UnmarshalPayload(b []byte) (err error) {
	o.OrganizationTerms = OrganizationTerms{}
	o.Rest, err = unmarshalPayload(b, &o.OrganizationTerms)
	return err
}
