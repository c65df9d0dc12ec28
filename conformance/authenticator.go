package conformance

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// Candidate is an authenticator to be tried, with what has to be known to play
// the people who use it. It is tried turn by turn, as the provider would: no
// server and no browser is needed.
type Candidate struct {
	// New makes an authenticator that was not started. It is called for each
	// check.
	New func() (core.Authenticator, error)
	// Tools to start it with. Clock, lifetimes and logger are filled in where they
	// are not set.
	Tools core.Tools
	// Purpose that is tried: core.TurnSignIn where empty, core.TurnSecond for what
	// only adds to another way in.
	Purpose core.TurnPurpose
	// Person makes an account with this address that can be recognised, as
	// CreateAccount takes it, and whatever Prove needs to play its owner: a
	// password, the key of a code generator. seal is Turn.Seal.
	Person func(ctx context.Context, at time.Time, email string, seal func(label string, secret []byte) ([]byte, error)) (core.AccountChange, any, error)
	// Prove is what the person posts on the page that they see: right.
	Prove func(s Sight) (url.Values, error)
	// Guess is what somebody posts who does not know: wrong, but of the right form.
	Guess func(s Sight) url.Values
	// Once says that a proof is good for one use: a code, an answer to a
	// challenge. A password is not.
	Once bool
}

// Sight is what a person has before them.
type Sight struct {
	At   time.Time
	Step core.Step
	Page core.Page
	// Email of the person, and what Person said of them.
	Email  string
	Secret any
	// Letters that came to their address, oldest first.
	Letters []core.Letter
}

// AuthenticatorCheck is one thing that an authenticator owes the flow.
type AuthenticatorCheck struct {
	// Name is unique and stable: "turn", a dot, what is promised.
	Name string
	// Why says what breaks for people if the promise is not kept.
	Why string
	// Run returns nil if the candidate keeps the promise, or else what it did
	// instead.
	Run func(ctx context.Context, c Candidate) error
}

// Authenticator lists the checks that every authenticator must pass. Those that
// answer to the redirect of another identity provider instead of a form pass
// AuthenticatorShape.
func Authenticator() []AuthenticatorCheck {
	return append(AuthenticatorShape(), turnChecks()...)
}

// TestAuthenticator runs the checks, all of Authenticator if none are named, as
// subtests.
func TestAuthenticator(t *testing.T, c Candidate, checks ...AuthenticatorCheck) {
	t.Helper()
	if len(checks) == 0 {
		checks = Authenticator()
	}
	for _, check := range checks {
		t.Run(check.Name, func(t *testing.T) {
			if err := check.Run(t.Context(), c); err != nil {
				t.Errorf("%v\nwhy it matters: %s", err, check.Why)
			}
		})
	}
}

// turnCheck makes a check of a function that fails through the stage.
func turnCheck(name, why string, run func(*stage)) AuthenticatorCheck {
	return AuthenticatorCheck{Name: name, Why: why, Run: func(ctx context.Context, c Candidate) error {
		return caught(func() { run(newStage(ctx, c)) })
	}}
}
