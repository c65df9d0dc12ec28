package core

import "time"

// Group is a set of accounts with a name, of one organization or of the tenant
// itself. Who is in it is a Membership of each account.
type Group struct {
	ID ID
	Row
	// Organization it belongs to; zero for a group of the tenant itself. It never
	// changes.
	Organization ID
	// Name is unique in the organization, by its bytes. At most MaxName bytes. A
	// deleted group holds its name until it is purged, unless the change that
	// deletes it gives it another.
	Name string
	// Deleted groups have no members, whatever rows are left of them.
	Deleted bool
	GroupTerms
}

// GroupTerms is the part of a group that is not a key.
type GroupTerms struct {
	// DisplayName is what people read.
	DisplayName string    `json:"display_name,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
}

// MarshalPayload writes what is not a key.
func (g *Group) MarshalPayload() ([]byte, error) { return marshalPayload(&g.GroupTerms, g.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (g *Group) UnmarshalPayload(b []byte) (err error) {
	g.GroupTerms = GroupTerms{}
	g.Rest, err = unmarshalPayload(b, &g.GroupTerms)
	return err
}
