package bunstore

import (
	"context"
	"errors"

	"github.com/keywright/keywright/core"
)

var errNotFound = core.ErrNotFound

// fault is a driver's error in words that hold no value.
type fault struct {
	class Class
	text  string
}

// Error gives the words.
func (f *fault) Error() string { return "bunstore: " + f.text }

// classified turns what a driver said into a fault.
func (db *DB) classified(err error) error {
	if err == nil {
		return nil
	}
	class, text := db.classify(err)
	return &fault{class: class, text: text}
}

// class is what err means.
func (db *DB) class(err error) Class {
	class, _ := db.classify(err)
	return class
}

// classify asks the dialect, but for what no driver says: that somebody else let
// a prepared statement go before it was run.
func (db *DB) classify(err error) (Class, string) {
	if err.Error() == "sql: statement is closed" {
		return Stale, "the statement is prepared anew"
	}
	return db.dialect.Classify(err)
}

// outward turns a fault, and the end of a caller's time, into an error of the
// contract. One who has left is nobody to answer.
func outward(err error) error {
	if err == nil {
		return nil
	}
	var f *fault
	switch {
	case errors.Is(err, core.ErrUnavailable):
		return err
	case errors.As(err, &f) && f.class != Fault, errors.Is(err, context.DeadlineExceeded):
		return core.Unavailable(err)
	}
	return err
}

// refused says that a job was answered: nothing is wrong with the connection
// or with the batch.
func refused(err error) bool {
	var f *fault
	return errors.Is(err, core.ErrConflict) || errors.Is(err, core.ErrNotFound) ||
		errors.As(err, &f) && f.class == Duplicate
}

// taken names the key where err says that one is.
func taken(err error, key string) error {
	var f *fault
	if errors.As(err, &f) && f.class == Duplicate {
		return &core.ConflictError{Key: key}
	}
	return err
}

// changed turns an update of nothing into a conflict.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return &core.ConflictError{Key: "version"}
	}
	return err
}

// found turns a write that met no row into ErrNotFound.
func found(n int64, err error) error {
	if err == nil && n == 0 {
		return errNotFound
	}
	return err
}

// classOf is the class of a fault; ok is false for other errors.
func classOf(err error) (class Class, ok bool) {
	if err == nil {
		return 0, false
	}
	var f *fault
	if errors.Is(err, core.ErrUnavailable) || !errors.As(err, &f) {
		return 0, false
	}
	return f.class, true
}

// writeAgain says that a unit may be tried again: it changed nothing.
func writeAgain(err error, transaction bool) bool {
	class, ok := classOf(err)
	return ok && (class == Retry || class == Stale || transaction && class == Broken)
}

// readAgain says that the same read may succeed.
func readAgain(err error) bool {
	class, ok := classOf(err)
	return ok && (class == Retry || class == Broken || class == Stale)
}

// uncommitted is a commit that failed: undone if the database says so, else of
// unknown outcome.
func (db *DB) uncommitted(err error) error {
	class, text := db.dialect.Classify(err)
	if class == Retry {
		return &fault{class, text}
	}
	return core.Unavailable(&fault{class: Unavailable, text: text})
}

// lost says that a commit failed, so that nobody knows whether it took place,
// or that the database cannot be written at all.
func lost(err error) bool {
	var f *fault
	return errors.Is(err, core.ErrUnavailable) || errors.As(err, &f) && f.class == Unavailable
}
