package cimd

import "github.com/keywright/keywright/core"

// failure is why a client cannot be used, in a word that its maker understands.
type failure struct {
	reason string
	cause  error // for the log
	outage bool  // the document may be there, it could not be had
}

func fail(reason string, cause error) *failure { return &failure{reason: reason, cause: cause} }

// Error gives the reason.
func (f *failure) Error() string { return "cimd: " + f.reason }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// fault is the failure as the provider tells it. host is empty until the
// client_id has a host that may be shown.
func (f *failure) fault(host string) error {
	return &core.ClientFault{Host: host, Reason: f.reason, Cause: f.cause}
}
