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
	// SignUp judges an account before it is made, whatever way it came about, and
	// gives the change that is written: the one it was asked about, with
	// memberships, claims or credentials more. A *ProblemError is shown to the
	// person, who may mend it; a *PageError ends the attempt; any other error is
	// a fault. It may be asked several times for one account.
	SignUp func(ctx context.Context, q SignUpQuestion) (AccountChange, error)
	// DeleteAccount judges a person's wish to delete their account. A
	// *ProblemError tells them why not.
	DeleteAccount func(ctx context.Context, a Account) error
}

// SignUpQuestion is what Hooks.SignUp is asked.
type SignUpQuestion struct {
	// Change makes the account, with what the fields of Config.SignUpFields were
	// answered in Account.Claims.
	Change AccountChange
	// Method is the authenticator by which the person signs up.
	Method string
	// Client that waits for the sign-in; empty for none.
	Client string
	// Organization that invited the person; zero where nobody did.
	Organization ID
}

// ClaimsQuestion is what Hooks.Claims is asked.
type ClaimsQuestion struct {
	Account Account
	Client  string
	Scopes  []string
	// UserInfo is true for the userinfo endpoint, false for an ID token.
	UserInfo bool
}
