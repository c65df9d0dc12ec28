package core

import (
	"encoding/json"
	"time"
)

// Account is a person as stored: an aggregate of its identifiers, credentials
// and memberships, which change together under its version.
type Account struct {
	ID ID
	Row
	// Disabled is the operator's switch.
	Disabled bool
	// Deleted leaves a tombstone, so that subject and epochs never return.
	Deleted bool
	// SignInEpoch only rises; a rise ends sessions, open interactions, mail
	// links and remembered devices.
	SignInEpoch uint64
	// GrantsEpoch only rises; a rise ends every grant of the account.
	GrantsEpoch uint64
	Profile
}

// Profile is what an account says of its person: the standard claims of OpenID
// Connect Core section 5.1 and what the operator adds.
type Profile struct {
	CreatedAt         time.Time `json:"created_at,omitzero"`
	UpdatedAt         time.Time `json:"updated_at,omitzero"`
	Name              string    `json:"name,omitempty"`
	GivenName         string    `json:"given_name,omitempty"`
	FamilyName        string    `json:"family_name,omitempty"`
	MiddleName        string    `json:"middle_name,omitempty"`
	Nickname          string    `json:"nickname,omitempty"`
	PreferredUsername string    `json:"preferred_username,omitempty"`
	Picture           string    `json:"picture,omitempty"`
	Website           string    `json:"website,omitempty"`
	ProfilePage       string    `json:"profile,omitempty"`
	Gender            string    `json:"gender,omitempty"`
	Birthdate         string    `json:"birthdate,omitempty"`
	Zoneinfo          string    `json:"zoneinfo,omitempty"`
	Locale            string    `json:"locale,omitempty"`
	// Email as its owner writes it; the identifier holds the form that is
	// compared. EmailVerified only after proof (OC-22).
	Email         string   `json:"email,omitempty"`
	EmailVerified bool     `json:"email_verified,omitempty"`
	Phone         string   `json:"phone_number,omitempty"`
	PhoneVerified bool     `json:"phone_number_verified,omitempty"`
	Address       *Address `json:"address,omitempty"`
	// Claims are the operator's own, by name, as JSON values.
	Claims map[string]json.RawMessage `json:"claims,omitempty"`
	// Terms that were agreed to last; nil for none.
	Terms *AcceptedTerms `json:"terms,omitempty"`
	// FormerEmails are the proven addresses that were replaced lately, oldest
	// first: each can still be taken back by its owner.
	FormerEmails []FormerEmail `json:"former_emails,omitempty"`
}

// Address is the address claim of OpenID Connect Core section 5.1.1.
type Address struct {
	Formatted  string `json:"formatted,omitempty"`
	Street     string `json:"street_address,omitempty"`
	Locality   string `json:"locality,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

// Kinds of identifiers.
const (
	IdentifierEmail    = "email"
	IdentifierUsername = "username"
)

// Identifier is a name that one account of a tenant can be found by. Value is
// in the form that is compared: computed once, at the edge.
type Identifier struct {
	Kind  string
	Value string
}

// AccountChange is one write to an account: everything in it or nothing. An
// update replaces Account under its version; ErrConflict names the key that
// was taken ("id", "identifier", "credential") or "version". Removals come
// before what is put; what is not there, or another account's, is not removed;
// what is put must name this account.
// A credential or a membership that is put over one of the same account raises
// its version, so that an UpdateCredential begun before it is refused. So is one
// begun before the credential was removed and put again: what is put where
// nothing is begins at FirstVersion.
type AccountChange struct {
	Account           Account
	PutIdentifiers    []Identifier
	RemoveIdentifiers []Identifier
	PutCredentials    []Credential
	// RemoveCredentials names credentials by kind and handle.
	RemoveCredentials []CredentialKey
	PutMemberships    []Membership
	RemoveMemberships []MembershipKey
}

// FirstVersion is the version of a credential that an update of the account puts
// where the account has none: higher than any that an earlier one of the same key
// had, as long as that was used less than a million times between two changes of
// the account. In CreateAccount it is 1.
func (c *AccountChange) FirstVersion() uint64 { return c.Account.Version<<20 + 1 }

// AccountStanding is how an account stands now. The zero value is an account
// that is not there: ended.
type AccountStanding struct {
	Found       bool
	Disabled    bool // or deleted
	SignInEpoch uint64
	GrantsEpoch uint64
}

// Standing of the account as read.
func (a *Account) Standing() AccountStanding {
	return AccountStanding{
		Found: !a.ID.IsZero(), Disabled: a.Disabled || a.Deleted,
		SignInEpoch: a.SignInEpoch, GrantsEpoch: a.GrantsEpoch,
	}
}

// Subject is the sub claim of the account: its id, which is never given to
// anybody else and cannot equal a client_id of this provider (TK-09).
func (a *Account) Subject() string { return Subject(a.ID) }

// Subject writes an account's id as a sub claim.
func Subject(account ID) string {
	var b [40]byte
	return string(account.append(append(b[:0], "usr_"...)))
}

// MarshalPayload writes what is not a key.
func (a *Account) MarshalPayload() ([]byte, error) { return marshalMembers(&a.Profile, a.Rest) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (a *Account) UnmarshalPayload(b []byte) (err error) {
	a.Rest, err = unmarshalMembers(b, &a.Profile)
	return err
}
