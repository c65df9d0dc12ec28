package keywright_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/keywright/keywright"
)

func TestConfigChecksProxies(t *testing.T) {
	for says, change := range map[string]func(c *keywright.Config){
		"TrustedProxies[0]: holds every address": func(c *keywright.Config) {
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::/0")}
		},
		"ForwardedHeader: is set, but nobody":            func(c *keywright.Config) { c.ForwardedHeader = keywright.Forwarded },
		"ForwardedHeader: is not a header that is known": func(c *keywright.Config) { c.ForwardedHeader = "X-Real-IP" },
	} {
		c := sound(t)
		change(&c)
		if _, err := keywright.New(t.Context(), c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

// Who serves http for an https issuer is behind a proxy, and hears of it at the start.
func TestRunTellsOfAProxyThatNobodyTrusts(t *testing.T) {
	for name, c := range map[string]struct {
		issuer  string
		trusted []netip.Prefix
		said    int
	}{
		"nobody trusted": {"https://id.example.com", nil, 1},
		"trusted":        {"https://id.example.com", []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 0},
		"development":    {"http://localhost:8080", nil, 0},
	} {
		var log bytes.Buffer
		config := sound(t)
		config.Issuer, config.TrustedProxies, config.Logger = c.issuer, c.trusted, slog.New(slog.NewTextHandler(&log, nil))
		idp, err := keywright.New(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		if err := idp.Run(ctx, keywright.ServeOptions{Address: "127.0.0.1:0", Ready: func(net.Addr) { stop() }}); err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "TrustedProxies is empty"); n != c.said {
			t.Errorf("%s: told %d times, want %d: %s", name, n, c.said, &log)
		}
	}
}
