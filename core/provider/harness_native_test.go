package provider_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
	"github.com/keywright/keywright/internal/pkce"
)

// native is an application of the operator's own, on a device.
type native struct {
	w  *world
	id string
}

// told is an answer of the authorization challenge endpoint.
type told struct {
	status  int
	header  http.Header
	Code    string         `json:"authorization_code"`
	Error   core.ErrorCode `json:"error"`
	Text    string         `json:"error_description"`
	Session string         `json:"auth_session"`
	Step    core.Step      `json:"step"`
	Page    core.Page      `json:"page"`
}

func firstParty(c *provider.Config) { c.FirstPartyApps = true }

func challenging(c *core.Client) {
	c.AuthMethod, c.FirstParty, c.Challenge = core.AuthNone, true, true
	c.IDTokenAlgorithm = "ES256"
	c.GrantTypes = append(c.GrantTypes, core.GrantRefreshToken)
}

func (w *world) native(id string) native {
	w.client(id, challenging)
	return native{w, id}
}

func (n native) post(path string, form url.Values, headers ...string) (int, http.Header, []byte) {
	n.w.t.Helper()
	r := httptest.NewRequestWithContext(n.w.t.Context(), http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = "192.0.2.7:5000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	n.w.provider.ServeHTTP(rec, r)
	if rec.Header().Get("Set-Cookie") != "" {
		n.w.t.Errorf("a cookie for who has no browser: %v", rec.Header())
	}
	return rec.Code, rec.Header(), rec.Body.Bytes()
}

func (n native) ask(form url.Values, headers ...string) told {
	n.w.t.Helper()
	var out told
	status, header, body := n.post("/authorize-challenge", form, headers...)
	n.w.must(json.Unmarshal(body, &out))
	out.status, out.header = status, header
	if strings.Contains(string(body), "csrf") {
		n.w.t.Errorf("a browser's token in %s", body)
	}
	return out
}

func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func (n native) begin(more ...string) told {
	n.w.t.Helper()
	form := fields("client_id", n.id, "scope", "openid email", "nonce", "n", "code_challenge", pkce.Challenge(verifier), "code_challenge_method", "S256")
	for name, values := range fields(more...) {
		if form[name] = values; values[0] == "" {
			form.Del(name)
		}
	}
	return n.ask(form)
}

func (n native) goOn(session string, more ...string) told {
	n.w.t.Helper()
	form := fields(more...)
	form.Set("client_id", n.id)
	form.Set("auth_session", session)
	return n.ask(form)
}

func (n native) redeem(code string) (int, map[string]any) {
	n.w.t.Helper()
	status, _, body := n.post("/token", fields("client_id", n.id, "grant_type", "authorization_code", "code", code, "code_verifier", verifier))
	var out map[string]any
	n.w.must(json.Unmarshal(body, &out))
	return status, out
}

func (n native) want(a told, code core.ErrorCode, step core.Step) {
	n.w.t.Helper()
	if a.Error != code || a.Step != step || (a.Session != "") != (code == core.InsufficientAuthorization) {
		n.w.t.Fatalf("%d %q (%s) step %q, want %q step %q", a.status, a.Error, a.Text, a.Step, code, step)
	}
}
