package fetch

import "net/netip"

// refusedPrefixes lists what lies inside unicast space but is not the public internet (IANA special-purpose address registries),
// or leads to an IPv4 address in disguise.
func refusedPrefixes() []netip.Prefix {
	texts := [...]string{
		"0.0.0.0/8",         // this network
		"10.0.0.0/8",        // private
		"100.64.0.0/10",     // shared by carriers; holds one cloud's metadata service
		"127.0.0.0/8",       // loopback
		"168.63.129.16/32",  // a cloud's platform service on a public address
		"169.254.0.0/16",    // link-local; metadata services
		"172.16.0.0/12",     // private
		"192.0.0.0/24",      // protocol assignments; holds one cloud's metadata service
		"192.0.2.0/24",      // documentation
		"192.88.99.0/24",    // 6to4 relays
		"192.168.0.0/16",    // private
		"198.18.0.0/15",     // benchmarks
		"198.51.100.0/24",   // documentation
		"203.0.113.0/24",    // documentation
		"224.0.0.0/4",       // multicast
		"240.0.0.0/4",       // reserved; broadcast
		"2001::/23",         // Teredo, ORCHID and other protocol assignments
		"2001:db8::/32",     // documentation
		"2002::/16",         // 6to4
		"2620:4f:8000::/48", // AS112
		"3fff::/20",         // documentation
	}
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// policy decides about addresses. It is not changed after New.
type policy struct {
	global   netip.Prefix // what IANA has handed out of IPv6
	refused  []netip.Prefix
	allowed  []netip.Prefix
	loopback bool
}

func newPolicy(o Options) policy {
	return policy{
		global:   netip.MustParsePrefix("2000::/3"),
		refused:  append(refusedPrefixes(), o.Refuse...),
		allowed:  o.Allow,
		loopback: o.InsecureAllowLoopback,
	}
}

// permits judges one address. The order matters: unmap, then the operator's exceptions, then the public internet.
func (p policy) permits(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if contains(p.allowed, addr) || (p.loopback && addr.IsLoopback()) {
		return true
	}
	if addr.Is6() && !p.global.Contains(addr) {
		return false
	}
	return !contains(p.refused, addr)
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}
