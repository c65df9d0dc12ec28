package core

import (
	"context"
	"time"
)

// RemoteLane is a lane whose clients are described elsewhere. For it, Load is
// for new requests of people's browsers: it may ask elsewhere, and gives nothing
// that has gone stale.
type RemoteLane interface {
	ClientLane
	// Known finds a client for a request that rests on what was granted before:
	// it asks nobody about a client without a row, and may give what has gone
	// stale, within the lane's limits. current says that it has not; only then is
	// it worth keeping.
	Known(ctx context.Context, store Store, clientID string) (client Client, current bool, err error)
}

// ApprovingLane is a lane whose clients have no row until a person agrees.
type ApprovingLane interface {
	ClientLane
	// Approve writes the row of a client that has none, with the event, before
	// anything is granted to it. It may be repeated, and by several at once.
	Approve(ctx context.Context, store Store, c Client, e Event) error
}

// ClientFault says why a client cannot be used that describes itself elsewhere.
// It is an ErrNotFound.
type ClientFault struct {
	// Host that the client is to be found at, once it is known to be one.
	Host string
	// Reason is one word of the lane, such as "redirect_uris". It tells nothing of
	// networks: whatever went wrong on the way is "unreachable".
	Reason string
	// Cause is for the log.
	Cause error
}

// Error gives reason and cause.
func (f *ClientFault) Error() string {
	if f.Cause == nil {
		return "core: client refused: " + f.Reason
	}
	return "core: client refused: " + f.Reason + ": " + f.Cause.Error()
}

// Unwrap gives ErrNotFound and the cause.
func (f *ClientFault) Unwrap() []error { return []error{ErrNotFound, f.Cause} }

// ClientDocument says what a client was last seen to publish of itself.
type ClientDocument struct {
	// Seen is when the document was last read, to within hours.
	Seen time.Time `json:"seen"`
	// Hash is a SHA-256 over what was made of it.
	Hash Hash `json:"hash"`
}
