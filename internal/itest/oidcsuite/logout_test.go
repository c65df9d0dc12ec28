package oidcsuite_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// logoutPlan is oidcc-rp-initiated-logout-certification-test-plan.
var logoutPlan = []play{
	{"oidcc-rp-initiated-logout-discovery-endpoint-verification", logoutDiscovery},
	{"oidcc-rp-initiated-logout", logoutWith(longState())},
	{"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", logoutStays("post_logout_redirect_uri", goneBack+"/"+rand.Text())},
	{"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", logoutStays("post_logout_redirect_uri", goneBack+"?foo=bar")},
	{"oidcc-rp-initiated-logout-no-id-token-hint", logoutStays("id_token_hint", "")},
	{"oidcc-rp-initiated-logout-modified-id-token-hint", modifiedHint},
	{"oidcc-rp-initiated-logout-bad-id-token-hint", foreignHint},
	{"oidcc-rp-initiated-logout-no-params", logoutEnds(false, false)},
	{"oidcc-rp-initiated-logout-only-state", logoutEnds(false, true)},
	{"oidcc-rp-initiated-logout-no-post-logout-redirect-uri", logoutEnds(true, false)},
	{"oidcc-rp-initiated-logout-no-state", logoutWith("")},
}

func logoutDiscovery(m *module) {
	if !strings.HasPrefix(m.meta.text("end_session_endpoint"), m.issuer+"/") {
		m.Errorf("end_session_endpoint is %v", m.meta["end_session_endpoint"])
	}
	verifyDiscovery(m)
}

// signOut sends the browser to the end session endpoint and lets the person
// confirm.
func (m *module) signOut(q url.Values) landing {
	m.Helper()
	return m.browser.complete(m.browser.open(m.meta.text("end_session_endpoint") + "?" + q.Encode()))
}

// checkSignedOut: a silent request finds nobody signed in.
func (m *module) checkSignedOut() {
	m.Helper()
	q := m.request(client1, "prompt", "none")
	m.checkRefused(q, m.visit(q), "login_required", "interaction_required", "account_selection_required")
}

// logoutWith goes back to the client, with the state if there is one.
func logoutWith(state string) func(*module) {
	return func(m *module) {
		r := m.flow(client1)
		q := url.Values{"id_token_hint": {r.rawID}, "post_logout_redirect_uri": {goneBack}}
		want := goneBack
		if state != "" {
			q.Set("state", state)
			want += "?state=" + state
		}
		if at := m.signOut(q); !at.called || at.url.String() != want {
			m.Errorf("LO-04: back at %s, not at %s", at, want)
		}
		m.checkSignedOut()
	}
}

// logoutStays changes one parameter of a good request, after which nobody may be
// sent back.
func logoutStays(name, value string) func(*module) {
	return func(m *module) {
		r := m.flow(client1)
		q := url.Values{"id_token_hint": {r.rawID}, "post_logout_redirect_uri": {goneBack}, "state": {longState()}}
		q.Set(name, value)
		if value == "" {
			q.Del(name)
		}
		m.checkStays(q)
	}
}

// checkStays: a page is shown, of which a picture is taken.
func (m *module) checkStays(q url.Values) {
	m.Helper()
	at := m.signOut(q)
	if at.called || !slices.Contains([]string{"signedout", "error"}, at.name()) || at.page.Heading() == "" {
		m.Errorf("LO-04: ended at %s", at)
	}
}

// modifiedHint takes the signature off the hint.
func modifiedHint(m *module) {
	r := m.flow(client1)
	parts := strings.Split(r.rawID, ".")
	hint := m.unsignedObject(url.Values{"sub": {r.id.text("sub")}, "sid": {r.id.text("sid")}})
	m.checkStays(url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goneBack}, "state": {longState()}})
	m.flow(client1)
	header, _, _ := strings.Cut(hint, ".")
	m.checkStays(url.Values{"id_token_hint": {header + "." + parts[1] + "."}, "post_logout_redirect_uri": {goneBack}})
}

// foreignHint signs the same claims with another key, under the kid of ours.
func foreignHint(m *module) {
	r := m.flow(client1)
	signed, err := jose.ParseSignedCompact(r.rawID, signatures)
	must(m.T, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: newKey(m.T, jose.RS256)},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", signed.Signatures[0].Header.KeyID))
	must(m.T, err)
	forged, err := signer.Sign(signed.UnsafePayloadWithoutVerification())
	must(m.T, err)
	hint, err := forged.CompactSerialize()
	must(m.T, err)
	m.checkStays(url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {goneBack}, "state": {longState()}})
}

// logoutEnds asks for no way back: the session ends on a page of ours.
func logoutEnds(hint, state bool) func(*module) {
	return func(m *module) {
		r := m.flow(client1)
		q := url.Values{}
		if hint {
			q.Set("id_token_hint", r.rawID)
		}
		if state {
			q.Set("state", longState())
		}
		if at := m.signOut(q); at.name() != "signedout" || at.status != http.StatusOK || at.page.Heading() == "" {
			m.Errorf("ended at %s", at)
		}
		m.checkSignedOut()
	}
}

// TestLO01_PostedSignOut: a client's page posts to the endpoint, for which
// browsers keep our cookies.
func TestLO01_PostedSignOut(t *testing.T) {
	issuers(t, func(t *testing.T, v *server) {
		m := v.begin(t, "")
		r := m.flow(client1)
		q := url.Values{"id_token_hint": {r.rawID}, "post_logout_redirect_uri": {goneBack}, "state": {longState()}, "client_id": {client1.id}}
		var header []string
		if !v.bare {
			header = []string{"Sec-Fetch-Site", "cross-site", "Origin", suiteHost}
		}
		kept := m.browser.http.Jar
		m.browser.http.Jar = &lax{CookieJar: kept}
		at := m.browser.complete(m.browser.post(m.meta.text("end_session_endpoint"), q, header...))
		m.browser.http.Jar = kept
		if !at.called || at.url.String() != goneBack+"?state="+q.Get("state") {
			t.Errorf("LO-04: back at %s", at)
		}
		m.checkSignedOut()
	})
}

// lax sends no cookies with the first request, as browsers do for SameSite=Lax
// with what another site posts.
type lax struct {
	http.CookieJar
	sent bool
}

func (l *lax) Cookies(u *url.URL) []*http.Cookie {
	if !l.sent {
		l.sent = true
		return nil
	}
	return l.CookieJar.Cookies(u)
}
