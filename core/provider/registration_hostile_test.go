package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
)

// badRegistration is what is sent to the registration endpoint, and the answer.
type badRegistration struct {
	name, body, code string
	status           int
	headers          []string
}

const badURI, badMetadata = "invalid_redirect_uri", "invalid_client_metadata"

func badRegistrations() []badRegistration {
	to := func(uri string) string { return `{"redirect_uris":["http://127.0.0.1/cb","` + uri + `"]}` }
	with := func(member string) string { return `{"redirect_uris":["http://127.0.0.1/cb"],` + member + `}` }
	return []badRegistration{
		{name: "DCR01 another site", body: to("https://evil.example/cb"), code: badURI},
		{name: "DCR01 nearly the listed one", body: to(assistant + "?x=1"), code: badURI},
		{name: "DCR01 listed, with a port", body: to("https://assistant.example:443/callback"), code: badURI},
		{name: "DCR01 plain http", body: to("http://app.example/cb"), code: badURI},
		{name: "DCR01 every address", body: to("http://0.0.0.0/cb"), code: badURI},
		{name: "DCR01 loopback as a number", body: to("http://2130706433/cb"), code: badURI},
		{name: "DCR01 mapped loopback", body: to("http://[::ffff:127.0.0.1]/cb"), code: badURI},
		{name: "DCR01 localhost with a dot", body: to("http://localhost./cb"), code: badURI},
		{name: "DCR01 below localhost", body: to("http://x.localhost/cb"), code: badURI},
		{name: "DCR01 an agent's scheme", body: to("cursor://evil/cb"), code: badURI},
		{name: "RED08 code", body: to("javascript:alert(1)"), code: badURI},
		{name: "RED08 data", body: to("data:text/html,x"), code: badURI},
		{name: "RED08 a file", body: to("file:///etc/passwd"), code: badURI},
		{name: "RED13 an empty fragment", body: to("http://127.0.0.1/cb#"), code: badURI},
		{name: "RD-09 a user name", body: to("http://127.0.0.1@evil.example/"), code: badURI},
		{name: "RD-01 a wildcard", body: to("http://127.0.0.1:*/cb"), code: badURI},
		{name: "DCR15 a text", body: `{"redirect_uris":"http://127.0.0.1/cb"}`, code: badURI},
		{name: "DCR15 nothing in it", body: `{"redirect_uris":[]}`, code: badURI},
		{name: "DCR02 implicit", body: with(`"grant_types":["authorization_code","implicit"]`), code: badMetadata},
		{name: "DCR02 password", body: with(`"grant_types":["authorization_code","password"]`), code: badMetadata},
		{name: "DCR02 client credentials", body: with(`"grant_types":["client_credentials"]`), code: badMetadata},
		{name: "DCR02 hybrid", body: with(`"response_types":["code id_token"]`), code: badMetadata},
		{name: "DCR02 keys inside", body: with(`"jwks_uri":"http://169.254.169.254/jwks"`), code: badMetadata},
		{name: "DCR02 a private key", body: with(`"jwks":{"keys":[{"kty":"OKP","d":"AA"}]}`), code: badMetadata},
		{name: "DCR02 the operator's scope", body: with(`"scope":"admin"`), code: badMetadata},
		{name: "XSS04 a link that runs", body: with(`"client_uri":"JaVaScRiPt:alert(1)"`), code: badMetadata},
		{name: "a name from right to left", body: with(`"client_name":"\u202eilC"`), code: badMetadata},
		{name: "DR-10 a statement", body: with(`"software_statement":"e30.e30.AA"`), code: "unapproved_software_statement"},
		{name: "too long for an id", body: with(`"tos_uri":"https://x.example/` + noise(900) + `"`), code: badMetadata},
		{name: "DCR06 10 MB", body: with(`"x":"` + strings.Repeat("a", 10<<20) + `"`), code: badMetadata, status: http.StatusRequestEntityTooLarge},
		{name: "DCR06 ten thousand deep", body: strings.Repeat(`{"a":`, 10_000), code: badMetadata},
		{name: "DCR06 ten thousand addresses", body: `{"redirect_uris":["` + strings.Repeat(`http://127.0.0.1/cb","`, 2000) + `"]}`, code: badMetadata},
		{name: "DCR06 bad UTF-8", body: with("\"client_name\":\"\xff\""), code: badMetadata},
		{name: "DCR08 a form of another site", body: cli, code: badMetadata, status: http.StatusUnsupportedMediaType, headers: []string{"Content-Type", "text/plain"}},
		{name: "DCR08 a form", body: "redirect_uris=x", code: badMetadata, status: http.StatusUnsupportedMediaType, headers: []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{name: "compressed", body: cli, code: badMetadata, status: http.StatusUnsupportedMediaType, headers: []string{"Content-Encoding", "gzip"}},
		{name: "nothing", body: "", code: badMetadata},
	}
}

// The same hostile metadata as in clientreg, and more, over HTTP: one clear
// answer, and nothing is stored.
func TestDCR_hostileRegistrationsStoreNothing(t *testing.T) {
	w := newRegisteringWorld(t, clientreg.DynamicOptions{Redirects: []string{assistant}, PerAddress: 1000})
	clients, events := w.rows()
	for _, c := range badRegistrations() {
		t.Run(c.name, func(t *testing.T) {
			if c.status == 0 {
				c.status = http.StatusBadRequest
			}
			r := w.send(http.MethodPost, "/register", c.body, c.headers...)
			if r.status != c.status || r.says("error") != c.code || r.says("error_description") == "" || strings.Contains(r.text, "evil") {
				t.Errorf("%d %s, want %d %s", r.status, r.text, c.status, c.code)
			}
		})
	}
	if c, e := w.rows(); c != clients || e != events {
		t.Errorf("%d clients and %d events more", c-clients, e-events)
	}
	for method, want := range map[string]int{http.MethodGet: 405, http.MethodPut: 405, http.MethodDelete: 405} {
		if r := w.send(method, "/register", cli); r.status != want {
			t.Errorf("%s: status %d", method, r.status)
		}
	}
}

// noise does not compress.
func noise(n int) string {
	var b strings.Builder
	for i := uint32(1); b.Len() < n; i++ {
		fmt.Fprintf(&b, "%08x", i*2654435761^i<<13)
	}
	return b.String()
}
