package core

import "context"

// Directory brings the organizations and connections that an operator wrote down,
// in code or in a file.
type Directory interface {
	// Start is called once per process, before Apply. It reports all that is wrong
	// with what was written.
	Start(Tools) error
	// Apply writes it for one tenant, when the provider over that tenant is made. It
	// may run on every replica at once.
	Apply(ctx context.Context, t DirectoryTools) error
}

// DirectoryTools are one tenant's.
type DirectoryTools struct {
	Store Store
	// Seal closes the secrets of a connection as Connection.Sealed holds them; Open
	// reads them again.
	Seal, Open func([]byte) ([]byte, error)
}
