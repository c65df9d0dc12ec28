package core

import (
	"errors"
	"fmt"
)

// What a store may answer instead of a value. Anything else is a fault of the
// adapter and ends as a plain internal error.
var (
	// ErrNotFound: the row read does not exist.
	ErrNotFound = errors.New("core: not found")
	// ErrConflict: a create met a taken key, or an update a row that is not
	// what was read. Nothing was changed. See ConflictError for the key.
	ErrConflict = errors.New("core: conflict")
	// ErrUnavailable: the store could not be asked, or the outcome of a write
	// is unknown: it may have taken effect, or may yet, after a read that did not
	// see it. Never answered as invalid_grant.
	ErrUnavailable = errors.New("core: store unavailable")
)

// ConflictError is an ErrConflict that names the unique key that was taken:
// "id"; for an account "identifier" or "credential"; for an organization "name"
// or "domain"; for a group "name"; or "version" where an update of an account or
// an organization came too late. Of other conflicts nobody asks the key.
type ConflictError struct{ Key string }

// Error names the key.
func (e *ConflictError) Error() string { return "core: conflict on " + e.Key }

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Unavailable wraps what a driver said as ErrUnavailable.
func Unavailable(cause error) error {
	if cause == nil {
		return ErrUnavailable
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause)
}
