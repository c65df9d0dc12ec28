package cimd_test

import (
	"compress/gzip"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
)

// hostileURLs are client_ids that nobody is asked about.
var hostileURLs = []string{
	"https://", "https:///x", "https://app.example.com", "https://app.example.com/", "HTTPS://app.example.com/x", "http://app.example.com/x",
	"https://app.example.com/a/../b", "https://app.example.com/./b", "https://app.example.com/%2e%2e/b", "https://app.example.com/a/.%2E",
	"https://app.example.com/a%2f..%2fb", "https://app.example.com/a%5cb", "https://app.example.com/a%00b", "https://app.example.com/%252e%252e/x",
	"https://user@app.example.com/x", "https://user:pw@app.example.com/x", "https://@app.example.com/x", "https://app.example.com@evil.example/x",
	"https://app.example.com/x#f", "https://app.example.com/x#", "https://app.example.com/x?v=1", "https://app.example.com/x?",
	"https://app.example.com:/x", "https://app.example.com:0/x", "https://app.example.com:0443/x", "https://app.example.com:70000/x", "https://app.example.com:x/x",
	"https://app.example.com./x", "https://app..example.com/x", "https://.example.com/x", "https://-a.example.com/x", "https://a_b.example.com/x",
	"https://intranet/x", "https://localhost/x", "https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x", "https://0177.0.0.1/x",
	"https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/latest/meta-data/", "https://10.0.0.7/x", "https://example.0x1/x",
	"https://app.example.com/x y", "https://app.example.com/x\ty", "https://app.example.com/\\x", "https://app.example.com/%zz", "https://app.example.com/%2",
	"https://b\u00fccher.example/x", "https://app.example.com/\u202ex", "https://app.example.com/<x>", "https://[/x", "https://app.example.com/x\r\nHost: y",
	"https://app.example.com/" + strings.Repeat("x", 500), "file:///etc/passwd", "gopher://app.example.com/x", "https:app.example.com/x", "javascript:alert(1)//x",
}

// hostileHosts have a good form and lead where nobody may go.
var hostileHosts = []string{
	"127-0-0-2", "10-0-0-7", "172-16-0-1", "192-168-1-1", "100-64-0-1", "169-254-169-254", "192-0-0-192", "0-0-0-0", "224-0-0-1", "240-0-0-1",
	"255-255-255-255", "198-18-0-1", "192-0-2-1",
}

func (w *world) tryAll(t *testing.T, id string) {
	t.Helper()
	c := w.app()
	c.ID = id
	landed := w.person.Browser().Open(c.Authorize("openid").URL)
	if landed.Page() != "error" || landed.Status < 400 || landed.Status >= 500 {
		t.Errorf("%q: page %q, status %d", id, landed.Page(), landed.Status)
	}
	if got := c.Token(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}); got.Status < 400 || got.Status >= 500 {
		t.Errorf("%q at the token endpoint: %d %s", id, got.Status, got.Body)
	}
	if _, err := w.Store().Client(t.Context(), id); err == nil {
		t.Errorf("%q: a row was written", id)
	}
}

// CM-02 to CM-08, DCR10, SSR01, SSR07, SSR08: each is one page and one
// invalid_client, nobody is asked, and nothing is written.
func TestCM02_CM08_ThreatDCR10_hostileURLs(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	for _, id := range hostileURLs {
		w.tryAll(t, id)
	}
	if dials := w.dials(); len(dials) > 0 || w.asked.Load() > 0 {
		t.Errorf("dialled %v", dials)
	}
}

// CM-12, SSR05, SSR17: what a name leads to is judged when it is dialled, and all
// that comes of it looks the same.
func TestCM12_ThreatSSR05_namesOfPrivateAddresses(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	seen := map[string]bool{}
	for _, host := range hostileHosts {
		id := "https://" + host + ".ip.example/client.json"
		w.tryAll(t, id)
		_, err := w.lane.Load(t.Context(), w.Store(), id)
		var fault *core.ClientFault
		if !errors.As(err, &fault) || fault.Reason != "unreachable" {
			t.Errorf("%s: %v", host, err)
		}
		dials := w.dials()
		for addr, permitted := range dials {
			if seen[addr] = true; permitted {
				t.Errorf("%s: %s was dialled", host, addr)
			}
		}
		if len(dials) == 0 {
			t.Errorf("%s never got to the check", host)
		}
	}
	if w.asked.Load() > 0 {
		t.Error("somebody was asked")
	}
}

// hostile is what a site may say, with the word that its maker gets.
type hostile struct {
	want   string
	answer http.HandlerFunc
}

func says(want string, status int, kind, body string) hostile {
	return hostile{want, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}}
}

// hostileAnswers are no documents, or speak of secrets and keys.
func hostileAnswers(id string) map[string]hostile {
	body := func(want, body string) hostile { return says(want, 200, "application/json", body) }
	with := func(want string, changes ...string) hostile { return body(want, good(id, changes...)) }
	status := func(code int) hostile { return says("status", code, "application/json", good(id)) }
	typed := func(kind string) hostile { return says("content_type", 200, kind, good(id)) }
	jwks := func(more string) string {
		return `{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"` + more + `}]}`
	}
	return map[string]hostile{
		"201": status(201), "206": status(206), "404": status(404), "410": status(410), "500": status(500), "304 for nothing": {"status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }},
		"204":      {"status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }},
		"redirect": {"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) }},
		"html":     typed("text/html"), "text": typed("text/plain"), "no type": typed(""), "json by name": typed("text/json"),
		"gzip": {"content_encoding", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 1<<20))
			_ = z.Close()
		}},
		"too long":  with("too_large", "client_uri", `"https://app.example.com/`+strings.Repeat("x", 6<<10)+`"`),
		"no end":    {"too_large", func(w http.ResponseWriter, _ *http.Request) { endless(w) }},
		"array":     body("json", "[]"),
		"nothing":   body("json", ""),
		"null":      body("json", "null"),
		"trailing":  body("json", good(id)+"{}"),
		"twice":     body("json", strings.TrimSuffix(good(id), "}")+`, "client_id": "`+id+`"}`),
		"not UTF-8": body("json", strings.Replace(good(id), "Fieldnotes", "\xff", 1)),
		"with BOM":  body("json", "\xef\xbb\xbf"+good(id)),
		"deep":      with("json", "x", strings.Repeat("[", 400)+strings.Repeat("]", 400)),
		"no id":     with("client_id", "client_id", ""), "id of another": with("client_id", "client_id", `"`+id+`/"`), "id in other case": with("client_id", "client_id", `"`+strings.ToUpper(id)+`"`),
		"id is a list": with("client_id", "client_id", `["`+id+`"]`), "id in another member": with("client_id", "client_id", "", "Client_Id", `"`+id+`"`),
		"secret": with("client_secret", "client_secret", `"s"`), "empty secret": with("client_secret", "client_secret", "null"), "secret ends": with("client_secret_expires_at", "client_secret_expires_at", "0"),
		"basic": with("token_endpoint_auth_method", "token_endpoint_auth_method", `"client_secret_basic"`), "post": with("token_endpoint_auth_method", "token_endpoint_auth_method", `"client_secret_post"`),
		"jwt by secret": with("token_endpoint_auth_method", "token_endpoint_auth_method", `"client_secret_jwt"`),
		"only secrets":  with("token_endpoint_auth_methods_supported", "token_endpoint_auth_methods_supported", `["client_secret_basic"]`),
		"key missing":   with("jwks", "token_endpoint_auth_method", `"private_key_jwt"`),
		"private key":   with("jwks_private", "token_endpoint_auth_method", `"private_key_jwt"`, "jwks", jwks(`,"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"`)),
		"symmetric key": with("jwks_private", "jwks", `{"keys":[{"kty":"oct","k":"AAAA"}]}`),
		"no keys":       with("jwks", "jwks", `{"keys":[]}`),
		"two places":    with("jwks_uri", "jwks", jwks(""), "jwks_uri", `"https://app.example.com/keys"`),
		"keys by http":  with("jwks_uri", "jwks_uri", `"http://app.example.com/keys"`), "keys by user": with("jwks_uri", "jwks_uri", `"https://u@app.example.com/keys"`),
	}
}

// hostileMembers are documents that ask for what no client may have.
func hostileMembers(id string) map[string]hostile {
	with := func(want string, changes ...string) hostile {
		return says(want, 200, "application/json", good(id, changes...))
	}
	return map[string]hostile{
		"no name": with("client_name", "client_name", ""), "blank name": with("client_name", "client_name", `"  "`), "name is a number": with("client_name", "client_name", "7"),
		"bidi name": with("client_name", "client_name", `"Field\u202eseton"`), "hidden name": with("client_name", "client_name", `"Field\u200bnotes"`),
		"long name": with("client_name", "client_name", `"`+strings.Repeat("n", 201)+`"`), "two lines": with("client_name", "client_name", `"a\nb"`),
		"no redirects": with("redirect_uris", "redirect_uris", ""), "empty redirects": with("redirect_uris", "redirect_uris", "[]"), "null redirects": with("redirect_uris", "redirect_uris", "null"),
		"redirects a string": with("redirect_uris", "redirect_uris", `"https://app.example.com/cb"`), "numbers": with("redirect_uris", "redirect_uris", "[1]"),
		"null in it": with("redirect_uris", "redirect_uris", "[null]"), "lists in it": with("redirect_uris", "redirect_uris", `[["https://app.example.com/cb"]]`),
		"redirect by http": with("redirect_uris", "redirect_uris", `["http://app.example.com/cb"]`), "script": with("redirect_uris", "redirect_uris", `["javascript:alert(1)"]`),
		"wildcard": with("redirect_uris", "redirect_uris", `["https://*.example.com/cb"]`), "fragment": with("redirect_uris", "redirect_uris", `["https://app.example.com/cb#x"]`),
		"many":        with("redirect_uris", "redirect_uris", `[`+strings.Repeat(`"https://app.example.com/",`, 40)+`"https://app.example.com/"]`),
		"logout http": with("post_logout_redirect_uris", "post_logout_redirect_uris", `["http://app.example.com/bye"]`),
		"home script": with("client_uri", "client_uri", `"javascript:alert(1)"`), "logo data": with("logo_uri", "logo_uri", `"data:image/svg+xml,x"`),
		"terms http": with("tos_uri", "tos_uri", `"http://app.example.com/"`), "policy a list": with("policy_uri", "policy_uri", `[]`),
		"implicit alone": with("grant_types", "grant_types", `["implicit"]`), "machine alone": with("grant_types", "grant_types", `["client_credentials"]`),
		"grants a string": with("grant_types", "grant_types", `"authorization_code"`), "token response": with("response_types", "response_types", `["token"]`),
		"kind": with("application_type", "application_type", `"browser"`), "unsigned": with("id_token_signed_response_alg", "id_token_signed_response_alg", `"none"`),
		"scope a list": with("scope", "scope", `["openid"]`),
	}
}

func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	for {
		if _, err := w.Write([]byte(strings.Repeat(" ", 4096))); err != nil {
			return
		}
	}
}

// CM-10, CM-11, CM-15, CM-17, CM-20 to CM-27, DCR11, DCR12, DCR15, SSR06, SSR12
// to SSR15: one page, one word for the maker, no row, and the next try is not
// held up by this one.
func TestCM10_CM27_ThreatDCR11_hostileAnswers(t *testing.T) {
	w := newWorld(t, cimd.Options{PerHost: 1000, All: 1000})
	answers := hostileAnswers(w.id)
	maps.Copy(answers, hostileMembers(w.id))
	if len(answers) < 60 {
		t.Fatalf("%d answers", len(answers))
	}
	c, browser := w.app(), w.person.Browser()
	for name, one := range answers {
		w.answers(one.answer)
		w.Advance(time.Hour) // past any hold
		landed := browser.Open(c.Authorize("openid").URL)
		if landed.Page() != "error" || landed.Status != http.StatusBadRequest || !landed.Says(one.want) || !landed.Says("app.example.com") {
			t.Errorf("%s: page %q, status %d, wants the word %q\n%s", name, landed.Page(), landed.Status, one.want, landed.Heading())
		}
		if w.row(t).Version != 0 {
			t.Fatalf("%s: a row was written", name)
		}
	}
	w.publish()
	w.Advance(time.Hour)
	if landed := browser.Open(c.Authorize("openid").URL); landed.Page() != "signin" {
		t.Errorf("the good document: page %q, status %d", landed.Page(), landed.Status)
	}
}
