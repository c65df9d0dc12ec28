package fetch

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const maxURLBytes = 2048

// checkURL refuses before any name is looked up.
func (g *guard) checkURL(u *url.URL) error {
	host := u.Hostname()
	if host == "" || u.User != nil || u.Opaque != "" || len(u.String()) > maxURLBytes {
		return ErrRefused
	}
	addr, err := netip.ParseAddr(host)
	literal := err == nil
	if literal && !g.policy.permits(addr) {
		return ErrRefused
	}
	if !literal && looksNumeric(host) {
		return ErrRefused
	}
	if g.policy.loopback && isLoopbackHost(host, addr) {
		if u.Scheme != "https" && u.Scheme != "http" {
			return ErrRefused
		}
		return nil
	}
	if u.Scheme != "https" {
		return ErrRefused
	}
	return g.checkPort(u.Port())
}

func (g *guard) checkPort(text string) error {
	if text == "" {
		text = "443"
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || !slices.Contains(g.options.Ports, uint16(port)) {
		return ErrRefused
	}
	return nil
}

func isLoopbackHost(host string, addr netip.Addr) bool {
	return addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// looksNumeric finds 127.1, 2130706433, 0x7f000001 and 0177.0.0.1, which some resolvers take for addresses (WHATWG URL, "ends in
// a number").
func looksNumeric(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if last == "" {
		return true
	}
	if strings.HasPrefix(last, "0x") {
		return strings.Trim(last[2:], "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
