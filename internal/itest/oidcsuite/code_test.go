package oidcsuite_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

func pkcePair() (verifier, challenge string) {
	verifier = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	return verifier, base64.RawURLEncoding.EncodeToString(sum[:])
}

func codeReuse(m *module) {
	r := m.flow(client1)
	m.checkDenied(m.redeem(client1, r.code, ""), http.StatusBadRequest, "invalid_grant")
}

// codeReuse30 does so half a minute later, and then the access token is dead.
func codeReuse30(m *module) {
	r := m.flow(client1)
	m.clock.pass(30 * time.Second)
	m.checkDenied(m.redeem(client1, r.code, ""), http.StatusBadRequest, "invalid_grant")
	a := m.get(m.meta.text("userinfo_endpoint"), "Authorization", "Bearer "+r.tokens.Access)
	if a.status/100 != 4 {
		m.Errorf("CD-04: the access token outlived the replay: %d", a.status)
	}
}

// registeredRedirect: an unregistered address is never called, nor is the
// registered one in its stead.
func registeredRedirect(m *module) {
	m.checkFault(m.visit(m.request(client1, "redirect_uri", callback+"/"+rand.Text())))
}

// postRequest: the suite posts the request from no page.
func postRequest(m *module) {
	q := m.request(client1)
	at := m.browser.complete(m.browser.post(m.meta.text("authorization_endpoint"), q))
	m.finish(client1, q, at, "")

	// The same from a page of the client, which gets no cookies.
	q = m.request(client1)
	header := []string{"Sec-Fetch-Site", "cross-site", "Origin", suiteHost}
	if m.bare {
		header = nil
	}
	at = m.browser.complete(m.browser.post(m.meta.text("authorization_endpoint"), q, header...))
	m.finish(client1, q, at, "")

	// And from somebody signed in, for whom nothing is left to ask.
	m.browser.asked()
	q = m.request(client1, "prompt", "none", "state", longState())
	m.finish(client1, q, m.browser.complete(m.browser.post(m.meta.text("authorization_endpoint"), q)), "")
	m.checkNobodyAsked()
}

// requestURI: not supported, and said so.
func requestURI(m *module) {
	if m.meta["request_uri_parameter_supported"] != false {
		m.Error("DS-04: request_uri_parameter_supported is not false")
	}
	q := m.request(client1, "request_uri", suiteHost+"/test/a/keywright/requesturi/1")
	m.checkRefused(q, m.visit(q), "request_uri_not_supported")
}

// unsignedObject is a request object with the algorithm none.
func (m *module) unsignedObject(q url.Values) string {
	object := claims{"iss": client1.id, "aud": m.issuer}
	for name := range q {
		object[name] = q.Get(name)
	}
	body, err := json.Marshal(object)
	must(m.T, err)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(body) + "."
}

func requestObject(m *module) {
	q := m.request(client1)
	q.Set("request", m.unsignedObject(q))
	m.checkRefused(q, m.visit(q), "request_not_supported")
}

// requestObjectRedirect: the address outside is wrong and the one inside right;
// no default is fallen back to.
func requestObjectRedirect(m *module) {
	q := m.request(client1)
	q.Set("request", m.unsignedObject(q))
	q.Set("redirect_uri", callback+"/"+rand.Text())
	m.checkFault(m.visit(q))
}

// refreshModule: both clients refresh; then the first tries the second's token.
func refreshModule(m *module) {
	if !slices.Contains(m.meta.list("grant_types_supported"), "refresh_token") {
		m.Error("refresh_token is not advertised")
	}
	m.refreshWith(client1, "openid offline_access")
	second := m.refreshWith(client2, "")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {second}}
	a := m.token(client1, form)
	if a.status != 400 && a.status != 401 || a.errorCode() != "invalid_grant" {
		m.Errorf("RT-01: %d %s", a.status, a.body)
	}
	if again := m.token(client2, form); again.status != http.StatusOK {
		m.Errorf("RT-01: the attempt harmed its owner: %d %s", again.status, again.body)
	}
}

// refreshWith runs a flow with a nonce of 43 characters and refreshes.
func (m *module) refreshWith(c client, scope string) string {
	m.Helper()
	_, nonce := pkcePair()
	first := m.flow(c, "scope", "openid offline_access", "prompt", "consent", "nonce", nonce)
	if !slices.Contains(m.browser.asked(), "consent") {
		m.Error("OC-12: prompt=consent did not ask")
	}
	if first.tokens.Refresh == "" {
		m.Fatal("no refresh token")
	}
	m.checkEntropy("refresh_token", first.tokens.Refresh, 96)
	m.clock.pass(3 * time.Second)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.tokens.Refresh}}
	if scope != "" {
		form.Set("scope", scope)
	}
	second := m.checkTokens(m.token(c, form))
	if second.Access == first.tokens.Access {
		m.Error("the access token is the same")
	}
	if !strings.Contains(second.Scope, "openid") || second.ID == "" {
		m.Fatalf("no refreshed ID token: scope %q", second.Scope)
	}
	again := ""
	_, id := m.openToken(second.ID)
	if id["nonce"] != nil {
		again = nonce // if it comes, it is the first one
	}
	id = m.checkIDToken(c, second, again)
	m.checkSame(first.id, id, "iss", "sub", "aud", "azp", "auth_time")
	if id.number("iat") <= first.id.number("iat") {
		m.Errorf("OC-31: iat %v, then %v", first.id["iat"], id["iat"])
	}
	m.checkUserInfo(second.Access, id)
	if second.Refresh != "" {
		return second.Refresh
	}
	return first.tokens.Refresh
}

func basicOf(c client) string {
	return base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(c.id) + ":" + url.QueryEscape(c.secret)))
}
