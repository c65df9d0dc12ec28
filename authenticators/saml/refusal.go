package saml

import (
	"errors"
	"fmt"
)

// reason is why a message was refused, for the event and the log. A person reads
// one of a few texts, which tell a forger nothing.
type reason string

const (
	reasonMalformed    reason = "malformed"    // not base64, not XML, or XML with more in it than SAML needs
	reasonSize         reason = "size"         // too long, too deep, inflates too far
	reasonWrapped      reason = "wrapped"      // several assertions or signatures, or not where they belong
	reasonUnsigned     reason = "unsigned"     // no signature where one has to be
	reasonAlgorithm    reason = "algorithm"    // SHA-1, HMAC, another transform
	reasonSignature    reason = "signature"    // not made by a key of the metadata
	reasonEncryption   reason = "encryption"   // could not be decrypted, whatever the cause
	reasonStatus       reason = "status"       // the identity provider says no
	reasonVersion      reason = "version"      // not SAML 2.0
	reasonIssuer       reason = "issuer"       // another identity provider
	reasonDestination  reason = "destination"  // meant for another address
	reasonRequest      reason = "request"      // answers no request of this sign-in
	reasonUnsolicited  reason = "unsolicited"  // answers none at all, which is not allowed here
	reasonSubject      reason = "subject"      // names nobody
	reasonConfirmation reason = "confirmation" // no bearer confirmation that holds
	reasonConditions   reason = "conditions"   // none, or one that is not understood
	reasonAudience     reason = "audience"     // for another service
	reasonExpired      reason = "expired"      // not now
	reasonReplay       reason = "replay"       // was used before
	reasonFresh        reason = "fresh"        // was to sign in anew and did not
	reasonContext      reason = "context"      // signed in by less than was asked for
	reasonRelayState   reason = "relay_state"  // not one of ours
	reasonBinding      reason = "binding"      // came another way than it may
	reasonMetadata     reason = "metadata"     // what is known of the identity provider is not usable
)

// refusal is a message that is not believed.
type refusal struct {
	reason reason
	cause  error
}

// Error names the reason and the cause.
func (r *refusal) Error() string {
	if r.cause == nil {
		return "saml: refused: " + string(r.reason)
	}
	return "saml: refused: " + string(r.reason) + ": " + r.cause.Error()
}

// Unwrap gives the cause.
func (r *refusal) Unwrap() error { return r.cause }

func refuse(why reason, format string, args ...any) error {
	return &refusal{why, fmt.Errorf(format, args...)}
}

// because keeps the reason of an error that has one.
func because(why reason, err error) error {
	var r *refusal
	if errors.As(err, &r) {
		return err
	}
	return &refusal{why, err}
}

// contained turns a panic of a parser into a refusal: what strangers send must
// not be able to stop more than itself.
func contained(err *error) {
	if r := recover(); r != nil {
		*err = refuse(reasonMalformed, "a parser panicked: %v", r)
	}
}
