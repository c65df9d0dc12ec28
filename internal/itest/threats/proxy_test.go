package threats

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

var onLoopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// HDR02, HDR04: not even a trusted proxy can say what the issuer is called.
func TestThreat_HDR02_HDR04_TrustedProxyNamesNoHost(t *testing.T) {
	for _, header := range []string{keywright.ForwardedFor, keywright.Forwarded} {
		w := newWorld(t, providertest.WithPath("/team"), providertest.WithConfig(func(c *keywright.Config) {
			c.TrustedProxies, c.ForwardedHeader = onLoopback, header
		}))
		forged := []string{
			"X-Forwarded-Host", "evil.example", "X-Forwarded-Server", "evil.example", "X-Forwarded-Proto", "http", "X-Forwarded-Scheme", "http",
			"X-Forwarded-Port", "444", "X-Forwarded-Prefix", "/evil", "X-Forwarded-Path", "/evil", "X-Original-Host", "evil.example",
			"Forwarded", "for=192.0.2.1;host=evil.example;proto=http", "X-Forwarded-For", "192.0.2.1", "X-Real-IP", "192.0.2.2", "Host", "evil.example",
		}
		for _, path := range []string{
			"/.well-known/openid-configuration", "/jwks", "/signed-out", "/nothing", "/authorize?client_id=nobody",
			"/authorize?response_type=none&client_id=app&state=s&redirect_uri=" + url.QueryEscape(callback),
		} {
			plain, got := w.raw("GET", path, ""), w.raw("GET", path, "", forged...)
			where, from := got.Header.Get("Location"), plain.Header.Get("Location")
			if got.Status != plain.Status || where != from || strings.Contains(string(got.Body)+fmt.Sprint(got.Header), "evil") {
				t.Errorf("%s: %d to %q (without: %d to %q)", path, got.Status, where, plain.Status, from)
			}
		}
		start := w.app.Authorize().URL
		got := w.raw("GET", strings.TrimPrefix(start, w.Issuer()), "", forged...)
		if to := got.Header.Get("Location"); got.Status != http.StatusSeeOther || strings.Contains(to, "evil") || !strings.Contains(to, "/team/interaction/") {
			t.Errorf("a sign-in starts at %d %q", got.Status, to)
		}
		for _, cookie := range got.Header["Set-Cookie"] {
			if !strings.Contains(cookie, "; Secure") || strings.Contains(strings.ToLower(cookie), "domain=") {
				t.Errorf("a cookie is %s", cookie)
			}
		}
	}
}

// HDR05, HDR06: limits count who calls, by the one header that was chosen.
func TestThreat_HDR05_HDR06_LimitsCountTheCaller(t *testing.T) {
	for _, header := range []string{keywright.ForwardedFor, keywright.Forwarded} {
		var log bytes.Buffer
		w := newWorld(t, providertest.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), providertest.WithConfig(func(c *keywright.Config) {
			c.TrustedProxies, c.ForwardedHeader = onLoopback, header
			c.Clients = append([]core.ClientLane{}, c.Clients...)
			c.Clients = append(c.Clients, clientreg.Dynamic(clientreg.DynamicOptions{PerAddress: 1}))
		}))
		register := func(one, two string) int {
			return w.raw("POST", "/register", `{"redirect_uris":["http://127.0.0.1/cb"],"client_name":"A"}`,
				"Content-Type", "application/json", keywright.ForwardedFor, one, keywright.Forwarded, two,
				"X_Forwarded_For", one+"1", "X-Real-IP", one+"2").Status
		}
		for i, c := range []struct {
			left, caller string
			want         int
		}{
			{"", "198.51.100.1", 201}, {"203.0.113.1", "198.51.100.1", 429}, {"", "198.51.100.2", 201}, {"203.0.113.2", "198.51.100.2", 429},
		} {
			one, two := "192.0.2."+fmt.Sprint(i), "for=192.0.2."+fmt.Sprint(i) // nobody's business, and another each time
			if header == keywright.ForwardedFor {
				one = strings.TrimPrefix(c.left+", "+c.caller, ", ")
			} else {
				two = strings.TrimPrefix("for="+c.left+`;x=", for=`+c.caller, `for=;x=", `)
			}
			if got := register(one, two); got != c.want {
				t.Errorf("%s, call %d is answered by %d, want %d", header, i, got, c.want)
			}
		}
		if strings.Contains(log.String(), "level=WARN") {
			t.Errorf("the log complains: %s", &log)
		}
	}
}
