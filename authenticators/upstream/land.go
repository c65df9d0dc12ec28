package upstream

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/subject"
)

const (
	maxCode = 8 << 10 // bytes of an authorization code
	// landTime bounds all that is asked of the provider for one sign-in (UPS01).
	landTime = 9 * time.Second
	// landMax attempts per address in landWindow: each costs the provider a request, and a company may have one address.
	landMax    = 600
	landWindow = 10 * time.Minute
	// attemptLife is how long a state counts (MC-15). The interaction may last longer.
	attemptLife = 10 * time.Minute
)

// arrive reads where a returning browser wants to go on.
func (a *Authenticator) arrive(_ context.Context, r core.Returned) (core.Arrival, error) {
	state, ok := single(r.Values, "state")
	if !ok {
		return core.Arrival{}, core.PageOld.Because(errors.New("a callback without one state"))
	}
	return core.Arrival{Step: a.back, State: state}, nil
}

// single is the value of a parameter that came exactly once and is not empty.
func single(values url.Values, name string) (string, bool) {
	if v := values[name]; len(v) == 1 && v[0] != "" {
		return v[0], true
	}
	return "", false
}

// land takes what the browser brings back. The attempt is used up by it, whatever comes of it (LNK17); the browser then goes
// on at an address without a code.
func (a *Authenticator) land(ctx context.Context, t core.Turn) (core.Reply, error) {
	n := readNotes(t.Notes)
	state, ok := single(t.Returned.Values, "state")
	switch {
	case !ok:
		return nil, core.PageOld.Because(errors.New("a callback without one state"))
	case n.Landed != "" && n.Landed == subject.Key(state):
		return core.GoTo{Step: a.back}, nil // the same answer twice (UPS05)
	case n.Attempt == nil || subtle.ConstantTimeCompare([]byte(n.Attempt.State), []byte(state)) != 1:
		return nil, core.PageOld.Because(errors.New("the state of another attempt"))
	case n.Purpose != t.Purpose || n.For != t.Account.ID:
		return nil, core.PageOld.Because(errors.New("begun for another account or another end"))
	}
	if err := t.Reserve(ctx, core.NamedLimit{Parts: []string{a.method, t.Address}, Max: landMax, Window: landWindow}); err != nil {
		return nil, err
	}
	after := notes{Landed: subject.Key(state), For: n.For, Purpose: n.Purpose}
	identity, err := a.identify(ctx, t, n.Attempt)
	if err == nil {
		after.Identity = &identity
	} else {
		after.Problem = problemOf(err)
		a.log.WarnContext(ctx, "a sign-in at a provider came to nothing", "issuer", n.Attempt.Issuer, "problem", after.Problem, "error", err)
	}
	keep, err := after.keep()
	if after.Problem != "" {
		keep.Events = []core.Event{{
			ID: core.NewID(t.At), At: t.At, Name: core.EventSignInRefused, Account: t.Account.ID,
			EventTerms: core.EventTerms{Reason: after.Problem, Address: t.Address},
		}}
	}
	return core.GoTo{Step: a.back, Keep: keep}, err
}

// goOn is where the browser goes on: with somebody, with a problem, or with nothing to go on with.
func (a *Authenticator) goOn(ctx context.Context, t core.Turn) (core.Reply, error) {
	n := readNotes(t.Notes)
	switch {
	case n.Identity != nil && n.Purpose == t.Purpose && n.For == t.Account.ID:
		keep, err := notes{Landed: n.Landed, For: n.For, Purpose: n.Purpose}.keep()
		return core.Identified{Identity: *n.Identity, Keep: keep}, err
	case n.Problem != "":
		return a.problem(t, a.site(ctx, t.Connection), n.Problem)
	case t.Purpose == core.TurnSignIn:
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	return core.GoTo{Step: a.start}, nil
}

// identify finds out who came back, or why nobody did.
func (a *Authenticator) identify(ctx context.Context, t core.Turn, try *attempt) (core.Identity, error) {
	s := a.site(ctx, t.Connection)
	if s == nil {
		return core.Identity{}, &problemError{problemGone, "the connection cannot be used any more"}
	}
	if t.At.Sub(time.Unix(try.Begun, 0)) > attemptLife {
		return core.Identity{}, &problemError{problemLate, "the way there and back took too long"}
	}
	if err := s.checkReturn(t, try); err != nil {
		return core.Identity{}, err
	}
	code, ok := single(t.Returned.Values, "code")
	if !ok || len(code) > maxCode {
		return core.Identity{}, fmt.Errorf("%w: neither one code nor an error", errBroken)
	}
	// A browser may ask twice at once; the provider is asked once, since it may take a second time for theft.
	return a.exchanges.do(ctx, subject.Key(try.State, code), func(ctx context.Context) (core.Identity, error) {
		ctx, cancel := context.WithTimeout(ctx, landTime)
		defer cancel()
		return s.exchange(ctx, t, try, a.method, code)
	})
}

// checkReturn sees that the answer is the provider's own, for this attempt, before anything is asked of anybody (MIX02).
func (s *site) checkReturn(t core.Turn, try *attempt) error {
	back := t.Returned
	switch {
	case s.connection != try.Connection, !s.connection.IsZero() && (back.Connection == nil || back.Connection.ID != s.connection):
		return fmt.Errorf("%w: the callback of another connection", errLie)
	case s.Issuer != try.Issuer || s.ClientID != try.Client:
		return fmt.Errorf("%w: the configuration has changed since the sign-in began", errBroken)
	}
	switch iss, sent := back.Values["iss"]; {
	case !sent && try.SendsIss:
		return fmt.Errorf("%w: iss is announced, and missing (RFC 9207 section 2.4)", errLie)
	case sent && (len(iss) != 1 || !s.mayIssue(iss[0])):
		return fmt.Errorf("%w: iss is of another provider (RFC 9207 section 2.4)", errLie)
	}
	if _, refused := back.Values["error"]; refused {
		code, _ := single(back.Values, "error")
		return refusal(code)
	}
	return nil
}

// mayIssue says whether an issuer is the one that is expected, or one that the tenants' rule can build.
func (p *Provider) mayIssue(issuer string) bool {
	if p.Tenants == nil {
		return issuer == p.Issuer
	}
	for _, tenant := range p.Tenants.Allowed {
		if issuer == strings.Replace(p.Tenants.Template, tenantIn, tenant, 1) {
			return true
		}
	}
	return false
}

// refusal is what an error code of the provider means to a person. Codes are from RFC 6749 section 4.1.2.1 and OpenID Connect
// Core section 3.1.2.6; Apple and Facebook have their own for a person who changes their mind.
func refusal(code string) error {
	switch code {
	case "access_denied", "user_cancelled_authorize", "user_cancelled_login", "user_denied", "consent_required":
		return &problemError{problemDenied, "refused: " + code}
	case "server_error", "temporarily_unavailable":
		return &problemError{problemAway, "refused: " + code}
	case "login_required", "interaction_required", "account_selection_required", "unmet_authentication_requirements":
		return &problemError{problemStale, "refused: " + code}
	case "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "invalid_client":
		return &problemError{problemOther, "refused, and the configuration should be looked at: " + code}
	}
	return &problemError{problemOther, "refused for a reason that no specification knows"}
}
