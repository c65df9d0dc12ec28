package web

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var inner = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

func TestHDR05_Forwarded(t *testing.T) {
	const proxy = "10.0.0.1"
	for name, c := range map[string]struct {
		want  string
		lines []string
	}{
		"one":                      {"198.51.100.9", []string{"for=198.51.100.9"}},
		"all parameters":           {"198.51.100.9", []string{`by=10.0.0.1;For="198.51.100.9:4711";host="a,b;c";proto=https`}},
		"IPv6":                     {"2001:db8::/64", []string{`for="[2001:db8::17]"`}},
		"IPv6 and port":            {"2001:db8::/64", []string{`FOR="[2001:DB8::17]:4711"`}},
		"obfuscated port":          {"198.51.100.9", []string{`for="198.51.100.9:_p.1"`}},
		"escaped":                  {"198.51.100.9", []string{`for="198.51\.100.9"`}},
		"mapped":                   {"192.0.2.1", []string{`for="[::ffff:192.0.2.1]"`}},
		"chain":                    {"198.51.100.9", []string{"for=1.1.1.1, for=198.51.100.9,for=10.2.3.4"}},
		"chain in lines":           {"198.51.100.9", []string{"for=1.1.1.1", "for=198.51.100.9", "for=10.2.3.4"}},
		"empty elements":           {"198.51.100.9", []string{"for=198.51.100.9, ,", ",, "}},
		"forged, unclosed quote":   {"198.51.100.9", []string{`for="1.1.1.1, for=198.51.100.9`}},
		"forged, quote and escape": {"198.51.100.9", []string{`for=1.1.1.1;x="\, for="198.51.100.9:80"`}},
		"forged, garbage":          {"198.51.100.9", []string{"@@@ \x7f, for=198.51.100.9"}},
		"forged, long":             {"198.51.100.9", []string{strings.Repeat("for=1.1.1.1,", 9000) + "for=198.51.100.9"}},
		"unknown":                  {proxy, []string{"for=1.1.1.1, for=unknown"}},
		"obfuscated":               {proxy, []string{"for=1.1.1.1, for=_SEVKISEK"}},
		"no for":                   {proxy, []string{"for=1.1.1.1, by=10.0.0.1;proto=https"}},
		"twice":                    {proxy, []string{"for=1.1.1.1;for=198.51.100.9"}},
		"unquoted IPv6":            {proxy, []string{"for=[2001:db8::17]"}},
		"IPv6 without brackets":    {proxy, []string{`for="2001:db8::17"`}},
		"IPv4 in brackets":         {proxy, []string{`for="[198.51.100.9]"`}},
		"zone":                     {proxy, []string{`for="[fe80::1%eth0]"`}},
		"no port behind the colon": {proxy, []string{`for="198.51.100.9:"`}},
		"port of six digits":       {proxy, []string{`for="198.51.100.9:123456"`}},
		"text behind the bracket":  {proxy, []string{`for="[2001:db8::17]x"`}},
		"space at the equals sign": {proxy, []string{"for= 198.51.100.9"}},
		"text behind the quote":    {proxy, []string{`for="198.51.100.9"x`}},
		"quote in the middle":      {proxy, []string{`for=198.51"`}},
		"ends in an escape":        {proxy, []string{`for="198.51.100.9\`}},
		"control in quotes":        {proxy, []string{"for=\"198.51.100.9\x01\""}},
		"long element":             {proxy, []string{"x=" + strings.Repeat("a", maxElement) + ";for=198.51.100.9"}},
		"many parameters":          {proxy, []string{"a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;for=198.51.100.9"}},
		"all trusted":              {"10.9.9.9", []string{"for=10.9.9.9"}},
		"only commas":              {proxy, []string{strings.Repeat(",", 1<<20)}},
		"absent":                   {proxy, nil},
	} {
		r := get(ForwardedFor, "192.0.2.66")
		r.RemoteAddr, r.Header[Forwarded] = proxy+":1", c.lines
		if got := Address(r, Proxies{inner, Forwarded}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := Address(r, Proxies{Networks: inner}); got != "192.0.2.66" {
			t.Errorf("%s: with %s chosen it is %q", name, ForwardedFor, got)
		}
		if r.RemoteAddr = "192.0.2.1:1"; Address(r, Proxies{inner, Forwarded}) != "192.0.2.1" {
			t.Errorf("%s: a stranger is believed", name)
		}
	}
}

func TestHDR05_ForwardedForWithPorts(t *testing.T) {
	for line, want := range map[string]string{
		"198.51.100.9:4711": "198.51.100.9", "[2001:db8::17]:4711": "2001:db8::/64", "[2001:db8::17]": "2001:db8::/64", "2001:db8::17": "2001:db8::/64",
		"198.51.100.9:x": "10.0.0.1", "198.51.100.9:80:80": "10.0.0.1", "": "10.0.0.1", strings.Repeat("1", 1<<20): "10.0.0.1",
		"1.1.1.1," + strings.Repeat("10.0.0.2,", 15) + "10.0.0.3": "10.0.0.2", // farther than anybody's chain of proxies
	} {
		r := get(ForwardedFor, line, Forwarded, "for=192.0.2.66")
		r.RemoteAddr = "10.0.0.1:1"
		if got := Address(r, Proxies{Networks: inner}); got != want {
			t.Errorf("%.40q: %q, want %q", line, got, want)
		}
	}
}

// A proxy that comes by a Unix socket is on this machine.
func TestHDR05_UnixSocket(t *testing.T) {
	loopback := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	heard := make(chan [2]string, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard <- [2]string{Address(r, loopback), Address(r, Proxies{Networks: inner})}
	}))
	path := filepath.Join(t.TempDir(), "s")
	_ = server.Listener.Close()
	var err error
	if server.Listener, err = net.Listen("unix", path); err != nil {
		t.Fatal(err)
	}
	server.Start()
	defer server.Close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	for line, want := range map[string][2]string{"198.51.100.9": {"198.51.100.9", "127.0.0.1"}, "": {"127.0.0.1", "127.0.0.1"}} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://idp.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if line != "" {
			r.Header.Set(ForwardedFor, line)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := <-heard; got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestProxyWatch(t *testing.T) {
	type call struct{ peer, header, value string }
	for name, c := range map[string]struct {
		proxies Proxies
		public  bool
		calls   []call
		said    string // what the log holds once; empty: nothing
	}{
		"neighbour":     {Proxies{}, true, []call{{"10.0.0.1", ForwardedFor, "1.1.1.1"}}, "add its network to TrustedProxies: until then"},
		"shared space":  {Proxies{}, true, []call{{"100.64.0.1", Forwarded, "for=1.1.1.1"}}, "header=Forwarded from=100.64.0.1"},
		"stranger":      {Proxies{Networks: inner}, true, []call{{"192.0.2.1", ForwardedFor, "1.1.1.1"}}, "somebody tried to pass for another"},
		"silent":        {Proxies{Networks: inner}, true, []call{{"10.0.0.1", "", ""}}, "does not say who called,"},
		"other header":  {Proxies{inner, Forwarded}, true, []call{{"10.0.0.1", ForwardedFor, "1.1.1.1"}}, "in another header than ForwardedHeader names"},
		"cannot read":   {Proxies{inner, Forwarded}, true, []call{{"10.0.0.1", Forwarded, "for=unknown"}}, "in a form that can be read"},
		"as it should":  {Proxies{inner, Forwarded}, true, []call{{"10.0.0.1", Forwarded, "for=1.1.1.1"}}, ""},
		"no proxy":      {Proxies{}, true, []call{{"192.0.2.1", "", ""}, {"10.0.0.1", "", ""}}, ""},
		"one for all":   {Proxies{}, true, []call{{"10.0.0.1", "", ""}}, "all requests so far came from one private address"},
		"an intranet":   {Proxies{}, true, []call{{"10.0.0.1", "", ""}, {"10.0.0.2", "", ""}}, ""},
		"development":   {Proxies{}, false, []call{{"127.0.0.1", "", ""}}, ""},
		"not an adress": {Proxies{}, true, []call{{"", ForwardedFor, "1.1.1.1"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			now := time.Unix(1_800_000_000, 0)
			w := NewProxyWatch(c.proxies, c.public, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
			for i := range 3 * watchFirst {
				ask := c.calls[i%len(c.calls)]
				r := get()
				if r.RemoteAddr = ask.peer + ":1"; ask.header != "" {
					r.Header.Set(ask.header, ask.value)
				}
				w.See(r)
			}
			times := 0
			if c.said != "" {
				times = 1
			}
			if text := log.String(); strings.Count(text, "\n") != times || !strings.Contains(text, c.said) || strings.Contains(text, "1.1.1.1") {
				t.Errorf("the log says %s", text)
			}
		})
	}
}

func TestProxyWatch_againAfterAnHour(t *testing.T) {
	var log bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	w := NewProxyWatch(Proxies{}, true, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	r := get(ForwardedFor, "1.1.1.1")
	r.RemoteAddr = "10.0.0.1:1"
	for range 4 {
		w.See(r)
		now = now.Add(watchEvery / 2)
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("told %d times in two hours", n)
	}
	w.Behind(t.Context())
	w.Behind(t.Context())
	if n := strings.Count(log.String(), "TrustedProxies is empty"); n != 1 {
		t.Errorf("told %d times at the start", n)
	}
}

// Whatever a stranger sends to the left, what the trusted proxy wrote counts.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"", "for=1.1.1.1", `for="[::1]:80";by=x, for=_a`, `for="`, `x="\`, `a="b\\\"",`, ",;=", `for="1.1.1.1`, "for=unknown"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		for _, written := range []string{"for=198.51.100.9", `for="198.51.100.9:80";by="[fd00::1]"`} {
			r := get()
			r.RemoteAddr = "10.0.0.1:1"
			r.Header[Forwarded] = []string{sent + ", " + written}
			if got := Address(r, Proxies{inner, Forwarded}); got != "198.51.100.9" {
				t.Fatalf("%q: %s", sent, got)
			}
			r.Header[Forwarded] = []string{sent}
			if got := Address(r, Proxies{inner, Forwarded}); got == "" || got == "unknown" {
				t.Fatalf("%q: %q", sent, got)
			}
		}
	})
}
