package core

import "time"

// Registrar is a lane whose clients register themselves while the provider runs
// (RFC 7591). The lane says what is registered of that which a client sends; the
// provider does the endpoint, the limits and the storing. The client_id is a
// sealed handle that carries the registration: registering stores nothing, and
// the row appears with the first approval.
type Registrar interface {
	ClientLane
	// Registration is what the lane's clients may count on; always the same.
	Registration() RegistrationTerms
	// Read judges client metadata as it was sent and gives what is registered. It
	// says what is wrong in an *OAuthError.
	Read(t Tools, body []byte) (ClientMetadata, error)
	// Pack writes what Read gave, in as few bytes as it can.
	Pack(t Tools, m ClientMetadata) ([]byte, error)
	// Unpack reads what Pack wrote and judges it by the rules of now. ErrNotFound
	// means that they no longer let such a client in.
	Unpack(t Tools, packed []byte) (ClientMetadata, error)
}

// MaxRegistrationStart is how long an id can be set to start a client without a
// row. What is disabled or deleted within that time is remembered beyond it.
const MaxRegistrationStart = 7 * 24 * time.Hour

// RegistrationTerms are how a lane of self-registered clients is run.
type RegistrationTerms struct {
	// Start is how long after its registration an id that nobody has approved can
	// start a client; at most MaxRegistrationStart.
	Start time.Duration
	// Idle is how long a client is kept after the last grant of it has ended.
	Idle time.Duration
	// Manage offers RFC 7592: read, replace and delete by the client itself.
	Manage bool
	// Tokens are hashes of the initial access tokens, one of which is asked for;
	// empty leaves registration open to everybody.
	Tokens []ClientSecret
	// PerAddress and Altogether are how many registrations an hour are answered.
	PerAddress, Altogether int
	// Redirects are what may be registered beside loopback.
	Redirects []string
}
