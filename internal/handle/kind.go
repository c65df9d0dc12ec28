package handle

import "strings"

// Kind is what a handle names. Its number is never stored or sent: handles and
// keys depend on the word alone, so kinds may be added anywhere.
type Kind uint8

// The kinds of handles.
const (
	// None is no kind; nothing is minted or opened for it.
	None Kind = iota
	// Code is an authorization code; it names a grant.
	Code
	// Refresh is a refresh token; it names a grant, its number is the generation.
	Refresh
	// Access is an opaque access token; sealed, whole.
	Access
	// Session is the value of a sign-in cookie; it names a session.
	Session
	// Browser is the value of the cookie that binds interactions to a browser.
	Browser
	// Interaction is one browser's way from request to answer.
	Interaction
	// Ticket is a link sent by mail, or an invitation.
	Ticket
	// Device is a device code (RFC 8628); it names a grant that waits.
	Device
	// PushedRequest is the end of a request_uri (RFC 9126).
	PushedRequest
	// Registration is a registration access token (RFC 7592).
	Registration
	// Client is the client_id of a self-registered client; sealed, it carries
	// the registration.
	Client
	// AuthSession is one native application's way from request to code
	// (draft-ietf-oauth-first-party-apps); it names an interaction.
	AuthSession

	kindCount
)

// form is one row of the table of kinds.
type form struct {
	word  string // between the underscores; two or three lower-case letters
	names string // what it names, for logs and documentation
	limit int    // greatest length of a whole sealed handle; 0: not sealed
}

// forms is the table of kinds. A word is for ever: it is in handles that are
// out there and in the derivation of their keys.
var forms = [kindCount]form{
	Code:          {word: "ac", names: "authorization code"},
	Refresh:       {word: "rt", names: "refresh token"},
	Access:        {word: "at", names: "opaque access token", limit: 2048},
	Session:       {word: "se", names: "session cookie"},
	Browser:       {word: "br", names: "browser cookie"},
	Interaction:   {word: "in", names: "interaction"},
	Ticket:        {word: "tk", names: "mail link or invitation"},
	Device:        {word: "dc", names: "device code"},
	PushedRequest: {word: "pr", names: "pushed authorization request"},
	Registration:  {word: "ra", names: "registration access token"},
	Client:        {word: "cl", names: "self-registered client id", limit: 512},
	AuthSession:   {word: "as", names: "auth_session of a first-party application"},
}

const brand = "kw_"

// String says what the kind names, in words; "unknown kind" for anything else.
func (k Kind) String() string {
	if !k.valid() {
		return "unknown kind"
	}
	return forms[k].names
}

// Sealed reports whether handles of this kind are sealed: whether Seal and
// Unseal are for it, rather than Mint and Open.
func (k Kind) Sealed() bool { return k.valid() && forms[k].limit > 0 }

// Limit is the greatest length in bytes of a whole sealed handle of this kind,
// prefix included; 0 for a kind that is not sealed.
func (k Kind) Limit() int {
	if !k.valid() {
		return 0
	}
	return forms[k].limit
}

func (k Kind) valid() bool { return k > None && k < kindCount }

// Shaped says which kind a string claims to be, by its prefix alone. It serves
// to choose an error or a lane, never to trust: anybody can write a prefix.
func Shaped(s string) (Kind, bool) {
	rest, ok := strings.CutPrefix(s, brand)
	if !ok {
		return None, false
	}
	for k := None + 1; k < kindCount; k++ {
		if word := forms[k].word; len(rest) > len(word) && rest[len(word)] == '_' && rest[:len(word)] == word {
			return k, true
		}
	}
	return None, false
}

// body cuts the prefix of kind k off; false if s has another one.
func (k Kind) body(s string) (string, bool) {
	rest, ok := strings.CutPrefix(s, brand)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutPrefix(rest, forms[k].word)
	if !ok || rest == "" || rest[0] != '_' {
		return "", false
	}
	return rest[1:], true
}
