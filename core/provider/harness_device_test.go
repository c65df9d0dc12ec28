package provider_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// television is a device that shows a code and polls.
type television struct {
	w      *world
	client string
	said   map[string]any
}

// deviceWorld is a world in which the client "tv" may ask by device.
func deviceWorld(t *testing.T, change ...func(*provider.Config)) *world {
	w := newWorld(t, append(change, func(c *provider.Config) { c.DeviceGrant = true })...)
	w.client("tv", screen)
	return w
}

func screen(c *core.Client) {
	c.Name, c.AuthMethod, c.RedirectURIs = "Harbour Screen", core.AuthNone, nil
	c.IDTokenAlgorithm = "ES256"
	c.GrantTypes = []string{core.GrantDeviceCode, core.GrantRefreshToken}
}

// ask posts a form as a client does: no cookies, another address than the person.
func (w *world) ask(path string, form ...string) (int, map[string]any, http.Header) {
	w.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, issuer+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = "198.51.100.9:4000"
	rec := httptest.NewRecorder()
	w.provider.ServeHTTP(rec, r)
	var said map[string]any
	_ = json.Unmarshal(rec.Body.Bytes(), &said)
	return rec.Code, said, rec.Header()
}

func (w *world) television(form ...string) *television {
	w.t.Helper()
	code, said, _ := w.ask("/device_authorization", append([]string{"client_id", "tv", "scope", "openid email offline_access"}, form...)...)
	if code != http.StatusOK {
		w.t.Fatalf("status %d: %v", code, said)
	}
	return &television{w, "tv", said}
}

func (tv *television) text(name string) string { s, _ := tv.said[name].(string); return s }

// polls gives the error of one poll, or "" with the tokens.
func (tv *television) polls() (string, map[string]any) {
	tv.w.t.Helper()
	code, said, _ := tv.w.ask("/token", "grant_type", core.GrantDeviceCode, "client_id", tv.client, "device_code", tv.text("device_code"))
	problem, _ := said["error"].(string)
	if want := http.StatusBadRequest; problem != "" && code != want || problem == "" && code != http.StatusOK {
		tv.w.t.Errorf("a poll: status %d, %v", code, said)
	}
	return problem, said
}

func (tv *television) hears(want string) {
	tv.w.t.Helper()
	tv.w.pass(6 * time.Second)
	if got, _ := tv.polls(); got != want {
		tv.w.t.Errorf("the device hears %q, want %q", got, want)
	}
}

// types opens the page and posts a code.
func (b *browser) types(code string) shown {
	b.w.t.Helper()
	s := b.get("/device")
	b.want(s, core.PageDevice)
	return b.submit(s, "user_code", code)
}

// confirms goes from a typed code to the question.
func (b *browser) confirms(code, email string) shown {
	b.w.t.Helper()
	s := b.types(code)
	if s.Name == core.PageSignIn {
		s = b.submit(b.submit(s, "identifier", email), "password", "open")
	}
	b.want(s, core.PageDeviceAsk)
	return s
}
