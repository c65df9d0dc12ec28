package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds how far a chain of proxies is followed.
const maxHops = 16

// Address is the network address of who calls, in one canonical form: IPv4 as
// it is, IPv6 as its /64, since one subscriber has at least that (PWD07). Only
// X-Forwarded-For is read, only while the hop before is trusted, from the
// right: the first hop that is not trusted is the caller (HDR05). It is never
// empty, so that no limit is ever off.
func Address(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	addr := canonical(peer.Addr())
	hops := hops(r, trusted)
	for i := len(hops) - 1; i >= 0 && isTrusted(addr, trusted); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // what stands there cannot be believed; the last good hop counts
		}
		addr = canonical(next)
	}
	return text(addr)
}

func hops(r *http.Request, trusted []netip.Prefix) []string {
	if len(trusted) == 0 {
		return nil
	}
	var all []string
	for _, line := range r.Header.Values("X-Forwarded-For") {
		all = append(all, strings.Split(line, ",")...)
	}
	return all[max(0, len(all)-maxHops):]
}

func canonical(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func text(a netip.Addr) string {
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return p.String()
}
