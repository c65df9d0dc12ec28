package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
)

func get(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://idp.example/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestCSR09_TwoCookiesOfOneNameAreNone(t *testing.T) {
	c := NewCookies(core.ID{1})
	for name, line := range map[string]string{
		"":      "other=x",
		"a.b":   c.Session + "=a.b",
		"twice": c.Session + "=a; " + c.Session + "=b",
		"long":  c.Session + "=" + strings.Repeat("a", maxCookieBytes+1),
		"many":  c.Session + "=a.b.c.d.e.f",
	} {
		want := 0
		if name == "a.b" {
			want = 2
		}
		if got := c.ReadSessions(get("Cookie", line)); len(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if other := NewCookies(core.ID{2}); other == c {
		t.Error("two tenants share cookies")
	}
}

func TestCSR13_OneSetCookieForEachName(t *testing.T) {
	c, h := NewCookies(core.ID{1}), http.Header{}
	c.SetSessions(h, []string{"a"}, time.Hour)
	c.SetBrowser(h, "b")
	c.SetSessions(h, nil, time.Hour)
	lines := h["Set-Cookie"]
	if len(lines) != 2 || !strings.Contains(lines[1], "Max-Age=0") || !strings.HasSuffix(lines[1], "; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax") {
		t.Fatalf("%v", lines)
	}
}

func TestHDR05_PWD07_Address(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer, want string
		forwarded  []string
	}{
		"direct":            {"192.0.2.1:1", "192.0.2.1", nil},
		"spoofed":           {"192.0.2.1:1", "192.0.2.1", []string{"198.51.100.9"}},
		"one proxy":         {"10.0.0.1:1", "198.51.100.9", []string{"198.51.100.9"}},
		"spoofed left":      {"10.0.0.1:1", "198.51.100.9", []string{"1.1.1.1, 198.51.100.9, 10.2.3.4"}},
		"two lines":         {"10.0.0.1:1", "198.51.100.9", []string{"1.1.1.1", "198.51.100.9,10.2.3.4"}},
		"garbage":           {"10.0.0.1:1", "10.0.0.1", []string{"1.1.1.1, <script>"}},
		"absent":            {"10.0.0.1:1", "10.0.0.1", nil},
		"all trusted":       {"10.0.0.1:1", "10.9.9.9", []string{"10.9.9.9"}},
		"mapped":            {"[::ffff:192.0.2.1]:1", "192.0.2.1", nil},
		"v6":                {"[2001:db8::1]:1", "2001:db8::/64", nil},
		"v6 neighbour":      {"[2001:db8::ffff:2]:1", "2001:db8::/64", nil},
		"v6 by proxy":       {"[fd00::1]:1", "2001:db8:0:1::/64", []string{"2001:DB8:0:1:0::9"}},
		"v6 zone":           {"[fe80::1%eth0]:1", "fe80::/64", nil},
		"no address at all": {"@", "unknown", nil},
	} {
		r := get()
		r.RemoteAddr = c.peer
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := Address(r, Proxies{Networks: proxies}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// DEV08: only of an address that is the caller's own can two callers be said to share
// it; behind a proxy that is not believed, or says nothing, everybody has the same.
func TestThreat_DEV08_AddressIsOwn(t *testing.T) {
	trusted := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for name, c := range map[string]struct {
		peer, header, value string
		proxies             Proxies
		want                bool
	}{
		"direct":                         {"192.0.2.1:1", "", "", Proxies{}, true},
		"a neighbour, direct":            {"10.0.0.1:1", "", "", Proxies{}, true},
		"by a proxy":                     {"10.0.0.1:1", ForwardedFor, "192.0.2.1", trusted, true},
		"a proxy that nobody believes":   {"10.0.0.1:1", ForwardedFor, "192.0.2.1", Proxies{}, false},
		"the other header":               {"10.0.0.1:1", Forwarded, "for=192.0.2.1", Proxies{}, false},
		"a proxy that says nothing":      {"10.0.0.1:1", "", "", trusted, false},
		"a proxy that cannot be read":    {"10.0.0.1:1", ForwardedFor, "unknown", trusted, false},
		"proxies alone":                  {"10.0.0.1:1", ForwardedFor, "10.9.9.9", trusted, false},
		"this machine, or a Unix socket": {"127.0.0.1:1", "", "", Proxies{}, false},
		"no address at all":              {"@", "", "", trusted, false},
	} {
		r := get()
		if r.RemoteAddr = c.peer; c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		if got := AddressIsOwn(r, c.proxies); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSE10_OriginOf(t *testing.T) {
	const own = "https://idp.example"
	for name, c := range map[string]struct {
		headers []string
		want    Origin
	}{
		"nothing":            {nil, Unknown},
		"same-origin":        {[]string{"Sec-Fetch-Site", "same-origin"}, Ours},
		"typed":              {[]string{"Sec-Fetch-Site", "none"}, Ours},
		"no referrer":        {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, Ours},
		"old browser":        {[]string{"Origin", own}, Ours},
		"CSR21 same-site":    {[]string{"Sec-Fetch-Site", "same-site", "Origin", own}, Foreign},
		"cross-site":         {[]string{"Sec-Fetch-Site", "cross-site"}, Foreign},
		"foreign":            {[]string{"Origin", "https://evil.example"}, Foreign},
		"null":               {[]string{"Origin", "null"}, Foreign},
		"twice":              {[]string{"Origin", own, "Origin", own}, Foreign},
		"unheard of":         {[]string{"Sec-Fetch-Site", "maybe"}, Foreign},
		"contradiction":      {[]string{"Sec-Fetch-Site", "same-origin", "Origin", "https://evil.example"}, Foreign},
		"plain http":         {[]string{"Origin", "http://idp.example"}, Foreign},
		"another port":       {[]string{"Origin", own + ":8443"}, Foreign},
		"capitals are other": {[]string{"Origin", "https://IDP.example"}, Foreign},
	} {
		if got := OriginOf(get(c.headers...), own); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestOC18_HTP12_Locales(t *testing.T) {
	for _, c := range []struct {
		asked  []string
		accept string
		want   []string
	}{
		{nil, "", nil},
		{[]string{"se"}, "de-CH,de;q=0.8, en;q=0.9, fr;q=0", []string{"se", "de-CH", "en", "de"}},
		{[]string{"../x", "-a", "a-", strings.Repeat("a", 40)}, "*, <b>, en", []string{"en"}},
		{nil, "en;q=x, de", []string{"de"}},
		{make([]string, 10000), strings.Repeat("a,", 40000), []string{"a"}},
	} {
		if got := Locales(c.asked, c.accept); !slices.Equal(got, c.want) {
			t.Errorf("%.3q %.20q: %q, want %q", c.asked[:min(len(c.asked), 4)], c.accept, got, c.want)
		}
	}
}

func FuzzLocales(f *testing.F) {
	f.Add("de-CH,de;q=0.8,*;q=0.1")
	f.Add(",;;q=,q=1")
	f.Fuzz(func(t *testing.T, header string) {
		for _, tag := range Locales(nil, header) {
			if !isTag(tag) {
				t.Errorf("%q", tag)
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("192.0.2.1:1", "1.1.1.1, 2001:db8::1")
	f.Add("[::1]:2", ",,%,")
	trusted := []netip.Prefix{netip.MustParsePrefix("::/0"), netip.MustParsePrefix("0.0.0.0/0")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := get("X-Forwarded-For", forwarded)
		r.RemoteAddr = peer
		got := Address(r, Proxies{Networks: trusted})
		if got == "" || len(got) > 64 || strings.Contains(got, "%") {
			t.Errorf("%q", got)
		}
	})
}

func FuzzReadSessions(f *testing.F) {
	c := NewCookies(core.ID{1})
	f.Add(c.Session + "=kw_se_a.kw_se_b")
	f.Add("=;" + c.Session)
	f.Fuzz(func(t *testing.T, line string) {
		if got := c.ReadSessions(get("Cookie", line)); len(got) > core.MaxSessions {
			t.Errorf("%d handles", len(got))
		}
	})
}

func TestFormToken(t *testing.T) {
	old := handle.Root{ID: 1, Key: [32]byte{1}}
	ring, err := handle.NewRing([16]byte{1}, []handle.Root{old})
	if err != nil {
		t.Fatal(err)
	}
	next, err := handle.NewRing([16]byte{1}, []handle.Root{{ID: 2, Key: [32]byte{2}}, old})
	if err != nil {
		t.Fatal(err)
	}
	token := FormToken(ring, []byte("a"), []byte("browser"))
	if !FormTokenIs(ring, token, []byte("a"), []byte("browser")) || !FormTokenIs(next, token, []byte("a"), []byte("browser")) {
		t.Error("the right token is refused")
	}
	for name, ok := range map[string]bool{
		"empty":   FormTokenIs(ring, "", []byte("a"), []byte("browser")),
		"purpose": FormTokenIs(ring, token, []byte("b"), []byte("browser")),
		"browser": FormTokenIs(ring, token, []byte("a"), []byte("other")),
		"longer":  FormTokenIs(ring, token+"A", []byte("a"), []byte("browser")),
	} {
		if ok {
			t.Errorf("%s is accepted", name)
		}
	}
}
