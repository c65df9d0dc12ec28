package resource

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// status is what a request with the token is answered.
func status(s *Resource, token string) int { return call(s, Need{}, bearer(token)).Code }

// PR-17, KEY01: a new key is found by the first token that it signed, and the old tokens go on.
func TestPR17_rotation(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	old := a.token(nil)
	if got := status(s, old); got != 200 || a.fetches.Load() != 1 {
		t.Fatalf("%d after %d fetches", got, a.fetches.Load())
	}
	a.set(func() { a.keys = append(a.keys, newSigner(t, jose.EdDSA)) })
	if got := status(s, a.token(nil)); got != 401 || a.fetches.Load() != 1 {
		t.Errorf("within the cool-down: %d after %d fetches", got, a.fetches.Load())
	}
	a.clock.advance(coolDown)
	for range 3 {
		if got := status(s, a.token(nil)); got != 200 {
			t.Errorf("the new key: %d", got)
		}
	}
	if got := status(s, old); got != 200 || a.fetches.Load() != 2 {
		t.Errorf("the old key: %d after %d fetches", got, a.fetches.Load())
	}
	a.set(func() { a.keys = a.keys[1:] })
	a.clock.advance(2 * keysFresh) // so old that it is waited for
	if got := status(s, signed(t, a.keys[0], "at+jwt", a.claims(nil))); got != 200 {
		t.Errorf("the only key: %d", got)
	}
	if got := status(s, old); got != 401 {
		t.Errorf("a key that is gone: %d", got)
	}
}

// JWT04: keys that nobody has cost the issuer one request in a cool-down.
func TestThreat_JWT04_unknownKeysDoNotFlood(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	stranger := newSigner(t, jose.ES256)
	forged := signed(t, stranger, "at+jwt", a.claims(nil))
	for range 5 {
		for range 20 {
			if got := status(s, forged); got != 401 {
				t.Fatalf("%d", got)
			}
		}
		a.clock.advance(coolDown)
	}
	if got := a.fetches.Load(); got > 6 {
		t.Errorf("%d fetches", got)
	}
}

// PRM07: known keys serve while the issuer is away, up to a bound; nothing is accepted because something failed.
func TestThreat_PRM07_outage(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(func(o *Options) { o.KeysMaxStale = 3 * time.Hour })
	if got := status(s, a.token(nil)); got != 200 {
		t.Fatal(got)
	}
	a.set(func() { a.down = true })
	for a.clock.now().Before(time.Unix(1_800_000_000, 0).Add(3*time.Hour - time.Minute)) {
		a.clock.advance(7 * time.Minute)
		if age := a.clock.now().Sub(time.Unix(1_800_000_000, 0)); age >= 3*time.Hour {
			break
		}
		if got := status(s, a.token(nil)); got != 200 {
			t.Fatalf("%v: %d", a.clock.now(), got)
		}
	}
	forged := signed(t, newSigner(t, jose.ES256), "at+jwt", a.claims(nil))
	if got := status(s, forged); got != 503 {
		t.Errorf("a key that may be new: %d", got)
	}
	a.clock.advance(time.Hour)
	w := call(s, Need{}, bearer(a.token(nil)))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("too stale: %d %v", w.Code, w.Header())
	}
	a.set(func() { a.down = false })
	a.clock.advance(coolDown)
	if got := status(s, a.token(nil)); got != 200 {
		t.Errorf("back again: %d", got)
	}
}

// An issuer that was never there: 503, and nothing is fetched more often than the cool-down allows.
func TestThreat_PRM07_neverThere(t *testing.T) {
	a := newAuthority(t)
	a.down = true
	s := a.guard(func(o *Options) { o.Issuers[0].JWKS = a.server.URL + "/jwks" })
	for range 10 {
		if got := status(s, a.token(nil)); got != 503 {
			t.Fatal(got)
		}
	}
	if got := a.fetches.Load(); got != 1 {
		t.Errorf("%d fetches", got)
	}
	a.set(func() { a.down = false })
	a.clock.advance(coolDown)
	if got := status(s, a.token(nil)); got != 200 {
		t.Error(got)
	}
}

// PR-17: metadata of another issuer is none (RFC 8414 section 3.3), and a key set without a usable key changes nothing.
func TestPR17_metadataOfAnother(t *testing.T) {
	a := newAuthority(t)
	a.name = "https://evil.example"
	if got := status(a.guard(), a.token(nil)); got != 503 || a.fetches.Load() != 0 {
		t.Errorf("%d after %d fetches", got, a.fetches.Load())
	}
	a.name = ""
	s := a.guard()
	token := a.token(nil)
	status(s, token)
	a.set(func() { a.keys = nil })
	a.clock.advance(2 * keysFresh)
	if got := status(s, signed(t, newSigner(t, jose.ES256), "at+jwt", a.claims(nil))); got != 503 {
		t.Errorf("no keys: %d", got)
	}
}

// JWT17: a key of one issuer is none of another.
func TestThreat_JWT17_issuersAreApart(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	s := a.guard(func(o *Options) { o.Issuers = append(o.Issuers, Issuer{URL: b.server.URL}) })
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"of a": {a.token(nil), 200}, "of b": {b.token(nil), 200},
		"of b as a": {b.token(map[string]any{"iss": a.server.URL}), 401}, "of a as b": {a.token(map[string]any{"iss": b.server.URL}), 401},
	} {
		if got := status(s, c.token); got != c.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// JWT03: the operator's list of algorithms counts, whatever the key could do.
func TestThreat_JWT03_algorithmsOfTheIssuer(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(func(o *Options) { o.Issuers[0].Algorithms = []string{"RS256"} })
	if got := status(s, a.token(nil)); got != 401 {
		t.Error(got)
	}
}

// Many requests wait for one fetch; whoever goes away does not end it for the others.
func TestKeysAreFetchedOnce(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	token := a.token(nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.CheckToken(gone, token); !errors.Is(err, ErrUnavailable) && err != nil {
		t.Error(err)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := status(s, token); got != http.StatusOK {
				t.Error(got)
			}
		})
	}
	all.Wait()
	if got := a.fetches.Load(); got != 1 {
		t.Errorf("%d fetches", got)
	}
}

// Under the race detector: keys turn while requests come.
func TestKeysTurnWhileRequestsCome(t *testing.T) {
	a := newAuthority(t)
	s := a.guard()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if got := status(s, a.token(nil)); got != 200 && got != 401 {
					t.Error(got)
				}
			}
		})
	}
	all.Go(func() {
		for range 10 {
			a.set(func() { a.keys = append(a.keys, newSigner(t, jose.EdDSA)) })
			a.clock.advance(coolDown)
		}
	})
	all.Wait()
	a.clock.advance(coolDown)
	if got := status(s, a.token(nil)); got != 200 {
		t.Errorf("at last: %d", got)
	}
}

func TestFreshness(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": keysFresh, "no-store": keysFresh, "public, max-age=600": 10 * time.Minute, "max-age=1": time.Minute, "MAX-AGE=999999": time.Hour,
		"max-age=-1": keysFresh, "max-age=99999999999999999999": keysFresh, `max-age="300"`: 5 * time.Minute,
	} {
		if got := freshness(http.Header{"Cache-Control": {header}}); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}
