package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/keywright/keywright/internal/jose"
)

// maxSettings bounds both halves of a connection, in bytes.
const maxSettings = 16 << 10

// sealedSecrets is the secret half of a connection.
type sealedSecrets struct {
	ClientSecret string    `json:"client_secret,omitempty"`
	Apple        *AppleKey `json:"apple,omitempty"`
}

// MakeSettings writes a provider as a connection keeps it: settings for Connection.Settings, and the secrets, which are to
// be sealed into Connection.Sealed. Name, SecretFunc and InsecureAllowLoopback have no place there. It reports all
// that is wrong with the provider.
func MakeSettings(p Provider) (settings json.RawMessage, secrets []byte, err error) {
	if p.SecretFunc != nil {
		return nil, nil, errors.New("upstream: SecretFunc: a connection is data; give ClientSecret")
	}
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	if settings, err = json.Marshal(p); err != nil {
		return nil, nil, err
	}
	secrets, err = json.Marshal(sealedSecrets{ClientSecret: string(p.ClientSecret), Apple: p.Apple})
	if err == nil && (len(settings) > maxSettings || len(secrets) > maxSettings) {
		err = fmt.Errorf("upstream: the settings are longer than %d bytes", maxSettings)
	}
	return settings, secrets, err
}

// ParseSettings reads what MakeSettings wrote, or an operator by hand: JSON objects without unknown or repeated members.
// Empty secrets are those of a client without any. It reports all that is wrong with the provider.
func ParseSettings(settings json.RawMessage, secrets []byte) (Provider, error) {
	p, err := parseSettings(settings, secrets)
	if err != nil {
		return Provider{}, err
	}
	return p, p.check()
}

func parseSettings(settings json.RawMessage, secrets []byte) (Provider, error) {
	var p Provider
	if err := strictly("settings", settings, &p); err != nil {
		return Provider{}, err
	}
	if len(secrets) > 0 {
		var s sealedSecrets
		if err := strictly("secrets", secrets, &s); err != nil {
			return Provider{}, err
		}
		p.ClientSecret, p.Apple = Secret(s.ClientSecret), s.Apple
	}
	return p, nil
}

// strictly decodes one JSON object. The error names a member, never a value: what is read may be a secret.
func strictly(what string, doc []byte, into any) error {
	if err := jose.StrictClaims(doc, into); err != nil {
		return fmt.Errorf("upstream: the %s are not one JSON object of the known members, each once, with values of their kind: %w", what, err)
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("upstream: the %s: %w", what, err) // all that is left to be wrong is a name
	}
	return nil
}
