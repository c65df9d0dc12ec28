package core

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"
)

// clientView is what a person judges a client by. Its members, their order and
// their names are frozen: a change would ask everybody for consent again.
type clientView struct {
	ID           string     `json:"client_id"`
	Lane         Lane       `json:"lane"`
	Name         string     `json:"client_name"`
	ClientURI    string     `json:"client_uri"`
	LogoURI      string     `json:"logo_uri"`
	PolicyURI    string     `json:"policy_uri"`
	TermsURI     string     `json:"tos_uri"`
	Application  string     `json:"application_type"`
	AuthMethod   AuthMethod `json:"token_endpoint_auth_method"`
	RedirectURIs []string   `json:"redirect_uris"`
	// Keys is only there for a client that vouches for itself by an address: who
	// takes the address over has other keys.
	Keys string `json:"keys,omitempty"`
	// Tokens is only there for a client whose tokens last until they are revoked:
	// people who agreed before were told something else.
	Tokens TokenPolicy `json:"token_policy,omitempty"`
}

// Digest is a SHA-256 over what a person is shown of the client and what
// decides where the answer goes. A consent counts while it is the same (CN-01).
// The order of redirect URIs does not matter; secrets, scopes and lifetimes are
// not in it, and keys only for LaneCIMD. It is the same in every release.
func (c *Client) Digest() Hash {
	uris := append([]string{}, c.RedirectURIs...)
	slices.Sort(uris)
	view := clientView{
		ID: c.ID, Lane: c.Lane, Name: c.Name, ClientURI: c.ClientURI, LogoURI: c.LogoURI,
		PolicyURI: c.PolicyURI, TermsURI: c.TermsURI, Application: c.ApplicationType,
		AuthMethod: c.AuthMethod, RedirectURIs: slices.Compact(uris),
	}
	if c.LongLived() {
		view.Tokens = TokensLong
	}
	if c.Lane == LaneCIMD {
		view.Keys = c.KeysURI + string(c.Keys)
	}
	b, err := json.Marshal(view)
	if err != nil {
		return Hash{} // cannot be: strings only; and no digest matches no consent
	}
	return sha256.Sum256(b)
}

// CheckSecret says whether secretHash, the SHA-256 of a secret as presented, is
// one of the client's that works at the instant given (CA-04). It compares with
// every secret, in constant time. Whether the client is disabled, and whether
// its method is one with secrets, is for the caller.
func (c *Client) CheckSecret(secretHash Hash, at time.Time) bool {
	good := false
	for _, s := range c.Secrets {
		works := s.Until.IsZero() || at.Before(s.Until)
		same := sameHash(s.Hash, secretHash)
		good = good || (same && works)
	}
	return good && !secretHash.IsZero()
}
