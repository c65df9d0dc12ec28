package redirecturi

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// parts is a URI that passed every check but the one of private-use schemes.
// Scheme, host, port and tail are its very bytes.
type parts struct {
	scheme string
	host   string // with brackets, without port; may be empty if private
	port   string // without colon; empty if there is none
	tail   string // path and query
}

func (p parts) private() bool { return p.scheme != "https" && p.scheme != "http" }

// loopback: plain http is let through for loopback alone.
func (p parts) loopback() bool { return p.scheme == "http" }

// split takes a URI apart and checks each part.
func split(uri string) (p parts, err error) {
	if err := checkText(uri); err != nil {
		return p, err
	}
	scheme, rest, ok := strings.Cut(uri, ":")
	if ok && neverAllowed(strings.ToLower(scheme)) {
		return p, ErrScheme
	}
	if !ok || !strings.HasPrefix(rest, "/") || !schemeShaped(scheme) {
		return p, ErrRelative
	}
	p.scheme, p.tail = scheme, rest
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexAny(authority, "/?")
		if end < 0 {
			end = len(authority)
		}
		p.host, p.tail = authority[:end], authority[end:]
	}
	if err := p.checkAuthority(); err != nil {
		return p, err
	}
	if strings.ContainsAny(p.tail, "[]") {
		return p, ErrCharacter // RFC 3986, section 3.2.2: brackets are for hosts
	}
	if dotSegment(p.tail) {
		return p, ErrPath
	}
	if u, err := url.Parse(uri); err != nil || u.String() != uri {
		return p, ErrSpelling // a second opinion, from another parser
	}
	return p, nil
}

// checkText checks single characters (RFC 3986, section 2; RFC 9700, section 4.1).
func checkText(uri string) error {
	if uri == "" || len(uri) > MaxLength {
		return ErrLength
	}
	for i := range len(uri) {
		switch c := uri[i]; {
		case alphanumeric(c) || strings.IndexByte("-._~:/?[]@!$&'()+,;=", c) >= 0:
		case c == '#':
			return ErrFragment
		case c == '*':
			return ErrWildcard
		case c == '%' && i+2 < len(uri) && hexDigit(uri[i+1]) && hexDigit(uri[i+2]):
		default:
			return ErrCharacter
		}
	}
	return nil
}

// checkAuthority takes the port off the host and checks both.
func (p *parts) checkAuthority() error {
	if strings.Contains(p.host, "@") {
		return ErrUserinfo
	}
	colon := strings.LastIndexByte(p.host, ':')
	if colon > strings.LastIndexByte(p.host, ']') {
		p.host, p.port = p.host[:colon], p.host[colon+1:]
		if !portShaped(p.port) || p.host == "" {
			return ErrHost
		}
	}
	switch {
	case p.scheme == "http":
		return checkLoopback(p.host)
	case p.scheme == "https" || p.host != "":
		return checkHost(p.host)
	}
	return nil
}

// checkLoopback names the hosts that plain http may have, and no other
// spelling of them (RFC 8252, section 8.3).
func checkLoopback(host string) error {
	switch host {
	case "127.0.0.1", "[::1]", "localhost":
		return nil
	case "":
		return ErrHost
	}
	return ErrPlainHTTP
}

// checkHost accepts an address in its usual spelling, or a name of labels. A
// name whose last label is a number is refused: browsers read it as an address.
func checkHost(host string) error {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !closed || err != nil || !addr.Is6() || addr.Zone() != "" {
			return ErrHost
		}
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		return nil
	}
	if len(host) > 253 {
		return ErrHost
	}
	var last string
	for last = range strings.SplitSeq(host, ".") {
		if !labelShaped(last) {
			return ErrHost
		}
	}
	if numeric(last) {
		return ErrHost
	}
	return nil
}

func portShaped(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

// labelShaped: letters, digits, hyphens inside, and underscores, which private
// names do have.
func labelShaped(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return true
}

// dotSegment finds "." and ".." as path segments, encoded or not, with or
// without parameters: each is rewritten by some browser or server.
func dotSegment(tail string) bool {
	path, _, _ := strings.Cut(tail, "?")
	for segment := range strings.SplitSeq(path, "/") {
		segment, _, _ = strings.Cut(segment, ";")
		if len(segment) > len("%2e%2e") {
			continue
		}
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".", "..":
			return true
		}
	}
	return false
}

// numeric reports whether a browser reads a label as a number: decimal, octal,
// or 0x with any number of hexadecimal digits, even none.
func numeric(label string) bool {
	if rest, ok := strings.CutPrefix(strings.ToLower(label), "0x"); ok {
		return strings.Trim(rest, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
