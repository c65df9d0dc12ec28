package core

import "context"

// ClientLane finds clients of one lane.
type ClientLane interface {
	// Lane is its name.
	Lane() Lane
	// Start is called once per process.
	Start(Tools) error
	// Owns says by its shape alone whether a client_id is this lane's.
	Owns(clientID string) bool
	// Load finds the client; ErrNotFound where there is none.
	Load(ctx context.Context, store Store, clientID string) (Client, error)
	// Remote says that its clients are described elsewhere. Load is then for new
	// requests of people's browsers, and for a client that a trusted issuer's assertion
	// names: it may ask elsewhere, and gives nothing that has gone stale.
	Remote() bool
	// Known finds a client of a remote lane for a request that rests on what was
	// granted before: it asks nobody about a client without a row, and may give what
	// has gone stale, within the lane's limits. current says that it has not; only
	// then is it worth keeping.
	Known(ctx context.Context, store Store, clientID string) (client Client, current bool, err error)
	// Approval says that its clients wait for an operator: nothing new is granted to
	// one that no operator has approved (ClientRecord.ApprovedAt). The lane makes no
	// rows for that, nor for the first grant: the provider does.
	Approval() bool
	// Registrar is what clients of this lane register themselves with; nil where
	// they cannot.
	Registrar() Registrar
	// Apply writes what the lane brings of its own (a seed) for one tenant,
	// when the provider over that tenant is made.
	Apply(ctx context.Context, store Store) error
}

// KeptHere is embedded by lanes whose clients have rows of their own from the
// start, and do not register themselves; a lane that differs in one thing says that
// one itself.
type KeptHere struct{}

// Remote is false.
func (KeptHere) Remote() bool { return false }

// Known is ErrNotFound: it is asked of remote lanes alone.
func (KeptHere) Known(context.Context, Store, string) (Client, bool, error) {
	return Client{}, false, ErrNotFound
}

// Approval is false: the operator wrote its clients down.
func (KeptHere) Approval() bool { return false }

// Registrar is nil.
func (KeptHere) Registrar() Registrar { return nil }
