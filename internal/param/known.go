package param

// known returns the name of a parameter that a specification defines (the OAuth
// Parameters registry of IANA, and OpenID Connect's); empty for all others.
// What it returns is the constant, so errors cannot repeat input.
func known(name []byte) string {
	for _, n := range [...]string{
		"client_id", "client_secret", "response_type", "redirect_uri", "scope", "state", "code", "grant_type",
		"username", "password", "refresh_token", "token", "token_type_hint", "response_mode", "nonce", "display",
		"prompt", "max_age", "ui_locales", "claims_locales", "id_token_hint", "login_hint", "acr_values", "claims",
		"registration", "request", "request_uri", "client_assertion", "client_assertion_type", "assertion",
		"code_challenge", "code_challenge_method", "code_verifier", "resource", "audience", "authorization_details",
		"device_code", "user_code", "requested_token_type", "subject_token", "subject_token_type", "actor_token",
		"actor_token_type", "dpop_jkt", "post_logout_redirect_uri", "logout_hint", "logout_token",
		"auth_req_id", "binding_message", "login_hint_token", "requested_expiry", "iss", "sid",
	} {
		if string(name) == n {
			return n
		}
	}
	return ""
}
