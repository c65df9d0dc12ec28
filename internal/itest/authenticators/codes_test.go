package authenticators

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	generator "github.com/pquerna/otp/totp"

	"github.com/keywright/keywright/authenticators/emailcode"
	"github.com/keywright/keywright/authenticators/recoverycode"
	"github.com/keywright/keywright/authenticators/totp"
	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
)

type sealer = func(string, []byte) ([]byte, error)

// someone is an account with a proven address.
func someone(at time.Time, email string) core.AccountChange {
	return core.AccountChange{
		Account:        core.Account{ID: core.NewID(at), Profile: core.Profile{Email: email, EmailVerified: true, CreatedAt: at, UpdatedAt: at}},
		PutIdentifiers: []core.Identifier{{Kind: core.IdentifierEmail, Value: email}},
	}
}

func TestEmailCode(t *testing.T) {
	for _, purpose := range []core.TurnPurpose{core.TurnSignIn, core.TurnSecond} {
		t.Run(string(purpose), func(t *testing.T) {
			conformance.TestAuthenticator(t, conformance.Candidate{
				Purpose: purpose, Once: true,
				New: func() (core.Authenticator, error) { return emailcode.New(emailcode.Options{}), nil },
				Person: func(_ context.Context, at time.Time, email string, _ sealer) (core.AccountChange, any, error) {
					return someone(at, email), nil, nil
				},
				Prove: func(s conformance.Sight) (url.Values, error) {
					if len(s.Letters) == 0 {
						return nil, errors.New("no letter came")
					}
					return url.Values{"code": {s.Letters[len(s.Letters)-1].Code}}, nil
				},
				Guess: func(conformance.Sight) url.Values { return url.Values{"code": {"000000"}} },
			})
		})
	}
}

// Codes are made by a library of somebody else: what an app would show.
func TestTOTP(t *testing.T) {
	seed := []byte("12345678901234567890")
	conformance.TestAuthenticator(t, conformance.Candidate{
		Purpose: core.TurnSecond, Once: true,
		New: func() (core.Authenticator, error) { return totp.New(), nil },
		Person: func(_ context.Context, at time.Time, email string, seal sealer) (core.AccountChange, any, error) {
			change := someone(at, email)
			own := append([]byte(email), seed...)[:len(seed)]
			c, err := totp.Credential(change.Account.ID, own, at, seal)
			change.PutCredentials = []core.Credential{c}
			return change, own, err
		},
		Prove: func(s conformance.Sight) (url.Values, error) {
			code, err := generator.GenerateCode(base32.StdEncoding.EncodeToString(s.Secret.([]byte)), s.At)
			return url.Values{"code": {code}}, err
		},
		Guess: func(conformance.Sight) url.Values { return url.Values{"code": {"000000"}} },
	})
}

func TestRecoveryCode(t *testing.T) {
	conformance.TestAuthenticator(t, conformance.Candidate{
		Purpose: core.TurnSecond, Once: true,
		New: func() (core.Authenticator, error) { return recoverycode.New(), nil },
		Person: func(ctx context.Context, at time.Time, email string, _ sealer) (core.AccountChange, any, error) {
			return withCodes(ctx, someone(at, email))
		},
		Prove: func(s conformance.Sight) (url.Values, error) {
			return url.Values{"code": {s.Secret.([]string)[0]}}, nil
		},
		Guess: func(conformance.Sight) url.Values { return url.Values{"code": {"0000-0000-0000-0000"}} },
	})
}

// withCodes gives somebody a set, as the authenticator itself makes it.
func withCodes(ctx context.Context, who core.AccountChange) (core.AccountChange, any, error) {
	turn := core.Turn{
		Purpose: core.TurnEnrol, Step: recoverycode.StepNew, Account: who.Account, Form: url.Values{"kept": {"1"}},
		Find: nobodysFinder{}, Hash: stageHash,
	}
	shown, err := recoverycode.New().Begin(ctx, turn)
	if err != nil {
		return who, nil, err
	}
	page := shown.(core.Show)
	turn.Notes = page.Notes
	made, err := recoverycode.New().Continue(ctx, turn)
	if err != nil {
		return who, nil, err
	}
	who.PutCredentials = made.(core.Enrolled).Change.PutCredentials
	return who, page.Page.Secrets, nil
}

// stageHash is the Turn.Hash of the suite.
func stageHash(parts ...string) []core.Hash {
	mac := hmac.New(sha256.New, []byte("conformance"))
	for _, p := range parts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return []core.Hash{core.Hash(mac.Sum(nil))}
}

type nobodysFinder struct{ core.Finder }

func (nobodysFinder) Credentials(context.Context, core.ID) ([]core.Credential, error) {
	return nil, nil
}

// What an app reads from the QR code makes the codes that are asked for (MF-01).
func TestMF01_AnotherLibraryReadsTheQRCode(t *testing.T) {
	who, at := someone(time.Unix(1_800_000_000, 0).UTC(), "mara@example.com"), time.Unix(1_800_000_000, 0).UTC()
	turn := core.Turn{
		Purpose: core.TurnEnrol, Step: totp.StepNew, Account: who.Account, At: at, Brand: core.Brand{Name: "Harbour & Sons"}, Find: noGenerator{},
		Reserve: func(context.Context, ...core.NamedLimit) error { return nil },
		Seal:    func(_ string, b []byte) ([]byte, error) { return b, nil },
	}
	shown, err := totp.New().Begin(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(shown.(core.Show).Page.QR)
	if err != nil || !strings.Contains(u.Path, "Harbour & Sons:mara@example.com") {
		t.Fatalf("%s, %v", u, err)
	}
	code, err := generator.GenerateCode(u.Query().Get("secret"), at)
	if err != nil {
		t.Fatal(err)
	}
	turn.Notes, turn.Form = shown.(core.Show).Notes, url.Values{"code": {code}}
	done, err := totp.New().Continue(t.Context(), turn)
	if enrolled, ok := done.(core.Enrolled); err != nil || !ok || len(enrolled.Change.PutCredentials) != 1 || !json.Valid(enrolled.Change.PutCredentials[0].Secret) {
		t.Errorf("%T, %v", done, err)
	}
}

type noGenerator struct{ core.Finder }

func (noGenerator) Credential(context.Context, core.CredentialKey) (core.Credential, error) {
	return core.Credential{}, core.ErrNotFound
}
