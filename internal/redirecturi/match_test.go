package redirecturi

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
)

func TestRD02_OnlyTheVeryBytesMatch(t *testing.T) {
	const uri = "https://app.example/cb"
	if got, ok := Match([]string{"https://b.example/", uri}, uri, false); !ok || got != uri {
		t.Fatalf("%q, %v", got, ok)
	}
	for _, near := range []string{ // RED01, RED12
		uri + "/", "https://app.example/CB", uri + "?", uri + "#", uri + "?x=1", uri + "/.", uri + "%2f", uri + "%20",
		"https://app.example:443/cb", "HTTPS://APP.example/cb", "https://APP.example/cb", "http://app.example/cb",
		"https://app.example:8443/cb", "https://app.example/%63b", "https://app.example/./cb", "https://app.example//cb",
		"https://app.example", "https%3A%2F%2Fapp.example%2Fcb", "https://xn--pp-8kc.example/cb", "", " " + uri,
	} {
		if got, ok := Match([]string{uri}, near, true); ok || got != "" {
			t.Errorf("%q matches as %q", near, got)
		}
	}
}

func TestThreat_RED16_NothingRegisteredMatchesNothing(t *testing.T) {
	for _, uri := range []string{"", "https://app.example/cb", "http://127.0.0.1/"} {
		if _, ok := Match(nil, uri, true); ok {
			t.Errorf("%q matches", uri)
		}
	}
}

func TestRD03_LoopbackPortIsFreeForNativeClients(t *testing.T) {
	for _, c := range []struct {
		registered, requested string
		native, web           bool
	}{
		{"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true, false},
		{"http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true, false},
		{"http://[::1]/cb?a=b", "http://[::1]:9/cb?a=b", true, false},
		{"http://localhost:3118/callback", "http://localhost:40000/callback", true, false}, // RD-04
		{"http://localhost:3118/callback", "http://localhost:3118/callback", true, true},
		{"http://127.0.0.1", "http://127.0.0.1:9", true, false},
		{"http://127.0.0.1/cb", "http://localhost/cb", false, false}, // RD-06
		{"http://127.0.0.1/cb", "http://[::1]/cb", false, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:9/CB", false, false}, // RED09
		{"http://127.0.0.1/cb", "http://127.0.0.1:9/cb?x=1", false, false},
		{"http://127.0.0.1/cb?x=1", "http://127.0.0.1:9/cb", false, false},
		{"http://127.0.0.1", "http://127.0.0.1:9/", false, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:9@evil/cb", false, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1.evil/cb", false, false}, // RED10
		{"http://127.0.0.1/cb", "https://127.0.0.1:9/cb", false, false},
		{"https://localhost/cb", "https://localhost:9/cb", false, false}, // RD-05
		{"https://c.example/cb", "https://c.example:8443/cb", false, false},
		{"com.example.app://h/cb", "com.example.app://h:9/cb", false, false},
	} {
		for native, want := range map[bool]bool{true: c.native, false: c.web} {
			got, ok := Match([]string{c.registered}, c.requested, native)
			if ok != want || ok && got != c.requested {
				t.Errorf("%q by %q, native %v: %q, %v", c.registered, c.requested, native, got, ok)
			}
		}
	}
}

// IN-08: an empty path is "/" where the operator says so, of loopback and of nothing else.
func TestIN08_EmptyPathOfLoopback(t *testing.T) {
	for _, c := range []struct {
		registered, requested string
		native, want          bool
	}{
		{"http://127.0.0.1/", "http://127.0.0.1:33418", true, true},
		{"http://127.0.0.1", "http://127.0.0.1:33418/", true, true},
		{"http://localhost:33418", "http://localhost:33418/", true, true},
		{"http://[::1]/", "http://[::1]:9", true, true},
		{"http://127.0.0.1/", "http://127.0.0.1:33418", false, false},
		{"http://127.0.0.1/", "http://localhost:33418", true, false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:9/cb/", true, false},
		{"http://127.0.0.1/cb/", "http://127.0.0.1:9/cb", true, false},
		{"http://127.0.0.1/?a=b", "http://127.0.0.1:9?a=b", true, false},
		{"http://127.0.0.1/", "http://127.0.0.1:9//", true, false},
		{"https://app.example/", "https://app.example", true, false},
		{"com.example.app://host/", "com.example.app://host", true, false},
	} {
		o := Agents()
		if _, ok := o.Match([]string{c.registered}, c.requested, c.native); ok {
			t.Errorf("%q by %q: matches without being told", c.registered, c.requested)
		}
		o.LoopbackSlash = true
		got, ok := o.Match([]string{c.registered}, c.requested, c.native)
		if ok != c.want || ok && got != c.requested {
			t.Errorf("%q by %q: %q, %v", c.registered, c.requested, got, ok)
		}
	}
}

// The rules a second time, as patterns for whole URIs.
var (
	legal    = regexp.MustCompile(`^[A-Za-z0-9._~:/?\[\]@!$&'()+,;=%-]+$`)
	badEsc   = regexp.MustCompile(`%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`)
	dots     = regexp.MustCompile(`(?i)^[^?]*/(\.|%2e){1,2}(;[^/?]*)?([/?]|$)`)
	port     = `(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?`
	tailExpr = `((?:[/?][^\[\]]*)?)$`
	local    = regexp.MustCompile(`^http://(127\.0\.0\.1|\[::1\]|localhost)` + port + tailExpr)
	secure   = regexp.MustCompile(`^https://[^/?@\[\]]*` + tailExpr)
)

func naiveMatch(registered []string, requested string, native bool) bool {
	if len(requested) > MaxLength || !legal.MatchString(requested) || badEsc.MatchString(requested) || dots.MatchString(requested) {
		return false
	}
	at := local.FindStringSubmatch(requested)
	u, err := url.Parse(requested)
	if err != nil || u.User != nil || at == nil && (!secure.MatchString(requested) || checkHost(u.Hostname()) != nil) {
		return false
	}
	if p := u.Port(); at == nil && (p == "" && u.Host != u.Hostname() || p != "" && !portShaped(p)) {
		return false
	}
	return slices.ContainsFunc(registered, func(r string) bool {
		reg := local.FindStringSubmatch(r)
		free := native && at != nil && reg != nil && reg[1] == at[1] && reg[2] == at[2]
		return r == requested || free && !badEsc.MatchString(r) && len(r) <= MaxLength && legal.MatchString(r) && !dots.MatchString(r)
	})
}

// FuzzMatch compares Match with a second, naive implementation, for web and
// loopback URIs.
func FuzzMatch(f *testing.F) {
	for _, uri := range []string{
		"https://app.example/cb", "http://127.0.0.1/cb", "http://[::1]:8080/?a=b", "http://localhost:9", "https://a:1/..;x",
		"https://u@h/", "http://127.0.0.1:065/", "https://[::1]/", "https://app.example:/", "https://a/%2e/%", "http://localhost?x",
	} {
		f.Add(uri, uri, true)
		f.Add("http://127.0.0.1/cb", uri, true)
		f.Add(uri, "http://localhost:1/cb", false)
	}
	web := regexp.MustCompile(`^https?://[^\[]`)
	f.Fuzz(func(t *testing.T, registered, requested string, native bool) {
		got, ok := Match([]string{registered}, requested, native)
		if ok && (got != requested || CheckRegistration(got, Options{}) != nil && web.MatchString(got)) {
			t.Errorf("%q emitted for %q", got, requested)
		}
		if _, self := Match([]string{requested}, requested, native); self != (checkAny(requested) == nil) {
			t.Errorf("%q: matches itself %v", requested, self)
		}
		if want := naiveMatch([]string{registered}, requested, native); ok != want && web.MatchString(requested) {
			t.Errorf("%q by %q, native %v: %v, naively %v", registered, requested, native, ok, want)
		}
	})
}

func checkAny(uri string) error { _, err := split(uri); return err }

func BenchmarkMatch(b *testing.B) {
	registered := []string{"https://app.example/other", "https://app.example/cb"}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Match(registered, "https://app.example/cb", false); !ok {
			b.Fatal("no match")
		}
	}
}
