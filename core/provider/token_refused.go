package provider

import "github.com/keywright/keywright/core"

// What a request brings that is not good is answered by its kind, with the code that
// the kind's specification names; the cause is for the log alone. A code or refresh
// token is invalidGrant (grant.go), a client invalidClient (client_auth.go), and at a
// protected resource it is core.InvalidToken (endpoint_userinfo.go).

// badSubject is the one answer to every subject token that is not good. The code
// is that of RFC 8693 section 2.2.2.
func badSubject(cause error) error {
	return core.Refuse(core.InvalidRequest, "the subject_token is expired, revoked, not for this client, or may not be exchanged").Because(cause)
}

// badActor is the one answer to every actor token that is not good.
func badActor(cause error) error {
	return core.Refuse(core.InvalidRequest, "the actor_token is expired, revoked, or not of an actor that may act here").Because(cause)
}

// badIDToken is the one answer to every ID token that is not good: that of RFC 6749
// section 5.2, by section 4.3 of draft-ietf-oauth-identity-assertion-authz-grant.
func badIDToken(cause error) error {
	return core.Refuse(core.InvalidGrant, "the ID token is expired, revoked, or not for this client").Because(cause)
}

// badAssertion is the answer to an assertion that is not good. what is a constant
// that helps whoever wrote it, and repeats nothing of it.
func badAssertion(what string, cause error) error {
	return core.Refuse(core.InvalidGrant, what).Because(cause)
}

// badTarget is for what is unknown and for what is not allowed alike.
func badTarget() error {
	return core.Refuse(core.InvalidTarget, "this client may not have tokens for that target in exchange")
}
