// Package keys holds a tenant's keys, parsed: the root keys of handles and of
// sealed values, and the keys that sign tokens.
package keys

// Keys are the keys of one tenant.
type Keys struct{}
