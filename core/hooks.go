package core

import (
	"context"
	"time"
)

// Hooks are the places where an operator may refuse or enrich. A nil function
// is not called.
type Hooks struct {
	// Grant judges a grant when it is made, redeemed and refreshed, and when one of
	// its tokens is exchanged: c is then the client that exchanges it. An
	// *OAuthError refuses with its code; any other error is a server_error.
	Grant func(ctx context.Context, g Grant, c Client) error
	// SignUp judges an account before it is made, whatever way it came about, and
	// gives the change that is written: the one it was asked about, with
	// memberships, claims or credentials more. A *ProblemError is shown to the
	// person, who may mend it; a *PageError ends the attempt; any other error is
	// a fault. It may be asked several times for one account.
	SignUp func(ctx context.Context, q SignUpQuestion) (AccountChange, error)
	// DeleteAccount judges a person's wish to delete their account. A
	// *ProblemError tells them why not.
	DeleteAccount func(ctx context.Context, a Account) error
	// Claims adds claims to ID tokens and userinfo. The names that the
	// protocol gives meaning to (iss, sub, aud, exp, iat, auth_time, nonce, acr,
	// amr, azp, at_hash, sid, email_verified, phone_number_verified …) are
	// refused.
	Claims func(ctx context.Context, q ClaimsQuestion) (map[string]any, error)
	// SignIn judges the risk of somebody who has shown a first factor, or comes by
	// single sign-on, before they get anything. It can only add to what the Policy
	// requires. It is asked again at every step that follows, so it should answer
	// in milliseconds and the same while nothing changes. An error shows the page
	// that says so.
	SignIn func(ctx context.Context, q SignInQuestion) (Requirement, error)
	// Identity decides what becomes of an identity of another provider that no
	// account is linked to: before the rules do, and without a write. The zero
	// answer leaves it to them. An error ends the request with a page that says
	// that something is wrong here. It is asked about assertions of TrustedIssuers,
	// too, where nobody can be asked: what is neither linked nor made is
	// invalid_grant then, and an error is server_error.
	Identity func(ctx context.Context, q IdentityQuestion) (IdentityAnswer, error)
	// Exchange judges a token exchange that a rule of Config.Exchange allows. It can
	// refuse or narrow, never widen. An *OAuthError refuses with its code; any other
	// error is a server_error.
	Exchange func(ctx context.Context, q ExchangeQuestion) (ExchangeAnswer, error)
}

// SignInQuestion is what Hooks.SignIn is asked.
type SignInQuestion struct {
	At      time.Time
	Purpose Purpose
	Account Account
	// Client that waits; empty where none does.
	Client string
	// Shown is what counts for this request, oldest first.
	Shown []Authentication
	// Address is the caller's, /64 for IPv6; Agent the name the browser gives.
	Address, Agent string
	// KnownBrowser: the account has signed in at this browser before and has not
	// signed out everywhere since.
	KnownBrowser bool
}

// ClaimsQuestion is what Hooks.Claims is asked.
type ClaimsQuestion struct {
	Account Account
	Client  string
	Scopes  []string
	// UserInfo is true for the userinfo endpoint, false for an ID token.
	UserInfo bool
}
