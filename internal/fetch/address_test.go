package fetch

import (
	"net/netip"
	"testing"
)

func TestThreat_SSR03_addresses(t *testing.T) {
	p := newPolicy(Options{})
	for _, text := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1",
		"::ffff:10.0.0.1", "::ffff:0:7f00:1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1",
		"100.100.100.200", "100.127.255.255", "168.63.129.16", "169.254.169.254", "169.254.170.2", "fd00:ec2::254",
		"192.0.0.192", "192.0.0.1", "192.88.99.1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "febf::1", "fc00::1", "fdff::1", "fec0::1",
		"224.0.0.1", "239.255.255.250", "ff02::1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "198.19.255.255", "192.0.2.1",
		"198.51.100.1", "203.0.113.1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::808:808",
		"64:ff9b:1::1", "2001::1", "2001:0:7f00:1::", "2001:20::1", "100::1", "3fff::1", "5f00::1", "4000::1", "1::1",
	} {
		if p.permits(netip.MustParseAddr(text)) {
			t.Errorf("%s is permitted", text)
		}
	}
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "::ffff:8.8.8.8", "9.255.255.255", "11.0.0.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1",
		"192.0.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2003::1", "2001:4860:4860::8888",
	} {
		if !p.permits(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	if p.permits(netip.Addr{}) {
		t.Error("the zero address is permitted")
	}
}

func TestThreat_SSR02_operatorsRanges(t *testing.T) {
	p := newPolicy(Options{
		Allow:  []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16")},
		Refuse: []netip.Prefix{netip.MustParsePrefix("8.8.0.0/16")},
	})
	for text, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "fd12::1": true, "10.2.0.1": false, "8.8.8.8": false, "::ffff:8.8.4.4": false,
		"127.0.0.1": false, "1.1.1.1": true,
	} {
		if got := p.permits(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	loop := newPolicy(Options{InsecureAllowLoopback: true})
	for text, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.9.9.9": true, "10.0.0.1": false, "0.0.0.0": false} {
		if got := loop.permits(netip.MustParseAddr(text)); got != want {
			t.Errorf("loopback, %s: %v", text, got)
		}
	}
}

func FuzzPermits(f *testing.F) {
	for _, text := range []string{"127.0.0.1", "::ffff:10.0.0.1", "2606:4700::1", "fe80::1%a"} {
		f.Add(text)
	}
	p := newPolicy(Options{})
	f.Fuzz(func(t *testing.T, text string) {
		addr, err := netip.ParseAddr(text)
		if err != nil || !p.permits(addr) {
			return
		}
		if u := addr.Unmap(); u.IsLoopback() || u.IsPrivate() || u.IsMulticast() || u.IsUnspecified() || u.IsLinkLocalUnicast() {
			t.Fatalf("%s is permitted", addr)
		}
	})
}
