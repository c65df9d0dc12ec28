package core

import "context"

// Hooks are the places where an operator may refuse or enrich. A nil function
// is not called.
type Hooks struct {
	// Grant judges a grant when it is made, redeemed and refreshed. An
	// *OAuthError refuses with its code; any other error is a server_error.
	Grant func(ctx context.Context, g Grant, c Client) error
	// Claims adds claims to ID tokens and userinfo. The names that the
	// protocol gives meaning to (iss, sub, aud, exp, iat, auth_time, nonce, acr,
	// amr, azp, at_hash, sid, email_verified, phone_number_verified …) are
	// refused.
	Claims func(ctx context.Context, q ClaimsQuestion) (map[string]any, error)
	// Identity decides what becomes of an identity of another provider that no
	// account is linked to: before the rules do, and without a write. The zero
	// answer leaves it to them. An error ends the request with a page that says
	// that something is wrong here.
	Identity func(ctx context.Context, q IdentityQuestion) (IdentityAnswer, error)
}

// ClaimsQuestion is what Hooks.Claims is asked.
type ClaimsQuestion struct {
	Account Account
	Client  string
	Scopes  []string
	// UserInfo is true for the userinfo endpoint, false for an ID token.
	UserInfo bool
}
