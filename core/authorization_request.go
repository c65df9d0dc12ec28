package core

import "time"

// AuthorizationRequest is a request to the authorization endpoint after every
// check: what the client asks for, in the provider's terms.
type AuthorizationRequest struct {
	Client string `json:"client"`
	// RedirectURI is verified, byte for byte what will be emitted. Sent says
	// whether the request named it.
	RedirectURI  string `json:"redirect_uri"`
	RedirectSent bool   `json:"redirect_sent,omitempty"`
	ResponseMode string `json:"response_mode"` // "query" or "form_post"
	State        string `json:"state,omitempty"`
	Nonce        string `json:"nonce,omitempty"`
	Challenge    string `json:"challenge,omitempty"` // PKCE S256
	// Access is what is asked, already cut to what this client may have.
	Access []Access `json:"access"`
	// ScopeReported says that less is asked than the request named (AZ-15).
	ScopeReported bool `json:"scope_reported,omitempty"`

	Prompt    []string       `json:"prompt,omitempty"`
	MaxAge    *time.Duration `json:"max_age,omitempty"`
	LoginHint string         `json:"login_hint,omitempty"`
	// ConnectionHint is a connection's id, DomainHint a domain: where to sign in.
	ConnectionHint string   `json:"connection_hint,omitempty"`
	DomainHint     string   `json:"domain_hint,omitempty"`
	HintedSub      string   `json:"hinted_sub,omitempty"` // of a valid id_token_hint
	ACRValues      []string `json:"acr_values,omitempty"`
	ACRMust        []string `json:"acr_must,omitempty"` // asked as essential
	Claims         string   `json:"claims,omitempty"`
	ClaimedSub     string   `json:"claimed_sub,omitempty"` // sub asked by value
	// ClaimScopes are scopes that are not asked, but claims of theirs by name.
	// The person is asked about them like about any other.
	ClaimScopes []string `json:"claim_scopes,omitempty"`
	UILocales   []string `json:"ui_locales,omitempty"`
	// AskedAuthTime: max_age or an essential auth_time.
	AskedAuthTime bool `json:"asked_auth_time,omitempty"`
}

// The prompt values (OpenID Connect Core section 3.1.2.1 and Initiating User
// Registration).
const (
	PromptNone    = "none"
	PromptLogin   = "login"
	PromptConsent = "consent"
	PromptSelect  = "select_account"
	PromptCreate  = "create"
)

// Asks says whether the request carries the prompt value.
func (r *AuthorizationRequest) Asks(prompt string) bool {
	for _, p := range r.Prompt {
		if p == prompt {
			return true
		}
	}
	return false
}

// Disclosed is all that the client learns or may do: what is shown to the
// person and has to be agreed to (CN-01).
func (r *AuthorizationRequest) Disclosed() []Access {
	if len(r.ClaimScopes) == 0 {
		return r.Access
	}
	return Union(r.Access, []Access{{Scopes: r.ClaimScopes}})
}

// Offline says whether offline_access is asked.
func (r *AuthorizationRequest) Offline() bool { return Allows(r.Access, "", "offline_access") }
