package web

import (
	"net"
	"net/http"
	"net/netip"
)

// maxHops bounds how far a chain of proxies is followed.
const maxHops = 16

// The headers in which proxies say who called.
const (
	ForwardedFor = "X-Forwarded-For"
	Forwarded    = "Forwarded" // RFC 7239
)

// Proxies are who is believed about who called, and in which header they say
// so. The zero value believes nobody.
type Proxies struct {
	Networks []netip.Prefix
	// Header is ForwardedFor or Forwarded; empty is ForwardedFor. The other one
	// is never looked at: a proxy passes on what it does not write itself.
	Header string
}

// Address is the network address of who calls, in one canonical form: IPv4 as
// it is, IPv6 as its /64, since one subscriber has at least that (PWD07). Of
// all headers one alone is read, only while the hop before is trusted, from the
// right: the first hop that is not trusted is the caller (HDR05). What cannot be
// read ends the walk, so that the last good hop counts. It is never empty, so
// that no limit is ever off.
func Address(r *http.Request, p Proxies) string {
	addr, ok := p.caller(r)
	if !ok {
		return "unknown"
	}
	return text(addr)
}

// AddressIsOwn says whether Address is the caller's, as far as can be told, and not
// that of a proxy which does not say who called or is not believed: behind such a one
// everybody has one address, and that says nothing of two callers (DEV08).
func AddressIsOwn(r *http.Request, p Proxies) bool {
	from, _ := peer(r)
	addr, ok := p.caller(r)
	unheard := !p.trusts(from) && (r.Header[ForwardedFor] != nil || r.Header[Forwarded] != nil)
	return ok && !unheard && !p.trusts(addr) && !addr.IsLoopback()
}

// caller is the first hop from the right that is not trusted, or the last that is.
func (p Proxies) caller(r *http.Request) (netip.Addr, bool) {
	addr, ok := peer(r)
	if !ok || !p.trusts(addr) {
		return addr, ok
	}
	followed := 0
	for next := range p.hops(r) {
		if followed++; followed > maxHops || !next.IsValid() {
			break
		}
		if addr = next; !p.trusts(addr) {
			break
		}
	}
	return addr, true
}

// peer is who holds the other end of the connection. Who comes by a Unix socket
// is a process of this machine, and so counts as 127.0.0.1.
func peer(r *http.Request) (netip.Addr, bool) {
	if own, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && own.Network() == "unix" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return canonical(at.Addr()), err == nil
}

func canonical(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (p Proxies) trusts(a netip.Addr) bool {
	for _, n := range p.Networks {
		if n.Contains(a) {
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
