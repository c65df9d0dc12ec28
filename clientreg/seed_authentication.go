package clientreg

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"

	"github.com/keywright/keywright/core"
)

// authentication checks that the client has what its method needs, and nothing
// that belongs to another.
func (s *Seed) authentication(p *problems, c *core.Client, folder string) {
	c.AuthMethod = core.AuthMethod(s.AuthMethod)
	if c.AuthMethod == "" {
		c.AuthMethod = core.AuthSecretBasic // OR-01
	}
	secrets := slices.Clone(s.Secrets)
	if s.Secret != (Secret{}) {
		secrets = slices.Insert(secrets, 0, s.Secret)
	}
	needsSecret, needsKeys := false, false
	switch c.AuthMethod {
	case core.AuthSecretBasic, core.AuthSecretPost:
		needsSecret = true
	case core.AuthPrivateKeyJWT:
		needsKeys = true
	case core.AuthNone:
	default:
		p.add("token_endpoint_auth_method", "is not known: use client_secret_basic, client_secret_post, private_key_jwt or none")
		return
	}
	switch {
	case needsSecret && len(secrets) == 0:
		p.add("secret", "is missing, but %s needs one: write secret_env, secret_file or secret_sha256, or set token_endpoint_auth_method", c.AuthMethod)
	case !needsSecret && len(secrets) > 0:
		p.add("secret", "is there, but %s uses none: leave it out", c.AuthMethod)
	}
	for _, secret := range secrets {
		hashed, err := secret.hash(folder)
		if err != nil {
			p.add("secret", "%v", err)
			continue
		}
		c.Secrets = append(c.Secrets, hashed)
	}
	s.keys(p, c, needsKeys)
	if c.Public() && c.MayUse(core.GrantClientCredentials) {
		p.add("grant_types", "holds client_credentials, but anybody could use them: authenticate the client or leave it out") // TK-09
	}
	if c.Public() && c.MayUse(core.GrantTokenExchange) {
		p.add("grant_types", "holds %q, but anybody could use it: authenticate the client or leave it out", core.GrantTokenExchange) // TX-02
	}
	if c.Public() && s.InsecureNoPKCE {
		p.add("insecure_no_pkce", "is set for a public client, which must use PKCE: leave it out") // PK-01
	}
}

// keys are public and come from one place (OR-03).
func (s *Seed) keys(p *problems, c *core.Client, needed bool) {
	set, err := jwks(s.Keys)
	if err != nil {
		p.add("jwks", "%v", err)
	}
	c.Keys, c.KeysURI = set, s.KeysURI
	switch {
	case s.Keys != nil && s.KeysURI != "":
		p.add("jwks", "and jwks_uri are both there: keep one")
	case needed && s.Keys == nil && s.KeysURI == "":
		p.add("jwks", "is missing, but private_key_jwt needs it: add jwks or jwks_uri")
	}
	if s.KeysURI == "" {
		return
	}
	if u, err := url.Parse(s.KeysURI); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		p.add("jwks_uri", "is not an https URL: mend it")
	}
}

// jwks brings a JWK Set to JSON: from a YAML mapping or a string of JSON.
func jwks(keys any) (json.RawMessage, error) {
	if keys == nil {
		return nil, nil
	}
	b, err := json.Marshal(keys)
	if text, ok := keys.(string); ok {
		b, err = []byte(text), nil
	}
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if err != nil || json.Unmarshal(b, &set) != nil || len(set.Keys) == 0 {
		return nil, errors.New("is not a JWK Set with at least one key: write {keys: [{kty: …}]}")
	}
	for _, key := range set.Keys {
		if _, ok := key["kty"]; !ok {
			return nil, errors.New("holds a key without kty: write the whole public key")
		}
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, ok := key[private]; ok {
				return nil, errors.New("holds a private or symmetric key: replace that key everywhere and give the public half only")
			}
		}
	}
	return json.Marshal(json.RawMessage(b))
}
