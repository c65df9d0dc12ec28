package web

import (
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const (
	// maxElement bounds one hop of a header, in bytes: four parameters with
	// names of hosts have room.
	maxElement = 1024
	maxPairs   = 8
)

// hops are the addresses that the header names, from the right: the nearest hop
// first. One that cannot be known or read is not valid, and what is left of it
// means nothing. Nothing is copied, and what nobody asks for is not read,
// however long the header is.
func (p Proxies) hops(r *http.Request) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for _, line := range slices.Backward(r.Header[p.header()]) {
			for more := true; more; {
				var element string
				if p.header() == Forwarded {
					line, element, more = lastElement(line)
					if element == "" {
						continue // RFC 9110 section 5.6.1: empty elements count for nothing
					}
					if !yield(forwardedFor(element)) {
						return
					}
					continue
				}
				line, element, more = cutLast(line)
				if !yield(plainNode(element)) {
					return
				}
			}
		}
	}
}

func (p Proxies) header() string {
	if p.Header == "" {
		return ForwardedFor
	}
	return p.Header
}

// cutLast takes what stands behind the last comma.
func cutLast(line string) (rest, last string, more bool) {
	if at := strings.LastIndexByte(line, ','); at >= 0 {
		return line[:at], strings.Trim(line[at+1:], " \t"), true
	}
	return "", strings.Trim(line, " \t"), false
}

// plainNode reads one hop of X-Forwarded-For: an address, by some proxies with a
// port.
func plainNode(s string) netip.Addr {
	if len(s) > 64 {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return canonical(a)
	}
	return node(s)
}

// lastElement takes the last element of a line of Forwarded. It looks from the
// right, so that no quote in what a stranger sent, to the left, can swallow what
// a proxy added behind it: in what the proxy wrote every quote is closed.
func lastElement(line string) (rest, last string, more bool) {
	quoted := false
	for i := len(line) - 1; i >= 0 && len(line)-i <= maxElement; i-- {
		switch {
		case line[i] == '"' && !(quoted && escaped(line, i)):
			quoted = !quoted
		case line[i] == ',' && !quoted:
			return line[:i], strings.Trim(line[i+1:], " \t"), true
		}
	}
	return "", strings.Trim(line, " \t"), false
}

// escaped says whether an odd number of backslashes stands before i.
func escaped(s string, i int) bool {
	before := len(strings.TrimRight(s[:i], `\`))
	return (i-before)%2 == 1
}

// forwardedFor is the address in the parameter "for" of one element (RFC 7239
// section 4). The zero value stands for one that the proxy does not tell, by
// "unknown" or an obfuscated name, and for an element that is not to the letter.
func forwardedFor(element string) netip.Addr {
	var seen []string
	caller := netip.Addr{}
	if len(element) > maxElement {
		return caller
	}
	for rest := element; rest != ""; {
		if rest[0] == ';' {
			rest = rest[1:]
			continue
		}
		name, value, after, ok := pair(rest)
		if !ok || slices.Contains(seen, name) || len(seen) == maxPairs {
			return netip.Addr{}
		}
		if seen, rest = append(seen, name), after; name == "for" {
			caller = node(value)
		}
	}
	return caller
}

// pair reads one parameter up to the semicolon behind it.
func pair(s string) (name, value, rest string, ok bool) {
	at := tokenLength(s)
	if at == 0 || at == len(s) || s[at] != '=' {
		return "", "", "", false
	}
	name, s = strings.ToLower(s[:at]), s[at+1:]
	if strings.HasPrefix(s, `"`) {
		value, rest, ok = quotedString(s)
	} else {
		at = tokenLength(s)
		value, rest, ok = s[:at], s[at:], at > 0
	}
	return name, value, rest, ok && (rest == "" || rest[0] == ';')
}

// tokenLength is how many bytes of a token s begins with (RFC 9110 section 5.6.2).
func tokenLength(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return i
		}
	}
	return len(s)
}

// quotedString reads what is between quotes (RFC 9110 section 5.6.4).
func quotedString(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return b.String(), s[i+1:], true
		}
		if c == '\\' {
			if i++; i == len(s) {
				break
			}
			c = s[i]
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			break
		}
		b.WriteByte(c)
	}
	return "", "", false
}

// node is the address of a node (RFC 7239 section 6): IPv4, or IPv6 in brackets,
// with or without a port. "unknown" and obfuscated names are no address.
func node(s string) netip.Addr {
	host, port, _ := strings.Cut(s, ":")
	bracketed := strings.HasPrefix(s, "[")
	if bracketed {
		end := strings.IndexByte(s, ']')
		if end < 0 || end+1 < len(s) && s[end+1] != ':' {
			return netip.Addr{}
		}
		host, port = s[1:end], strings.TrimPrefix(s[end+1:], ":")
		s = s[end+1:]
	}
	a, err := netip.ParseAddr(host)
	if err != nil || a.Is6() != bracketed || a.Zone() != "" || strings.Contains(s, ":") && !isPort(port) {
		return netip.Addr{}
	}
	return canonical(a)
}

// isPort allows for a number of up to five digits or an obfuscated name.
func isPort(s string) bool {
	if name, ok := strings.CutPrefix(s, "_"); ok {
		return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
			return r > 0x7f || tokenLength(string(r)) == 0 || strings.ContainsRune("!#$%&'*+^`|~", r)
		})
	}
	return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == ""
}
