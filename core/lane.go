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
	// Apply writes what the lane brings of its own (a seed) for one tenant,
	// when the provider over that tenant is made.
	Apply(ctx context.Context, store Store) error
}
