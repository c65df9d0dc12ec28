package passkey

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

// setUp makes an account with a passkey of a device, by way of the authenticator.
func setUp(ctx context.Context, t *testing.T, at time.Time, email string) (core.AccountChange, *device, error) {
	t.Helper()
	a, err := New(Options{})
	if err != nil {
		return core.AccountChange{}, nil, err
	}
	w := &world{t: t, credentials: map[core.CredentialKey]core.Credential{}, windows: map[string]int{}}
	account := core.Account{ID: core.NewID(at), Profile: core.Profile{Name: "Mara", Email: email, EmailVerified: true}}
	turn := core.Turn{
		Issuer: home, Purpose: core.TurnEnrol, Step: StepNew, At: at, Interaction: core.NewID(at), Account: account, Find: w, Reserve: w.reserve,
	}
	reply, err := a.Begin(ctx, turn)
	shown, ok := reply.(core.Show)
	if err != nil || !ok {
		return core.AccountChange{}, nil, errors.Join(err, errors.New("no page"))
	}
	d := newDevice(t)
	turn.Notes, turn.Form = shown.Notes, url.Values{"credential": {d.create(shown.Page.Challenge, lie{})}}
	reply, err = a.Continue(ctx, turn)
	done, ok := reply.(core.Enrolled)
	if err != nil || !ok {
		return core.AccountChange{}, nil, errors.Join(err, errors.New("not enrolled"))
	}
	change := done.Change
	change.PutIdentifiers = []core.Identifier{{Kind: core.IdentifierEmail, Value: strings.ToLower(email)}}
	return change, d, nil
}

func TestConformance(t *testing.T) {
	for _, purpose := range []core.TurnPurpose{core.TurnSignIn, core.TurnSecond} {
		t.Run(string(purpose), func(t *testing.T) {
			conformance.TestAuthenticator(t, conformance.Candidate{
				New: func() (core.Authenticator, error) { return New(Options{}) }, Purpose: purpose, Once: true,
				Person: func(ctx context.Context, at time.Time, email string, _ func(string, []byte) ([]byte, error)) (core.AccountChange, any, error) {
					return setUp(ctx, t, at, email)
				},
				Prove: func(s conformance.Sight) (url.Values, error) {
					d, ok := s.Secret.(*device)
					if !ok || s.Page.Challenge == nil {
						return nil, errors.New("nothing asks for a passkey")
					}
					d.count++
					return url.Values{"credential": {d.get(s.Page.Challenge, lie{})}}, nil
				},
				Guess: func(s conformance.Sight) url.Values {
					stranger := newDevice(t)
					stranger.user = random(64)
					return url.Values{"credential": {stranger.get(s.Page.Challenge, lie{})}}
				},
			})
		})
	}
}
