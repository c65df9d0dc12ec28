package history

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Time is an instant of the provider's clock, counted from the start of the run.
type Time = time.Duration

// Never is later than everything: the end of what has none.
const Never Time = math.MaxInt64

// Skew is by how much the clocks of callers and replicas may differ.
const Skew = time.Second

// Kind is what was asked.
type Kind string

// The kinds of calls. The last three are for sessions and consents.
const (
	Authorize         Kind = "authorize" // a code was answered
	Redeem            Kind = "redeem"
	Refresh           Kind = "refresh"
	RevokeRefresh     Kind = "revoke refresh token"
	RevokeAccess      Kind = "revoke access token"
	Introspect        Kind = "introspect"
	IntrospectRefresh Kind = "introspect refresh token"
	UserInfo          Kind = "userinfo"
	// End is something beside the grant that ends it: an account or a client that is disabled, an epoch that rises.
	End Kind = "end"
	// EndSession ends what is bound to a session.
	EndSession Kind = "end session"
	// Stored is the row, read from the store.
	Stored Kind = "stored"

	Begin Kind = "begin" // a sign-in, an agreement
	Use   Kind = "use"
)

// Outcome is what the caller heard.
type Outcome string

// The outcomes. Done is success: tokens, a code, active, 200. Refused is invalid_grant, inactive, 401. Unknown is a
// connection that was lost, or 503: it took effect or not.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Unknown Outcome = "unknown"
)

// Call is one call and its answer.
type Call struct {
	Kind    Kind
	Outcome Outcome
	// From when it was made, To when it was answered; what is unknown may take effect until To.
	From, To Time
	// Presented is the generation of the refresh token, or the number of the access token.
	Presented int
	// Given is the generation of the refresh token that was answered, or of the row.
	Given int
	// Token is the number of the access token that was answered, from 1; 0 is none.
	Token int
	// Outage says that something was broken at the time.
	Outage bool
	// Note says who asked whom, and what exactly was answered.
	Note string
}

// String is one line of an excerpt.
func (c *Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%10s %10s  %s", seconds(c.From), seconds(c.To), c.Kind)
	switch c.Kind {
	case Refresh, IntrospectRefresh:
		fmt.Fprintf(&b, " generation %d", c.Presented)
	case RevokeAccess, Introspect, UserInfo:
		fmt.Fprintf(&b, " token %d", c.Presented)
	}
	fmt.Fprintf(&b, ": %s", c.Outcome)
	if c.Given > 0 {
		fmt.Fprintf(&b, ", generation %d", c.Given)
	}
	if c.Token > 0 {
		fmt.Fprintf(&b, ", token %d", c.Token)
	}
	if c.Note != "" {
		fmt.Fprintf(&b, " (%s)", c.Note)
	}
	return b.String()
}

func seconds(t Time) string {
	if t == Never {
		return "never"
	}
	return fmt.Sprintf("%.3f", t.Seconds())
}

// reads says that a call changes nothing, so that a lost answer says nothing.
func (c *Call) reads() bool {
	switch c.Kind {
	case Introspect, IntrospectRefresh, UserInfo, Stored, Use:
		return true
	}
	return false
}
