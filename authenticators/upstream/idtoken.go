package upstream

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// idToken is what is read of an ID token (OpenID Connect Core section 2).
type idToken struct {
	Issuer   string           `json:"iss"`
	Subject  string           `json:"sub"`
	Audience jose.Audience    `json:"aud"`
	Party    string           `json:"azp"`
	Nonce    string           `json:"nonce"`
	AuthTime jose.NumericDate `json:"auth_time"`
	AtHash   string           `json:"at_hash"`
	ACR      json.RawMessage  `json:"acr"`
	AMR      json.RawMessage  `json:"amr"`
	Session  json.RawMessage  `json:"sid"`
	jose.Times
}

// verifyID checks an ID token as OpenID Connect Core section 3.1.3.7 asks, and gives its claims twice: those that are
// judged, and all.
func (s *site) verifyID(ctx context.Context, t core.Turn, try *attempt, m metadata, raw, access string) (idToken, claims, error) {
	payload, algorithm, err := s.verifySignature(ctx, t.At, m, raw)
	if err != nil {
		return idToken{}, nil, err
	}
	var id idToken
	var all claims
	if err := errors.Join(jose.StrictClaims(payload, &id), jose.StrictClaims(payload, &all)); err != nil {
		return idToken{}, nil, fmt.Errorf("%w: ID token: %w", errLie, err)
	}
	if err := s.checkID(t, try, id, all); err != nil {
		return idToken{}, nil, err
	}
	if id.AtHash != "" && id.AtHash != jose.LeftHalfHash(algorithm, access) {
		return idToken{}, nil, lie("at_hash is of another access token")
	}
	if iss, sent := single(t.Returned.Values, "iss"); sent && iss != id.Issuer {
		return idToken{}, nil, lie("iss of the answer and of the ID token differ")
	}
	return id, all, s.checkFresh(t, try, id)
}

func lie(why string) error { return fmt.Errorf("%w: ID token: %s", errLie, why) }

// verifySignature looks for the key once more if it was not among those known: the provider may have changed it (LNK18).
func (s *site) verifySignature(ctx context.Context, at time.Time, m metadata, raw string) ([]byte, jose.Algorithm, error) {
	var newerThan time.Time
	for {
		set, err := s.keys(ctx, at, m.Keys, newerThan)
		if err != nil {
			return nil, "", err
		}
		payload, header, err := jose.Verify(raw, set, s.algorithms())
		switch {
		case err == nil:
			return payload, header.Algorithm, nil
		case newerThan.IsZero() && (errors.Is(err, jose.ErrUnknownKey) || errors.Is(err, jose.ErrSignature)):
			newerThan = at
		default:
			return nil, "", fmt.Errorf("%w: ID token: %w", errLie, err)
		}
	}
}

// checkID compares each claim with what it has to be.
func (s *site) checkID(t core.Turn, try *attempt, id idToken, all claims) error {
	issuer, err := s.expectedIssuer(all)
	if err != nil {
		return err
	}
	begun := time.Unix(try.Begun, 0)
	switch {
	case id.Issuer != issuer:
		return lie("iss is another issuer")
	case !id.Audience.Contains(s.ClientID):
		return lie("aud is another client")
	case len(id.Audience) > 1 && id.Party == "", id.Party != "" && id.Party != s.ClientID:
		return lie("azp is not this client")
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(try.Nonce)) != 1 || try.Nonce == "":
		return lie("nonce is of another attempt")
	case id.Subject == "" || len(id.Subject) > maxSubject || noText(id.Subject):
		return lie("sub is missing, too long or no text")
	case id.IssuedAt == 0 || id.IssuedAt.Time().Before(begun.Add(-jose.MaxSkew)):
		return lie("iat is missing or from before the attempt")
	}
	if err := id.Check(t.At, jose.MaxSkew); err != nil {
		return fmt.Errorf("%w: ID token: %w", errLie, err)
	}
	return nil
}

// expectedIssuer is the configured one, or is rebuilt from a tenant that is on the list (RP-05, LNK09).
func (p *Provider) expectedIssuer(all claims) (string, error) {
	if p.Tenants == nil {
		return p.Issuer, nil
	}
	tenant := all.text(p.Tenants.Claim)
	if !slices.Contains(p.Tenants.Allowed, tenant) {
		return "", &problemError{problemHosted, "a tenant that is not on the list"}
	}
	return strings.Replace(p.Tenants.Template, tenantIn, tenant, 1), nil
}

// checkFresh sees that the provider did what was asked of it: max_age by auth_time, an essential acr by acr (OpenID Connect Core
// section 3.1.3.7, 11 and 12).
func (s *site) checkFresh(t core.Turn, try *attempt, id idToken) error {
	shown := id.AuthTime.Time()
	switch {
	case id.AuthTime != 0 && t.At.Add(jose.MaxSkew).Before(shown):
		return lie("auth_time lies ahead")
	case len(try.ACR) > 0 && !slices.Contains(try.ACR, textOf(id.ACR)):
		return &problemError{problemStale, "acr is none of those asked as essential"}
	case try.MaxAge == nil || s.InsecureStaleSignIn:
		return nil
	case id.AuthTime == 0:
		return &problemError{problemStale, "auth_time is missing; see InsecureStaleSignIn"}
	case try.Fresh && shown.Before(time.Unix(try.Begun, 0).Add(-jose.MaxSkew)),
		!try.Fresh && t.At.Sub(shown) > time.Duration(*try.MaxAge)*time.Second+jose.MaxSkew:
		return &problemError{problemStale, "auth_time is older than was asked for"}
	}
	return nil
}
