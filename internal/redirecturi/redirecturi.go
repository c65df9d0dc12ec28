// Package redirecturi decides which redirect URIs may be registered, which one
// a request may name, and how an answer is appended to it.
//
// It obeys OAuth 2.1, sections 2.3, 4.1.1 and 8.4, RFC 8252, sections 7 and 8.3,
// and RFC 9700, section 4.1. There are no patterns. A requested URI is compared
// byte for byte, with one exception: the port of a native client's loopback
// URI is free. What is compared is what is emitted; nothing is decoded, repaired
// or written anew between check and Location. What could never be registered
// is refused at use as well, even if it is stored.
package redirecturi

import (
	"errors"
	"slices"
)

// MaxLength is the greatest length of a redirect URI, in bytes.
const MaxLength = 2048

// Why a redirect URI may not be registered.
var (
	// ErrLength means an empty URI or one of more than MaxLength bytes.
	ErrLength = errors.New("redirect URI is empty or longer than 2048 bytes")
	// ErrCharacter means white space, a control character, a backslash, or
	// anything else that RFC 3986 does not let a URI contain unencoded.
	ErrCharacter = errors.New("redirect URI contains a character that a URI must not")
	// ErrWildcard means an asterisk. URIs are registered complete.
	ErrWildcard = errors.New("redirect URI contains a wildcard")
	// ErrFragment means a fragment, even an empty one.
	ErrFragment = errors.New("redirect URI has a fragment")
	// ErrUserinfo means a user name or password before the host.
	ErrUserinfo = errors.New("redirect URI has a user name")
	// ErrRelative means that the URI is not absolute: no scheme, or no slash
	// behind it.
	ErrRelative = errors.New("redirect URI is not absolute")
	// ErrScheme means a scheme that browsers or systems act upon themselves.
	ErrScheme = errors.New("redirect URI has a scheme that is never allowed")
	// ErrPrivateScheme means a private-use scheme that is no reverse domain name
	// and not in Options.Schemes.
	ErrPrivateScheme = errors.New("redirect URI has a private-use scheme that is not a reverse domain name")
	// ErrPlainHTTP means http to anything but 127.0.0.1, [::1] and localhost.
	ErrPlainHTTP = errors.New("redirect URI uses http outside loopback")
	// ErrHost means a missing or malformed host or port.
	ErrHost = errors.New("redirect URI has no valid host and port")
	// ErrPath means a dot segment, which a browser would rewrite.
	ErrPath = errors.New("redirect URI has a dot segment")
	// ErrSpelling means a URI which changes when it is parsed and written again.
	ErrSpelling = errors.New("redirect URI is not in its own normal spelling")
)

// Options says what the operator allows beyond the default.
type Options struct {
	// Schemes are private-use schemes without a period that may be registered,
	// such as "cursor" or "vscode". Lower case. A scheme that is never allowed
	// stays refused.
	Schemes []string
	// LoopbackSlash takes the empty path of a loopback URI for "/" and the other way
	// around (IN-08); all else stays a comparison of bytes.
	LoopbackSlash bool
}

// Agents allows the private-use schemes of known agents' programs, which have no
// period and cannot change that (D10). It is what clients are registered and
// what they are answered under.
func Agents() Options {
	return Options{Schemes: []string{"cursor", "vscode", "vscode-insiders", "windsurf"}}
}

// CheckRegistration checks that a URI may be registered: absolute, https; or
// http to loopback; or a private-use scheme named like a reversed domain or
// listed in o. Its errors are those named above, and say nothing of the input.
func CheckRegistration(uri string, o Options) error {
	p, err := split(uri)
	if err != nil {
		return err
	}
	if !o.allows(p) {
		return ErrPrivateScheme // OAuth 2.1, section 2.3.1
	}
	return nil
}

// allows says whether the scheme is one that may be registered under o.
func (o Options) allows(p parts) bool {
	return !p.private() || reverseDomain(p.scheme) || slices.Contains(o.Schemes, p.scheme)
}

// Match finds the requested URI among the registered ones and returns the
// string to emit: the bytes requested. It is false for what could never be
// registered under any options. Equality is of bytes (OAuth 2.1, section
// 4.1.1). If native, a requested loopback URI also matches a registered one
// from which only its port differs (RFC 8252, section 7.3); hosts are never
// interchangeable. Since only loopback URIs are freed, native may be true for a
// client whose URIs are mixed.
func Match(registered []string, requested string, native bool) (string, bool) {
	p, err := split(requested)
	if err != nil {
		return "", false
	}
	return Options{}.match(registered, requested, p, native)
}

func (o Options) match(registered []string, requested string, p parts, native bool) (string, bool) {
	if slices.Contains(registered, requested) {
		return requested, true
	}
	if !native || !p.loopback() {
		return "", false
	}
	for _, uri := range registered {
		// A loopback host and its tail settle the scheme as well.
		if r, err := split(uri); err == nil && r.loopback() && r.host == p.host && o.sameTail(r.tail, p.tail) {
			return requested, true
		}
	}
	return "", false
}

func (o Options) sameTail(a, b string) bool {
	return a == b || o.LoopbackSlash && (a == "" && b == "/" || a == "/" && b == "")
}

// Match is the function Match, refusing also what these options would not let
// be registered now: a scheme taken off the list stops working at once.
func (o Options) Match(registered []string, requested string, native bool) (string, bool) {
	p, err := split(requested)
	if err != nil || !o.allows(p) {
		return "", false
	}
	return o.match(registered, requested, p, native)
}

// IsLoopback reports whether uri is http to 127.0.0.1, [::1] or localhost, and
// could be registered.
func IsLoopback(uri string) bool {
	p, err := split(uri)
	return err == nil && p.loopback()
}

// IsHTTPS reports whether uri is https and could be registered.
func IsHTTPS(uri string) bool {
	p, err := split(uri)
	return err == nil && p.scheme == "https"
}

// Native reports whether every URI is loopback or of a private-use scheme, and
// there is one: then a client that does not say is a native application.
func Native(uris []string) bool {
	for _, uri := range uris {
		if p, err := split(uri); err != nil || p.scheme == "https" {
			return false
		}
	}
	return len(uris) > 0
}
