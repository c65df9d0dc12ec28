package core

// ErrorCode is an error code that goes to a client, as registered in the OAuth
// Extensions Error Registry.
type ErrorCode string

// The codes this provider answers with.
const (
	InvalidRequest           ErrorCode = "invalid_request"
	InvalidClient            ErrorCode = "invalid_client"
	InvalidGrant             ErrorCode = "invalid_grant"
	UnauthorizedClient       ErrorCode = "unauthorized_client"
	UnsupportedGrantType     ErrorCode = "unsupported_grant_type"
	UnsupportedResponseType  ErrorCode = "unsupported_response_type"
	InvalidScope             ErrorCode = "invalid_scope"
	InvalidTarget            ErrorCode = "invalid_target" // RFC 8707 section 2
	InvalidToken             ErrorCode = "invalid_token"  // RFC 6750 section 3.1
	InsufficientScope        ErrorCode = "insufficient_scope"
	AccessDenied             ErrorCode = "access_denied"
	ServerError              ErrorCode = "server_error"
	TemporarilyUnavailable   ErrorCode = "temporarily_unavailable"
	SlowDown                 ErrorCode = "slow_down"
	LoginRequired            ErrorCode = "login_required" // OpenID Connect Core section 3.1.2.6
	ConsentRequired          ErrorCode = "consent_required"
	InteractionRequired      ErrorCode = "interaction_required"
	AccountSelectionRequired ErrorCode = "account_selection_required"
	RequestNotSupported      ErrorCode = "request_not_supported"
	RequestURINotSupported   ErrorCode = "request_uri_not_supported"
	RegistrationNotSupported ErrorCode = "registration_not_supported"
	UnmetAuthentication      ErrorCode = "unmet_authentication_requirements"
	// InsufficientUserAuthentication: the sign-in was too weak (RFC 9470 section 3).
	InsufficientUserAuthentication ErrorCode = "insufficient_user_authentication"
	// Of a device that polls (RFC 8628 section 3.5).
	AuthorizationPending ErrorCode = "authorization_pending"
	ExpiredToken         ErrorCode = "expired_token"
	// Of the authorization challenge endpoint (OAuth 2.0 for First-Party
	// Applications, draft-ietf-oauth-first-party-apps section 5.2.2).
	InvalidSession            ErrorCode = "invalid_session"
	InsufficientAuthorization ErrorCode = "insufficient_authorization"
	RedirectToWeb             ErrorCode = "redirect_to_web"
	// Of client registration (RFC 7591 section 3.2.2).
	InvalidRedirectURI          ErrorCode = "invalid_redirect_uri"
	InvalidClientMetadata       ErrorCode = "invalid_client_metadata"
	InvalidSoftwareStatement    ErrorCode = "invalid_software_statement"
	UnapprovedSoftwareStatement ErrorCode = "unapproved_software_statement"
)

// OAuthError is what a client is told. Description is a constant that helps a
// developer mend the request; it never repeats input, and holds only printable
// ASCII without quotes and backslashes. Cause goes to the log and nowhere else.
type OAuthError struct {
	Code        ErrorCode
	Description string
	Cause       error
}

// Error gives code and description.
func (e *OAuthError) Error() string {
	if e.Cause != nil {
		return string(e.Code) + ": " + e.Description + ": " + e.Cause.Error()
	}
	return string(e.Code) + ": " + e.Description
}

// Unwrap gives the cause.
func (e *OAuthError) Unwrap() error { return e.Cause }

// Refuse makes an OAuthError.
func Refuse(code ErrorCode, description string) *OAuthError {
	return &OAuthError{Code: code, Description: description}
}

// Because adds the cause for the log.
func (e *OAuthError) Because(cause error) *OAuthError {
	return &OAuthError{Code: e.Code, Description: e.Description, Cause: cause}
}
