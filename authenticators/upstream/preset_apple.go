package upstream

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// appleIssuer is also the audience of the client secrets that Apple asks for.
const appleIssuer = "https://appleid.apple.com"

// appleSecretLives is how long each client secret is good for. Apple allows six months; one is made for each exchange, so
// that there is nothing to renew.
const appleSecretLives = 5 * time.Minute

// AppleKey makes Apple's client secrets: JWTs signed with a key of the developer account.
// https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret (2026-11).
type AppleKey struct {
	// Team and Key are the ten characters that Apple shows beside the account and the key.
	Team string `json:"team"`
	Key  string `json:"key"`
	// PrivateKey is the text of the .p8 file.
	PrivateKey string `json:"private_key"`
}

// String hides the key.
func (AppleKey) String() string { return "upstream.AppleKey(hidden)" }

// GoString hides the key.
func (AppleKey) GoString() string { return "upstream.AppleKey(hidden)" }

func (k *AppleKey) check() error {
	_, err := k.signer()
	return err
}

func (k *AppleKey) signer() (*jose.Signer, error) {
	if k.Team == "" || k.Key == "" {
		return nil, errors.New("give Team and Key, ten characters each")
	}
	block, _ := pem.Decode([]byte(k.PrivateKey))
	if block == nil {
		return nil, errors.New("PrivateKey: give the text of the .p8 file, from BEGIN to END")
	}
	key, err := jose.ParsePrivate(block.Bytes)
	if err != nil {
		return nil, errors.New("PrivateKey: is not a PKCS #8 key")
	}
	signer, err := jose.NewSigner("ES256", k.Key, key)
	if err != nil {
		return nil, errors.New("PrivateKey: is not a key for ES256")
	}
	return signer, nil
}

// secret is the client secret for an exchange at this instant, in seconds since 1970.
func (k *AppleKey) secret(client string, at int64) (Secret, error) {
	signer, err := k.signer()
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"iss": k.Team, "sub": client, "aud": appleIssuer, "iat": at, "exp": at + int64(appleSecretLives/time.Second),
	})
	if err != nil {
		return "", err
	}
	jwt, err := signer.Sign("", claims)
	return Secret(jwt), err
}

// Apple is Sign in with Apple. The answer is posted; the name comes once, with the first sign-in, and is not authenticated;
// email_verified may be text. https://developer.apple.com/documentation/signinwithapplerestapi and
// https://appleid.apple.com/.well-known/openid-configuration (2026-11).
func Apple(clientID string, key AppleKey) Provider {
	return Provider{
		Name: "apple", Label: "Apple", Issuer: appleIssuer, ClientID: clientID, Apple: &key,
		Scopes: []string{"openid", "email", "name"}, FormPost: true, SecretInBody: true, NoUserInfo: true,
		Claims: Claims{VerifiedAsText: true},
	}
}
