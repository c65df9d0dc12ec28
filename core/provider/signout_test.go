package provider_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

const bye = "https://app.example/bye?y=2"

// hint is an ID token of ours.
func (w *world) hint(account core.Account, client string) string {
	w.t.Helper()
	signer, err := w.keys.Signer(w.t.Context(), "ES256")
	w.must(err)
	body, err := json.Marshal(map[string]any{"iss": issuer, "sub": account.Subject(), "aud": []string{client}, "exp": 1})
	w.must(err)
	token, err := signer.Sign("JWT", body)
	w.must(err)
	return token
}

func endSession(more ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/end-session?" + q.Encode()
}

func (b *browser) signedOut() bool {
	b.w.t.Helper()
	return b.answer(b.do(http.MethodGet, request("app", "prompt", "none"), nil)).Get("error") == "login_required"
}

func TestLO02_HintSignsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.account("ada@example.com")
	for _, method := range []string{http.MethodGet, http.MethodPost} { // LO-01
		b := w.browser()
		b.get(request("app"))
		if s := b.signIn(request("app", "state", "x"), ada.Email); s.Name == core.PageConsent {
			b.submit(s, "decision", "allow", "remember", "on")
		}
		state := strings.Repeat("s", 128)
		target := endSession("id_token_hint", w.hint(ada, "app"), "post_logout_redirect_uri", bye, "state", state)
		s := b.do(http.MethodGet, target, nil)
		if method == http.MethodPost {
			_, query, _ := strings.Cut(target, "?")
			form, err := url.ParseQuery(query)
			w.must(err)
			s = b.do(http.MethodPost, "/end-session", form)
		}
		if s.location != bye+"&state="+state {
			t.Errorf("%s: %d %q", method, s.status, s.location)
		}
		if !b.signedOut() {
			t.Errorf("%s: still signed in", method)
		}
	}
	b := w.browser()
	b.signIn(request("app"), ada.Email)
	if s := b.do(http.MethodGet, endSession("id_token_hint", w.hint(ada, "app"), "post_logout_redirect_uri", bye), nil); s.location != bye {
		t.Errorf("without state: %q", s.location)
	}
}

func TestLO02_CSR18_WithoutHintItAsks(t *testing.T) {
	w := newWorld(t)
	bob := w.person("bob@example.com")
	ada := w.account("ada@example.com")
	hint := w.hint(ada, "app")
	forged := hint[:len(hint)-6] + "AAAAAA"
	for name, target := range map[string]string{
		"nothing":               endSession(),
		"state alone":           endSession("state", "x"),
		"client alone":          endSession("client_id", "app", "post_logout_redirect_uri", bye),
		"no client":             endSession("post_logout_redirect_uri", bye),
		"LO-03 somebody else":   endSession("id_token_hint", w.hint(bob, "app"), "post_logout_redirect_uri", bye),
		"forged hint":           endSession("id_token_hint", forged, "post_logout_redirect_uri", bye),
		"unsigned hint":         endSession("id_token_hint", "eyJhbGciOiJub25lIn0.e30.", "post_logout_redirect_uri", bye),
		"LO-04 unregistered":    endSession("id_token_hint", hint, "post_logout_redirect_uri", "https://evil.example/"),
		"ORD03 added parameter": endSession("id_token_hint", hint, "post_logout_redirect_uri", bye+"&z=1"),
	} {
		t.Run(name, func(t *testing.T) {
			b := w.browser()
			b.consented(ada.Email)
			s := b.do(http.MethodGet, target, nil)
			b.want(s, core.PageSignOut)
			if b.signedOut() {
				t.Fatal("signed out by looking")
			}
			if r := b.do(http.MethodPost, s.Form.Action, s.fields("decision", "signout"), "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden { // LO-06
				t.Errorf("cross-site: %d", r.status)
			}
			b.want(b.submit(s, "decision", "stay"), core.PageFinished)
			r := b.do(http.MethodPost, s.Form.Action, s.fields("decision", "signout"))
			want := issuer + "/signed-out"
			if name == "client alone" || strings.HasPrefix(name, "LO-03") {
				want = bye
			}
			if r.location != want {
				t.Errorf("leads to %q", r.location)
			}
			if !b.signedOut() {
				t.Error("still signed in")
			}
			b.want(b.submit(s, "decision", "signout"), core.PageSignedOut) // pressed twice
		})
	}
}

// consented signs in and agrees, whether or not it was agreed to before.
func (b *browser) consented(email string) {
	b.w.t.Helper()
	if s := b.signIn(request("app"), email); s.Name == core.PageConsent {
		b.submit(s, "decision", "allow", "remember", "on")
	}
}

func TestORD02_NobodySignedIn(t *testing.T) {
	w := newWorld(t)
	ada := w.account("ada@example.com")
	b := w.browser()
	b.want(b.get(endSession()), core.PageSignedOut)
	if s := b.do(http.MethodGet, endSession("client_id", "app", "post_logout_redirect_uri", bye), nil); s.location != issuer+"/signed-out" {
		t.Errorf("by client_id: %q", s.location)
	}
	if s := b.do(http.MethodGet, endSession("id_token_hint", w.hint(ada, "app"), "post_logout_redirect_uri", bye), nil); s.location != bye {
		t.Errorf("by hint: %q", s.location)
	}
	if s := b.do(http.MethodGet, endSession("id_token_hint", w.hint(ada, "app"), "client_id", "other"), nil); s.status != http.StatusBadRequest { // LO-05
		t.Errorf("mismatch: %d", s.status)
	}
}

func TestHintAlone_ShowsSignedOut(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.consented("ada@example.com")
	b.want(b.get(endSession("id_token_hint", w.hint(w.account("ada@example.com"), "app"))), core.PageSignedOut)
	if !b.signedOut() || w.count(core.EventSignedOut) != 1 {
		t.Error("still signed in, or no event")
	}
}

func TestCSR20_OldCookieAfterSignOut(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.consented("ada@example.com")
	kept := w.browser()
	kept.jar = copyJar(t, b)
	b.submit(b.get(endSession()), "decision", "signout")
	w.restart() // another replica
	if !kept.signedOut() {
		t.Error("the old cookie still works")
	}
}

func TestHeaders_OnEveryPage(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{request("nobody"), "/nothing", "/signed-out", request("app"), endSession("state", "a") + "&state=b"} {
		s := w.browser().get(target)
		for name, want := range map[string]string{ // AZ-10, AZ-11, CSR12, XSS11
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
		} {
			if s.header.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, s.header.Get(name))
			}
		}
		if !strings.HasPrefix(s.header.Get("Content-Security-Policy"), "default-src 'none'") || s.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", target, s.header)
		}
	}
	if s := w.browser().do(http.MethodGet, "/assets/style.1.css", nil); s.status != http.StatusOK || !strings.Contains(s.header.Get("Cache-Control"), "immutable") {
		t.Errorf("asset: %d %v", s.status, s.header)
	}
	if s := w.browser().do(http.MethodGet, "/assets/nothing", nil); s.status != http.StatusNotFound {
		t.Errorf("no asset: %d", s.status)
	}
}
