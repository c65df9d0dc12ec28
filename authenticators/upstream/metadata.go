package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// metadata is what a provider says of itself (OpenID Connect Discovery section 3, RFC 8414, RFC 9207 section 3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	Keys          string   `json:"jwks_uri"`
	Revocation    string   `json:"revocation_endpoint"`
	SendsIss      bool     `json:"authorization_response_iss_parameter_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
}

// metadata of the provider: discovered, with what is configured in its place.
func (s *site) metadata(ctx context.Context, now time.Time) (metadata, error) {
	var found metadata
	if s.discovers() {
		address := s.discoveryURL()
		var err error
		found, err = s.documents.metadata.get(ctx, now, s.cacheKey(address), time.Time{}, func(ctx context.Context) (metadata, error) {
			doc, err := s.getJSON(ctx, address, "")
			if err != nil {
				return metadata{}, err
			}
			return s.parseMetadata(doc)
		})
		if err != nil {
			return metadata{}, fmt.Errorf("discovery: %w", err)
		}
	}
	for _, f := range []struct {
		into *string
		own  string
	}{
		{&found.Authorization, s.Endpoints.Authorization}, {&found.Token, s.Endpoints.Token}, {&found.Keys, s.Endpoints.Keys},
		{&found.UserInfo, s.Endpoints.UserInfo}, {&found.Revocation, s.Endpoints.Revocation},
	} {
		if f.own != "" {
			*f.into = f.own
		}
	}
	return found, nil
}

// discoveryURL is where the metadata stands (OpenID Connect Discovery section 4).
func (p *Provider) discoveryURL() string {
	if p.DiscoveryURL != "" {
		return p.DiscoveryURL
	}
	return strings.TrimSuffix(p.Issuer, "/") + "/.well-known/openid-configuration"
}

// cacheKey keeps what two configurations judge differently apart: an address and the issuer that is expected at it.
func (p *Provider) cacheKey(address string) string { return address + " " + p.Issuer }

// parseMetadata reads a discovery document. Its issuer is the one that was configured (RP-06, MIX04).
func (p *Provider) parseMetadata(doc []byte) (metadata, error) {
	var m metadata
	if len(doc) > maxAnswer || json.Unmarshal(doc, &m) != nil {
		return metadata{}, fmt.Errorf("%w: not a metadata document", errBroken)
	}
	if m.Issuer != p.Issuer {
		return metadata{}, fmt.Errorf("%w: its metadata are of another issuer", errLie)
	}
	for _, u := range []struct {
		name, value string
		needed      bool
	}{
		{"authorization_endpoint", m.Authorization, true}, {"token_endpoint", m.Token, true}, {"jwks_uri", m.Keys, true},
		{"userinfo_endpoint", m.UserInfo, false}, {"revocation_endpoint", m.Revocation, false},
	} {
		if u.value == "" && !u.needed {
			continue
		}
		if checkURL(u.value, p.InsecureAllowLoopback) != nil {
			return metadata{}, fmt.Errorf("%w: its %s is no https URL", errBroken, u.name)
		}
	}
	if len(m.Algorithms) > 0 && !slices.ContainsFunc(m.Algorithms, p.signsWith) {
		return metadata{}, fmt.Errorf("%w: it signs ID tokens with none of the configured algorithms; see Algorithms", errBroken)
	}
	return m, nil
}

// signsWith says whether the configuration allows the algorithm for ID tokens.
func (p *Provider) signsWith(algorithm string) bool {
	return slices.Contains(p.algorithms(), jose.Algorithm(algorithm))
}

// algorithms in force (RP-04).
func (p *Provider) algorithms() []jose.Algorithm {
	if len(p.Algorithms) == 0 {
		return []jose.Algorithm{"RS256"}
	}
	all := make([]jose.Algorithm, len(p.Algorithms))
	for i, a := range p.Algorithms {
		all[i] = jose.Algorithm(a)
	}
	return all
}

// keys of the provider, asked for after the instant given where the cool-down allows it.
func (s *site) keys(ctx context.Context, now time.Time, address string, newerThan time.Time) (jose.KeySet, error) {
	set, err := s.documents.keys.get(ctx, now, s.cacheKey(address), newerThan, func(ctx context.Context) (jose.KeySet, error) {
		doc, err := s.getJSON(ctx, address, "")
		if err != nil {
			return jose.KeySet{}, err
		}
		set, err := jose.ParseKeySet(doc)
		if err != nil || set.Len() == 0 {
			return jose.KeySet{}, fmt.Errorf("%w: no key set with a key that can be used", errBroken)
		}
		return set, nil
	})
	if err != nil {
		return jose.KeySet{}, fmt.Errorf("keys: %w", err)
	}
	return set, nil
}
