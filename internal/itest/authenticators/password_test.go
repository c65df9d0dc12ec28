package authenticators

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

const word = "lantern orbit velvet cascade"

func TestPassword(t *testing.T) {
	options := password.Options{SignUp: true, Cost: password.Cost{Memory: 64, Passes: 1, Threads: 1}, InsecureCost: true}
	a, err := password.New(options)
	if err != nil {
		t.Fatal(err)
	}
	conformance.TestAuthenticator(t, conformance.Candidate{
		New: func() (core.Authenticator, error) { return password.New(options) },
		Person: func(ctx context.Context, at time.Time, email string, _ func(string, []byte) ([]byte, error)) (core.AccountChange, any, error) {
			own := word + " " + email
			change, err := a.Account(ctx, "Mara", email, own, at)
			return change, own, err
		},
		Prove: func(s conformance.Sight) (url.Values, error) {
			return url.Values{"password": {s.Secret.(string)}}, nil
		},
		Guess: func(conformance.Sight) url.Values { return url.Values{"password": {"correct horse battery staple"}} },
	})
}
