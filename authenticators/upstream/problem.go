package upstream

import (
	"context"
	"errors"
	"net/http"

	"github.com/keywright/keywright/core"
)

// The problems a person is told of, each the id of a message. Nothing that the provider wrote is ever among them (RP-18).
const (
	problemDenied = "upstream_denied" // cancelled there, or not allowed
	problemAway   = "upstream_away"   // slow, dead
	problemBroken = "upstream_broken" // answers nonsense
	problemLate   = "upstream_late"   // back after attemptLife
	problemLie    = "upstream_lie"    // a check failed
	problemStale  = "upstream_stale"  // a fresh sign-in was needed and not shown
	problemHosted = "upstream_hosted" // an account of another company
	problemGone   = "upstream_gone"   // switched off, or its settings make no sense
	problemOther  = "upstream"        // any other refusal
)

// problemOf finds what a person is told of an error.
func problemOf(err error) string {
	var p *problemError
	switch {
	case errors.As(err, &p):
		return p.id
	case errors.Is(err, errLie):
		return problemLie
	case errors.Is(err, errBroken):
		return problemBroken
	case errors.Is(err, errAway), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problemAway
	}
	return problemBroken
}

// problemError is an error that has a message of its own.
type problemError struct {
	id  string
	why string
}

func (e *problemError) Error() string { return e.why }

// statusOf a problem: what the person did, what was not believed, what failed there.
func statusOf(problem string) int {
	switch problem {
	case problemAway:
		return http.StatusServiceUnavailable
	case problemBroken:
		return http.StatusBadGateway
	case problemHosted, problemGone, problemStale:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// problem shows at once what is wrong. s may be nil.
func (a *Authenticator) problem(t core.Turn, s *site, problem string) (core.Reply, error) {
	label := a.Label()
	if s != nil {
		label = s.label()
	}
	page := core.Page{
		Name: PageName, Status: statusOf(problem),
		Args:     map[string]any{"provider": label},
		Problems: []core.Problem{{ID: problem, Args: map[string]any{"provider": label}}},
		Links:    map[string]string{"again": string(a.start)},
	}
	if problem == problemGone {
		delete(page.Links, "again")
	}
	if t.Purpose == core.TurnSignIn {
		page.Links["signin"] = string(core.StepSignIn)
	}
	return core.Show{Page: page}, nil
}
