package core

import (
	"context"
	"time"
)

// Store is everything a provider keeps for one tenant, role by role. This is the
// contract of all roles; docs/guides/write-a-store.md tells what it means for
// different engines.
//
// Every method is atomic by itself: one thing, its unique keys and its events;
// linearizable per row; ErrConflict, ErrNotFound and ErrUnavailable as described
// there. A Store is one tenant's view: every key, index and query carries the
// tenant. A store never reads the clock, never invents an id and never sees a
// secret.
//
// Create… stores a thing with Version 1, whatever its Row says, and refuses a
// taken key with ErrConflict. Update… replaces the row if its version is still
// the one given, stores the Change and raises the version by one; otherwise, row
// missing or not, it returns ErrConflict and changes nothing. It may change
// every field but those that the row is read by, and refuses what would take
// another row's unique key. Events are stored if and only if the change is; an
// event or a delivery whose id is taken refuses the change.
//
// Instants may come with nanoseconds and in any zone; what is kept is Instant of
// them. Fields may be zero: a grant without an account, a root key without an
// algorithm. A row past its KeepUntil is there until it is purged. A list that
// takes no page is in any order unless its order is named; a limit is at least 1.
// Once ctx has ended, a method gives ErrUnavailable or does what it was asked to;
// ErrNotFound and ErrConflict stay the truth. After Close, every method gives
// ErrUnavailable.
type Store interface {
	GrantStore
	ClientStore
	AccountStore
	CredentialStore
	MembershipStore
	OrganizationStore
	GroupStore
	ConnectionStore
	SessionStore
	InteractionStore
	ConsentStore
	TicketStore
	KeyStore
	ReplayGuard
	LimitStore
	EventLog
}

// GrantStore keeps grants.
type GrantStore interface {
	// CreateGrant also refuses a UserCode that a waiting grant of the tenant
	// holds; the zero Hash is no code.
	CreateGrant(ctx context.Context, g Grant, events ...Event) error
	// Grant reads a grant and how everything it depends on stands, all of it at
	// one moment: one statement on SQL.
	Grant(ctx context.Context, id ID) (Grant, Standing, error)
	// GrantAndAccount is Grant together with the account; the account is zero
	// where there is none.
	GrantAndAccount(ctx context.Context, id ID) (Grant, Account, Standing, error)
	// GrantByUserCode finds a waiting device grant by any of the hashes.
	GrantByUserCode(ctx context.Context, hashes []Hash) (Grant, error)
	UpdateGrant(ctx context.Context, g Grant, events ...Event) error
	// EndGrants revokes up to limit grants that the filter names and that are
	// not final, each by Grant.Revoke and under the change given; one that is
	// written meanwhile may be passed over: a chore, not a promise. more says
	// that some are left.
	EndGrants(ctx context.Context, f GrantFilter, reason string, change ID, limit int) (n int, more bool, err error)
	Grants(ctx context.Context, f GrantFilter, p PageOf) ([]Grant, error)
}

// GrantFilter names grants; zero members do not filter.
type GrantFilter struct {
	Account ID
	Client  string
	Session ID
}

// PageOf is a slice of a list ordered by id: what follows After, at most Limit
// rows (1 to 1000). Another Limit is an error, or cut to that range.
type PageOf struct {
	After ID
	Limit int
}

// ClientStore keeps clients by the bytes of their id.
type ClientStore interface {
	CreateClient(ctx context.Context, c Client, events ...Event) error
	Client(ctx context.Context, id string) (Client, error)
	UpdateClient(ctx context.Context, c Client, events ...Event) error
	// Clients lists in order of id; after is an id or empty.
	Clients(ctx context.Context, after string, limit int) ([]Client, error)
}

// AccountStore keeps accounts as aggregates.
type AccountStore interface {
	CreateAccount(ctx context.Context, c AccountChange, events ...Event) error
	UpdateAccount(ctx context.Context, c AccountChange, events ...Event) error
	Account(ctx context.Context, id ID) (Account, error)
	AccountByIdentifier(ctx context.Context, i Identifier) (Account, error)
	// Identifiers lists what the account can be found by.
	Identifiers(ctx context.Context, account ID) ([]Identifier, error)
	Accounts(ctx context.Context, p PageOf) ([]Account, error)
}

// CredentialStore keeps what accounts are recognised by, for every
// authenticator.
type CredentialStore interface {
	Credential(ctx context.Context, k CredentialKey) (Credential, error)
	Credentials(ctx context.Context, account ID) ([]Credential, error)
	// UpdateCredential is for what a use changes; putting and removing goes
	// through the account.
	UpdateCredential(ctx context.Context, c Credential, events ...Event) error
}

// MembershipStore lists who belongs where. Putting and removing goes through the
// account, and so does purging an account: what remains of it is then gone.
// Purging an organization or a group leaves the memberships in it, since they are
// the accounts'.
type MembershipStore interface {
	// Memberships lists those of an account of one kind, in order of Of, which is
	// what p.After names.
	Memberships(ctx context.Context, account ID, kind MembershipKind, p PageOf) ([]Membership, error)
	// Members lists those in an organization or a group, in order of account,
	// which is what p.After names.
	Members(ctx context.Context, k MembershipKey, p PageOf) ([]Membership, error)
}

// OrganizationStore keeps organizations as aggregates.
type OrganizationStore interface {
	CreateOrganization(ctx context.Context, c OrganizationChange, events ...Event) error
	UpdateOrganization(ctx context.Context, c OrganizationChange, events ...Event) error
	Organization(ctx context.Context, id ID) (Organization, error)
	OrganizationByName(ctx context.Context, name string) (Organization, error)
	// OrganizationByDomain finds whose domain it is, with the first
	// MaxConnections of its connections in order of id, whatever their state: in
	// one statement on SQL.
	OrganizationByDomain(ctx context.Context, domain string) (Organization, []Connection, error)
	// Domains lists those of an organization, in order.
	Domains(ctx context.Context, organization ID) ([]string, error)
	Organizations(ctx context.Context, p PageOf) ([]Organization, error)
}

// GroupStore keeps groups.
type GroupStore interface {
	// CreateGroup and UpdateGroup refuse a Name that another group of the same
	// organization has: ErrConflict names "name".
	CreateGroup(ctx context.Context, g Group, events ...Event) error
	UpdateGroup(ctx context.Context, g Group, events ...Event) error
	Group(ctx context.Context, id ID) (Group, error)
	// GroupByName finds a group of an organization, or of the tenant itself for
	// the zero ID.
	GroupByName(ctx context.Context, organization ID, name string) (Group, error)
	// Groups lists those of an organization, or of the tenant itself for the zero
	// ID.
	Groups(ctx context.Context, organization ID, p PageOf) ([]Group, error)
}

// ConnectionStore keeps the links to other identity providers.
type ConnectionStore interface {
	CreateConnection(ctx context.Context, c Connection, events ...Event) error
	UpdateConnection(ctx context.Context, c Connection, events ...Event) error
	Connection(ctx context.Context, id ID) (Connection, error)
	// Connections lists those of an organization, or of the tenant itself for the
	// zero ID.
	Connections(ctx context.Context, organization ID, p PageOf) ([]Connection, error)
}

// SessionStore keeps who is signed in where.
type SessionStore interface {
	CreateSession(ctx context.Context, s Session, events ...Event) error
	// Sessions reads the sessions named, with their accounts, in one statement;
	// those that are not there are left out.
	Sessions(ctx context.Context, ids []ID) ([]SignedIn, error)
	UpdateSession(ctx context.Context, s Session, events ...Event) error
	SessionsOf(ctx context.Context, account ID, p PageOf) ([]Session, error)
}

// InteractionStore keeps what browsers are in the middle of.
type InteractionStore interface {
	CreateInteraction(ctx context.Context, i Interaction) error
	Interaction(ctx context.Context, id ID) (Interaction, error)
	UpdateInteraction(ctx context.Context, i Interaction, events ...Event) error
}

// ConsentStore keeps what people agreed to.
type ConsentStore interface {
	CreateConsent(ctx context.Context, c Consent, events ...Event) error
	// Consent reads the consent of an account for a client together with how
	// the client stands, in one statement. No row is not an error: the consent
	// then has Version 0.
	Consent(ctx context.Context, account ID, client string) (Consent, ClientStanding, error)
	UpdateConsent(ctx context.Context, c Consent, events ...Event) error
	// Consents lists what an account agreed to, in order of client.
	Consents(ctx context.Context, account ID, after string, limit int) ([]Consent, error)
}

// TicketStore keeps mailed links.
type TicketStore interface {
	CreateTicket(ctx context.Context, t Ticket, events ...Event) error
	Ticket(ctx context.Context, id ID) (Ticket, error)
	UpdateTicket(ctx context.Context, t Ticket, events ...Event) error
}

// KeyStore keeps keys, sealed.
type KeyStore interface {
	// CreateKey returns ErrConflict where (Use, Algorithm, Epoch) is taken.
	CreateKey(ctx context.Context, k Key, events ...Event) error
	Keys(ctx context.Context) ([]Key, error)
	UpdateKey(ctx context.Context, k Key, events ...Event) error
}

// ReplayGuard remembers what was seen.
type ReplayGuard interface {
	// Mark remembers hash under a kind until keepUntil and returns ErrConflict
	// if it was there already, also one that is past its end and not purged yet.
	// change says whose mark it is: drawn for this attempt alone, or the zero ID
	// where the mark stays whatever happens.
	Mark(ctx context.Context, kind string, hash Hash, keepUntil time.Time, change ID) error
	// Unmark takes back the mark that was made with this change, and no other: of
	// two that met, the loser cannot free what the winner used. That there is none
	// is no error; the zero ID takes nothing back.
	Unmark(ctx context.Context, kind string, hash Hash, change ID) error
	// Marked says whether it is there, and how the client stands: for a token
	// without a grant, in one statement.
	Marked(ctx context.Context, kind string, hash Hash, client string) (bool, ClientStanding, error)
}

// LimitStore counts attempts, exactly, across replicas.
type LimitStore interface {
	// Take counts one attempt against every limit, those that are used up
	// included, and says how each stands. A window is over at the instant it
	// Resets. No key is named twice.
	Take(ctx context.Context, at time.Time, limits []Limit) ([]Taken, error)
	// Forgive takes one attempt back from each key whose window is open, but
	// not below none: a success is no guess.
	Forgive(ctx context.Context, at time.Time, keys []Hash) error
}

// EventLog keeps what happened.
type EventLog interface {
	// Append stores events that no other change carries: all of them or none.
	Append(ctx context.Context, events ...Event) error
	// Events lists events without their Deliveries.
	Events(ctx context.Context, f EventFilter, p PageOf) ([]Event, error)
}

// EventFilter names events; zero members do not filter.
type EventFilter struct {
	Account ID
	Client  string
	Name    EventName
}

// Tenant is one issuer's share of a database.
type Tenant struct {
	// ID is permanent; keys derive from it.
	ID ID
	// Name is unique, by its bytes, and may be what an operator calls it. At most
	// MaxName bytes.
	Name string
	Row
	Ended bool
}

// Database is what an adapter opens: it works across tenants, and takes now as
// an argument.
type Database interface {
	// Tenant is the store of one tenant, cheap to make.
	Tenant(id ID) Store
	// CreateTenant returns ErrConflict for a taken id or name.
	CreateTenant(ctx context.Context, t Tenant) error
	// TenantByName returns ErrNotFound for none.
	TenantByName(ctx context.Context, name string) (Tenant, error)
	Tenants(ctx context.Context, p PageOf) ([]Tenant, error)
	// EndTenant sets Ended and Change and raises the version; ErrNotFound for
	// none. What the tenant has stays where it is.
	EndTenant(ctx context.Context, id ID, change ID) error

	// Lease is held by holder until the instant given, if nobody else holds it
	// at now; at that instant it is free. It only saves work: what runs under it is right even if two do.
	Lease(ctx context.Context, name string, holder ID, now, until time.Time) (bool, error)
	// ClaimDeliveries hands out up to limit deliveries of these tenants that are
	// due, hidden from others until the instant given; of every tenant where none
	// is named. More than MaxClaimTenants are an error: a process that serves more
	// asks several times, or for all. One past its KeepUntil is handed out like
	// others, for its worker to give it up.
	ClaimDeliveries(ctx context.Context, tenants []ID, now, until time.Time, limit int) ([]ClaimedDelivery, error)
	// FinishDelivery removes one that is done or given up; one that is gone is
	// no error.
	FinishDelivery(ctx context.Context, tenant, id ID) error
	// RetryDelivery counts an attempt, ends the claim and makes it due again; one
	// that is gone is no error.
	RetryDelivery(ctx context.Context, tenant, id ID, due time.Time) error
	// Purge removes up to limit rows past KeepUntil, of every kind, windows of
	// limits included, and with each all that is part of it; n counts the rows. A
	// grant whose code is still out goes by Grant.Kept, which is sooner: not before
	// it, and at the latest one more KeepCodes after it. A store may look for those
	// by their ids, which were drawn for at most MaxCodeStart before their codes
	// end. more says to call again: some are left, or it has not looked everywhere
	// yet. It may run on every replica at once.
	Purge(ctx context.Context, now time.Time, limit int) (n int, more bool, err error)

	// Migrate brings the schema up to date, once, however many replicas start. A
	// schema that a later release has made is an error other than ErrUnavailable,
	// and is left as it is.
	Migrate(ctx context.Context) error
	// Pending lists the steps of the schema that Migrate would take, in order. It
	// changes nothing.
	Pending(ctx context.Context) ([]Migration, error)
	// Ready returns nil if reads and writes work, on a schema that has all this
	// release needs, and ErrUnavailable otherwise. A later schema is no obstacle:
	// releases run side by side. It leaves nothing behind, and may be asked every
	// second.
	Ready(ctx context.Context) error
	Close() error
}

// Migration is one step of a database's schema.
type Migration struct {
	// Number counts from 1; it is the same on every database.
	Number int
	// Name says what the step is about.
	Name string
	// SQL is the whole step, to be run by hand, in order of Number, where the
	// provider itself may not change the schema. It also writes down that the step
	// was taken. Empty on a database that has no SQL.
	SQL string
}
