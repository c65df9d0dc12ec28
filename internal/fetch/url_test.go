package fetch

import (
	"errors"
	"net/netip"
	"net/url"
	"sync/atomic"
	"testing"
)

func TestThreat_SSR01_SSR07_SSR08_refusedBeforeAnyLookup(t *testing.T) {
	var dials atomic.Int32
	c := New(Options{Resolver: brokenResolver(t), Dialled: func(netip.AddrPort, bool) { dials.Add(1) }})
	for _, url := range []string{
		"", "https://", "https://[", "https:///path", "https:opaque", "/path", "//host/path", "https://%zz/", "https://a b/",
		"http://example.com/", "file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "HTTP://example.com", "data:,x",
		"https://user@example.com/", "https://user:pw@example.com/", "https://:pw@example.com/", "https://@example.com/",
		"https://example.com:22/", "https://example.com:25/", "https://example.com:6379/", "https://example.com:0/",
		"https://example.com:70000/", "https://example.com:-1/", "https://example.com:80/", "https://example.com:8443/",
		"https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0/",
		"https://0.0.0.0/", "https://127.0.0.1./", "https://0X7F.1/", "https://[::]/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
		"https://[::ffff:7f00:1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/",
		"https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://192.0.0.192/", "https://[fe80::1]/",
		"https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fec0::1]/", "https://224.0.0.1/", "https://240.0.0.1/",
		"https://255.255.255.255/", "https://198.18.0.1/", "https://192.0.2.1/", "https://[2001:db8::1]/", "https://[2002:7f00:1::]/",
		"https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2001::1]/", "https://1.2.3/", "https://example.0x1/",
		"https://example.7/", "https://./", "https://..../",
	} {
		if _, err := c.Get(t.Context(), url, ""); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", url, err)
		}
	}
	if dials.Load() != 0 {
		t.Errorf("%d dials", dials.Load())
	}
}

func TestPortsAndLoopbackAreOptions(t *testing.T) {
	strict, open := newGuard(Options{Ports: []uint16{443, 8443}}.withDefaults()), newGuard(Options{InsecureAllowLoopback: true}.withDefaults())
	for url, want := range map[string][2]bool{
		"https://example.com/":       {true, true},
		"https://example.com:443/":   {true, true},
		"https://example.com:8443/":  {true, false},
		"https://8.8.8.8/":           {true, true},
		"https://xn--bcher-kva.de/":  {true, true},
		"http://example.com/":        {false, false},
		"http://127.0.0.1:8080/":     {false, true},
		"http://[::1]:8080/":         {false, true},
		"https://localhost:9/":       {false, true},
		"http://localhost:8080/":     {false, true},
		"ftp://localhost/":           {false, false},
		"http://localhost.evil.com/": {false, false},
		"http://a@localhost/":        {false, false},
	} {
		u := mustURL(t, url)
		if got := [2]bool{strict.checkURL(u) == nil, open.checkURL(u) == nil}; got != want {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
	}
}

func FuzzCheckURL(f *testing.F) {
	for _, url := range []string{"https://example.com/", "https://127.1/", "https://[::ffff:7f00:1]/", "http://localhost:1/"} {
		f.Add(url)
	}
	g := newGuard(Options{}.withDefaults())
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil || g.checkURL(u) != nil {
			return
		}
		if u.Scheme != "https" || u.User != nil || (u.Port() != "" && u.Port() != "443") || u.Hostname() == "" {
			t.Fatalf("%q is permitted", text)
		}
	})
}
