package resource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Verifier is Check in the form of a func that other libraries ask for, such as auth.TokenVerifier of the official Go SDK of the Model
// Context Protocol, without this package knowing them:
//
//	verify := resource.Verifier(api, func(t *resource.Token) *auth.TokenInfo {
//		return &auth.TokenInfo{Scopes: t.Scopes, UserID: t.Issuer + " " + t.Subject}
//	}, auth.ErrInvalidToken)
//	handler = api.Protect(auth.RequireBearerToken(verify, &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})(handler))
//
// Expires is not handed on there, since that library knows no Skew and would refuse, without a challenge, what counts here.
//
// describe makes their description of a token. Refusals are wrapped together with invalid, their error for a token that does not count; what
// could not be judged (ErrUnavailable) is not.
//
// Inside of Protect it gives the token that was checked there; set KeepToken, since such libraries look for the header.
// This is the better way: challenges, DPoP and CORS are then those of this package. Elsewhere it checks the request itself.
func Verifier[I any](s *Resource, describe func(*Token) *I, invalid error) func(ctx context.Context, token string, r *http.Request) (*I, error) {
	return func(ctx context.Context, token string, r *http.Request) (*I, error) {
		t, found := FromContext(ctx)
		if !found {
			var err error
			if t, err = s.checkElsewhere(ctx, token, r); errors.Is(err, ErrUnavailable) {
				return nil, err
			} else if err != nil {
				return nil, fmt.Errorf("%w: %w", invalid, err)
			}
		}
		return describe(t), nil
	}
}

// checkElsewhere checks the request if there is one, or else a token that is not bound to anything.
func (s *Resource) checkElsewhere(ctx context.Context, token string, r *http.Request) (*Token, error) {
	if r != nil {
		return s.Check(r.WithContext(ctx), Need{})
	}
	t, err := s.CheckToken(ctx, token)
	if err == nil && (t.confirm.there || s.options.RequireDPoP) {
		return nil, invalidToken(errors.New("bound to a key, and there is no request to prove it"))
	}
	return t, err
}
