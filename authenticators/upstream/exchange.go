package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
)

// exchange redeems the code, once, and asks who it is.
func (s *site) exchange(ctx context.Context, t core.Turn, try *attempt, method, code string) (core.Identity, error) {
	m, err := s.metadata(ctx, t.At)
	if err != nil {
		return core.Identity{}, err
	}
	config, err := s.oauth(ctx, t, m)
	if err != nil {
		return core.Identity{}, err
	}
	token, err := config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, s.http), code, oauth2.VerifierOption(try.Verifier))
	if err != nil {
		return core.Identity{}, exchangeError(err)
	}
	if token.Type() != "Bearer" {
		return core.Identity{}, fmt.Errorf("%w: an access token of a type that is not used", errBroken)
	}
	who := person{site: s, access: token.AccessToken}
	if err := who.ask(ctx, t, try, m, token); err != nil {
		return core.Identity{}, err
	}
	identity, err := who.identity(t, method)
	if err != nil {
		return core.Identity{}, err
	}
	identity.Secret, err = s.keptTokens(t, token)
	return identity, err
}

// oauth is the client as the token endpoint knows it. How it authenticates is said, not guessed: a guess would send a code
// twice.
func (s *site) oauth(ctx context.Context, t core.Turn, m metadata) (*oauth2.Config, error) {
	secret, err := s.secret(ctx, t.At.Unix())
	if err != nil {
		return nil, fmt.Errorf("%w: the client secret cannot be had: %w", errAway, err)
	}
	style := oauth2.AuthStyleInHeader
	if s.SecretInBody || secret == "" {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: string(secret), RedirectURL: t.Issuer + s.callback,
		Endpoint: oauth2.Endpoint{TokenURL: m.Token, AuthStyle: style},
	}, nil
}

// exchangeError says what a failed exchange means, without the body, which the library's error repeats.
func exchangeError(err error) error {
	var said *oauth2.RetrieveError
	var transport *url.Error
	switch {
	case errors.As(err, &said):
		status := 0
		if said.Response != nil {
			status = said.Response.StatusCode
		}
		if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests {
			return fmt.Errorf("%w: token endpoint: status %d", errAway, status)
		}
		return fmt.Errorf("%w: token endpoint: status %d, %s", errBroken, status, knownCode(said.ErrorCode))
	case errors.As(err, &transport):
		return fmt.Errorf("token endpoint: %w", unanswered(transport.Err))
	case strings.HasSuffix(err.Error(), fetch.ErrTooLarge.Error()): // the library keeps the text alone
		return fmt.Errorf("%w: token endpoint: %w", errBroken, fetch.ErrTooLarge)
	case strings.HasPrefix(err.Error(), "oauth2: cannot fetch token"): // the body ended early
		return fmt.Errorf("%w: token endpoint: its answer could not be read", errAway)
	}
	return fmt.Errorf("%w: token endpoint: not a token response", errBroken)
}

// knownCode is an error code of RFC 6749 section 5.2, or words for any other: a log is no place for what others write.
func knownCode(code string) string {
	switch code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope":
		return code
	}
	return "no known error code"
}
