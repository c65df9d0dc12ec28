package resource

import (
	"errors"
	"net/http"
)

// Why a request is refused. Each is what errors.Is finds in an *Error.
var (
	// ErrNoToken: there is none. 401, without an error code.
	ErrNoToken = errors.New("resource: no access token")
	// ErrInvalidRequest: the authorization cannot be understood, or there are two. 400 invalid_request.
	ErrInvalidRequest = errors.New("resource: invalid_request")
	// ErrInvalidToken: a token that does not count here. 401 invalid_token.
	ErrInvalidToken = errors.New("resource: invalid_token")
	// ErrInsufficientScope: a good token for something else. 403 insufficient_scope.
	ErrInsufficientScope = errors.New("resource: insufficient_scope")
	// ErrInsufficientAuthentication: a good token of a sign-in too weak or too long ago. 401 insufficient_user_authentication.
	ErrInsufficientAuthentication = errors.New("resource: insufficient_user_authentication")
	// ErrInvalidProof: the DPoP proof is missing or wrong. 401 invalid_dpop_proof.
	ErrInvalidProof = errors.New("resource: invalid_dpop_proof")
	// ErrUseNonce: the DPoP proof needs the nonce that comes with the answer. 401 use_dpop_nonce.
	ErrUseNonce = errors.New("resource: use_dpop_nonce")
	// ErrUnavailable: the token cannot be judged, since the issuer does not answer. 503.
	ErrUnavailable = errors.New("resource: temporarily unavailable")
	// ErrForbiddenOrigin: a page of elsewhere calls a resource on this machine. 403.
	ErrForbiddenOrigin = errors.New("resource: request from another origin")
)

// Error is a refusal. Its text holds nothing of the token.
type Error struct {
	// Description tells the developer of the client what to mend. It repeats no input.
	Description string
	// Cause is for the log; it may be nil.
	Cause error

	kind   error
	scopes []string // of the challenge
	acr    []string
	maxAge int64 // seconds; 0 is none
	dpop   bool  // the challenge is one of the DPoP scheme
	nonce  string
}

// Error implements error.
func (e *Error) Error() string {
	text := e.kind.Error() + ": " + e.Description
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return text
}

// Is finds the kind, such as ErrInvalidToken.
func (e *Error) Is(target error) bool { return target == e.kind }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Status is that of the answer.
func (e *Error) Status() int { return e.row().status }

// Code is the error of the challenge (RFC 6750 section 3.1 and its successors); empty where no token was sent, or where the refusal is
// not about the token.
func (e *Error) Code() string { return e.row().code }

// answer is how a kind is answered.
type answer struct {
	kind   error
	status int
	code   string
}

// row finds the answer. This is the only place where it is decided.
func (e *Error) row() answer {
	table := [...]answer{
		{ErrNoToken, http.StatusUnauthorized, ""},
		{ErrInvalidRequest, http.StatusBadRequest, "invalid_request"},
		{ErrInvalidToken, http.StatusUnauthorized, "invalid_token"},
		{ErrInsufficientScope, http.StatusForbidden, "insufficient_scope"},
		{ErrInsufficientAuthentication, http.StatusUnauthorized, "insufficient_user_authentication"},
		{ErrInvalidProof, http.StatusUnauthorized, "invalid_dpop_proof"},
		{ErrUseNonce, http.StatusUnauthorized, "use_dpop_nonce"},
		{ErrForbiddenOrigin, http.StatusForbidden, ""},
	}
	for _, row := range table {
		if errors.Is(e.kind, row.kind) {
			return row
		}
	}
	return answer{ErrUnavailable, http.StatusServiceUnavailable, ""}
}

func invalidToken(cause error) *Error {
	return &Error{kind: ErrInvalidToken, Description: "The access token is not valid here: get a new one for this resource.", Cause: cause}
}

func unavailable(cause error) *Error {
	return &Error{kind: ErrUnavailable, Description: "The access token cannot be checked at the moment: try again soon.", Cause: cause}
}

func invalidRequest(description string) *Error {
	return &Error{kind: ErrInvalidRequest, Description: description}
}

func invalidProof(cause error) *Error {
	return &Error{kind: ErrInvalidProof, Description: "The DPoP proof is missing or does not go with this request.", Cause: cause, dpop: true}
}
