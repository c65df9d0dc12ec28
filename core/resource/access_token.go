package resource

import (
	"context"
	"errors"
	"strings"

	"github.com/keywright/keywright/internal/jose"
)

// Why a token does not count, for the log.
var (
	errIssuer   = errors.New("not from an issuer of this resource")
	errAudience = errors.New("for another resource")
	errMissing  = errors.New("a required claim is missing")
	errInactive = errors.New("the issuer says that it is not active")
	errOpaque   = errors.New("not a JWT, and no issuer has opaque tokens")
)

// CheckToken judges a token by itself: issuer, audience, time, type, signature, or what the issuer says of it. It does not look at
// what the token is bound to, nor at scopes: that is what Check is for, which has the request. The error is an *Error.
func (s *Resource) CheckToken(ctx context.Context, token string) (*Token, error) {
	if strings.Count(token, ".") == 2 { // no opaque token of ours has dots; one of others that has two is read as a JWT first
		t, err := s.checkJWT(ctx, token)
		if s.inquiries == nil || !errors.Is(err, jose.ErrMalformed) {
			return t, err
		}
	}
	if s.inquiries == nil {
		return nil, invalidToken(errOpaque)
	}
	return s.inquiries.check(ctx, token)
}

// checkJWT follows RFC 9068 section 4. Claims are read before the signature is checked since they say whose it should be; they are
// believed after it.
func (s *Resource) checkJWT(ctx context.Context, token string) (*Token, error) {
	compact, err := jose.ParseCompact(token)
	if err != nil {
		return nil, invalidToken(err)
	}
	c, err := readClaims(compact.Payload)
	if err != nil {
		return nil, invalidToken(err)
	}
	i := s.byURL(c.issuer)
	if i == nil {
		return nil, invalidToken(errIssuer)
	}
	if c.subject == "" || c.client == "" || c.times.IssuedAt == 0 { // RFC 9068 section 2.2
		return nil, invalidToken(errMissing)
	}
	if err := s.checkClaims(&c); err != nil {
		return nil, invalidToken(err)
	}
	if err := i.verify(ctx, compact); err != nil {
		return nil, err
	}
	return s.token(&c, compact.Payload), nil
}

// checkClaims is for all kinds of token.
func (s *Resource) checkClaims(c *claims) error {
	if !c.audience.Contains(s.options.Resource) {
		return errAudience
	}
	return c.times.Check(s.options.Now(), s.options.Skew)
}

// verify checks the signature. A key that is not known may be new: the keys are fetched once more, if they were not just now.
func (i *issuer) verify(ctx context.Context, compact jose.Compact) error {
	keys, err := i.keys.get(ctx)
	if err != nil {
		return unavailable(err)
	}
	err = keys.Verify(compact)
	if errors.Is(err, jose.ErrUnknownKey) {
		if failed := i.keys.renew(ctx); failed != nil {
			return unavailable(failed)
		}
		if keys, err = i.keys.get(ctx); err != nil {
			return unavailable(err)
		}
		err = keys.Verify(compact)
	}
	if err != nil {
		return invalidToken(err)
	}
	return nil
}
