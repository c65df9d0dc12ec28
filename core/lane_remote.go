package core

import "time"

// ClientFault says why a client cannot be used that describes itself elsewhere.
// It is an ErrNotFound.
type ClientFault struct {
	// Host that the client is to be found at, once it is known to be one.
	Host string
	// Reason is one word of the lane, such as "redirect_uris". It tells nothing of
	// networks: whatever went wrong on the way is "unreachable".
	Reason string
	// Cause is for the log.
	Cause error
}

// Error gives reason and cause.
func (f *ClientFault) Error() string {
	if f.Cause == nil {
		return "core: client refused: " + f.Reason
	}
	return "core: client refused: " + f.Reason + ": " + f.Cause.Error()
}

// Unwrap gives ErrNotFound and the cause.
func (f *ClientFault) Unwrap() []error { return []error{ErrNotFound, f.Cause} }

// ClientDocument says what a client was last seen to publish of itself.
type ClientDocument struct {
	// Seen is when the document was last read, to within hours.
	Seen time.Time `json:"seen"`
	// Hash is a SHA-256 over what was made of it.
	Hash Hash `json:"hash"`
	// Certified is who vouched for its host when it was last read: the issuer of the
	// certificate (CM-43). Empty for http, and behind an egress proxy that ends TLS.
	Certified string `json:"certified,omitempty"`
}
