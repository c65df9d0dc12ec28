package core

import "time"

// MembershipKind is what somebody is a member of.
type MembershipKind string

// The kinds of memberships.
const (
	MemberOfOrganization MembershipKind = "organization"
	MemberOfGroup        MembershipKind = "group"
)

// MembershipKey finds a membership among those of an account.
type MembershipKey struct {
	Kind MembershipKind
	// Of is the id of the organization or group. A store does not ask whether it
	// is there: who reads a membership of something that is not, or is deleted,
	// reads none.
	Of ID
}

// Membership says that an account belongs to an organization or to a group. It
// is part of the account: put and removed by an AccountChange, under the
// account's version.
type Membership struct {
	MembershipKey
	Row
	Account ID
	MembershipTerms
}

// MembershipTerms is the part of a membership that is not a key.
type MembershipTerms struct {
	// Roles in the organization or group; their names are the operator's.
	Roles     []string  `json:"roles,omitempty"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	// By is the connection or invitation that it came from; zero where an
	// operator made it.
	By ID `json:"by,omitzero"`
}

// MarshalPayload writes what is not a key.
func (m *Membership) MarshalPayload() ([]byte, error) {
	return marshalPayload(&m.MembershipTerms, m.Rest)
}

// UnmarshalPayload reads what MarshalPayload wrote.
func (m *Membership) UnmarshalPayload(b []byte) (err error) {
	m.MembershipTerms = MembershipTerms{}
	m.Rest, err = unmarshalPayload(b, &m.MembershipTerms)
	return err
}
