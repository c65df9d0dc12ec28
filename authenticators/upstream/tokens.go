package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/keywright/keywright/core"
)

// tokenLabel keeps the sealed tokens apart from all else that is sealed.
const tokenLabel = "upstream tokens"

// Tokens are what a provider handed out with a sign-in, kept with the link where KeepTokens asks for it.
type Tokens struct {
	Access  string    `json:"access,omitempty"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires,omitzero"` // of Access; zero if it was not said
}

// String hides the tokens.
func (Tokens) String() string { return "upstream.Tokens(hidden)" }

// GoString hides the tokens.
func (Tokens) GoString() string { return "upstream.Tokens(hidden)" }

// keptTokens seals what is kept: nothing, unless it was asked for (RP-17).
func (s *site) keptTokens(t core.Turn, token *oauth2.Token) ([]byte, error) {
	if !s.KeepTokens {
		return nil, nil
	}
	b, err := json.Marshal(Tokens{Access: token.AccessToken, Refresh: token.RefreshToken, Expires: core.Instant(token.Expiry)})
	if err != nil {
		return nil, err
	}
	return t.Seal(tokenLabel, b)
}

// OpenTokens reads the tokens kept in the secret of a link; the zero value if none were. open is Turn.Open.
func OpenTokens(secret []byte, open func(label string, sealed []byte) ([]byte, error)) (Tokens, error) {
	if len(secret) == 0 {
		return Tokens{}, nil
	}
	var t Tokens
	b, err := open(tokenLabel, secret)
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	return t, err
}

// Revoke ends the tokens kept with a link that is gone at the provider, where it has a revocation endpoint (RP-17, RFC 7009).
// Nothing to revoke is no error; a provider that does not answer is.
func (a *Authenticator) Revoke(ctx context.Context, t core.Turn, gone core.Credential) error {
	kept, err := OpenTokens(gone.Secret, t.Open)
	if err != nil {
		return err
	}
	return a.revokeTokens(ctx, t.At, t.Connection, kept)
}

func (a *Authenticator) revokeTokens(ctx context.Context, at time.Time, connection *core.Connection, kept Tokens) error {
	s := a.site(ctx, connection)
	token, hint := kept.Refresh, "refresh_token"
	if token == "" {
		token, hint = kept.Access, "access_token"
	}
	if s == nil || token == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	m, err := s.metadata(ctx, at)
	if err != nil || m.Revocation == "" {
		return err
	}
	secret, err := s.secret(ctx, at.Unix())
	if err != nil {
		return fmt.Errorf("%w: the client secret cannot be had: %w", errAway, err)
	}
	form := url.Values{"token": {token}, "token_type_hint": {hint}}
	if s.SecretInBody || secret == "" {
		form.Set("client_id", s.ClientID)
		if secret != "" {
			form.Set("client_secret", string(secret))
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !s.SecretInBody && secret != "" {
		req.SetBasicAuth(url.QueryEscape(s.ClientID), url.QueryEscape(string(secret))) // RFC 6749 section 2.3.1
	}
	return s.revoke(req)
}

func (s *site) revoke(req *http.Request) error {
	answer, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("revocation: %w", unanswered(err))
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection can be used again
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: revocation: status %d", errAway, answer.StatusCode)
	}
	return nil
}
