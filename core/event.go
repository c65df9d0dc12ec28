package core

import (
	"context"
	"log/slog"
	"time"
)

// EventName is what happened, in the past tense of the thing it happened to.
type EventName string

// The events. The Observer hears all of them; those marked heard are never stored.
const (
	EventAccountCreated      EventName = "account.created"
	EventAccountChanged      EventName = "account.changed"
	EventPasswordChanged     EventName = "password.changed"
	EventPasswordReset       EventName = "password.reset"
	EventResetRequested      EventName = "password.reset_requested"
	EventCodeSent            EventName = "mail.code_sent"
	EventSignedIn            EventName = "session.signed_in"
	EventSignedOut           EventName = "session.signed_out"
	EventSignInRefused       EventName = "session.sign_in_refused"
	EventConsentGiven        EventName = "consent.given"
	EventConsentRefused      EventName = "consent.refused"
	EventConsentWithdrawn    EventName = "consent.withdrawn"
	EventGrantCreated        EventName = "grant.created"  // heard where nobody was asked, else stored
	EventGrantRedeemed       EventName = "grant.redeemed" // heard
	EventGrantRevoked        EventName = "grant.revoked"
	EventAccessRevoked       EventName = "grant.access_revoked"
	EventCodeReplayed        EventName = "grant.code_replayed"
	EventCodeClientMismatch  EventName = "grant.code_client_mismatch"
	EventRefreshReused       EventName = "grant.refresh_reused"
	EventGrantRefused        EventName = "grant.refused"      // heard
	EventTokenRefreshed      EventName = "token.refreshed"    // heard
	EventTokenIssued         EventName = "token.issued"       // heard
	EventTokenIntrospected   EventName = "token.introspected" // heard
	EventTokenExchanged      EventName = "token.exchanged"    // heard; More says from, to, actor and kind
	EventClientSeeded        EventName = "client.seeded"
	EventClientChanged       EventName = "client.changed"
	EventClientRegistered    EventName = "client.registered" // heard: nothing is stored yet
	EventClientAdmitted      EventName = "client.admitted"   // first agreed to by a person: it has a row now
	EventClientDeleted       EventName = "client.deleted"    // by itself or by an operator
	EventClientWaiting       EventName = "client.waiting"    // somebody asked that an operator approve it
	EventClientApproved      EventName = "client.approved"   // by an operator
	EventClientDisabled      EventName = "client.disabled"
	EventClientEnabled       EventName = "client.enabled"
	EventClientRevoked       EventName = "client.revoked"               // all that was granted to it has ended
	EventClientCollected     EventName = "client.collected"             // not used for long: its row goes
	EventClientRefused       EventName = "client.refused"               // heard: what it publishes of itself cannot be used
	EventClientAuthFailed    EventName = "client.authentication_failed" // heard
	EventKeyCreated          EventName = "key.created"
	EventIdentityLinked      EventName = "identity.linked"
	EventIdentityRefused     EventName = "identity.refused"
	EventAccountReclaimed    EventName = "account.reclaimed" // its address's owner has come: what others set up is gone
	EventOrganizationSeeded  EventName = "organization.seeded"
	EventOrganizationChanged EventName = "organization.changed"
	EventConnectionSeeded    EventName = "connection.seeded"
	EventConnectionChanged   EventName = "connection.changed"
	EventCredentialRemoved   EventName = "credential.removed"
	EventEmailChanged        EventName = "account.email_changed"
	EventEmailRestored       EventName = "account.email_restored"
	EventAccountDeleted      EventName = "account.deleted"
	EventTermsAccepted       EventName = "account.terms_accepted"
	EventInvitationSent      EventName = "invitation.sent"
	EventInvitationAccepted  EventName = "invitation.accepted"
)

// KeepEvents is how long the provider's own events are kept.
const KeepEvents = 365 * 24 * time.Hour

// Event is one thing that happened. Stored events are written with the change
// they record; they are the audit log and hold no secret.
type Event struct {
	ID      ID
	At      time.Time
	Name    EventName
	Account ID     // zero if none
	Client  string // empty if none
	// Thing and Version order the events of one thing.
	Thing   ID
	Version uint64
	// KeepUntil is when it may be purged: KeepEvents after At, for the provider's own.
	KeepUntil time.Time
	EventTerms
	// Deliveries are written with the event and claimed by whichever replica
	// delivers them.
	Deliveries []Delivery
}

// EventTerms is the part of an event that is not searched.
type EventTerms struct {
	Reason    string            `json:"reason,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Address   string            `json:"address,omitempty"`
	More      map[string]string `json:"more,omitempty"`
}

// LogValue gives the event as log attributes.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("event", string(e.Name)), slog.Time("at", e.At)}
	for _, a := range []struct{ name, value string }{
		{"client", e.Client}, {"reason", e.Reason}, {"request", e.RequestID}, {"address", e.Address},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.name, a.value))
		}
	}
	if !e.Account.IsZero() {
		attrs = append(attrs, slog.String("account", e.Account.String()))
	}
	if !e.Thing.IsZero() {
		attrs = append(attrs, slog.String("thing", e.Thing.String()))
	}
	return slog.GroupValue(attrs...)
}

// MarshalPayload writes what is not searched.
func (e *Event) MarshalPayload() ([]byte, error) { return marshalPayload(&e.EventTerms, nil) }

// UnmarshalPayload reads what MarshalPayload wrote.
func (e *Event) UnmarshalPayload(b []byte) error {
	e.EventTerms = EventTerms{}
	_, err := unmarshalPayload(b, &e.EventTerms)
	return err
}

// Delivery is something to be sent because of an event: at least once, removed
// when done. Body is sealed, and at most MaxPayload bytes long.
type Delivery struct {
	ID   ID
	Kind string // "mail"
	// Due is when it may next be tried.
	Due      time.Time
	Attempts int
	// KeepUntil is when to give up.
	KeepUntil time.Time
	Body      []byte
}

// ClaimedDelivery is a delivery that this caller may work on until its claim
// ends, with the tenant it belongs to.
type ClaimedDelivery struct {
	Tenant ID
	Delivery
}

// Observer hears every event, stored or not: for metrics and traces. One whose
// write had an unknown outcome may go unheard; the event log is the record. It
// cannot refuse, and must return at once.
type Observer interface {
	Observe(ctx context.Context, e Event)
}
