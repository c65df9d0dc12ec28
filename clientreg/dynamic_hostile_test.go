package clientreg

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func with(members string) string { return `{"redirect_uris":["http://127.0.0.1/cb"],` + members + `}` }

func redirectTo(uri string) string { return `{"redirect_uris":["http://127.0.0.1/cb","` + uri + `"]}` }

// hostile registrations and what each hears. They are sent to a whole provider in
// core/provider as well, in other words.
var hostile = []struct{ name, body, code, says string }{
	{"DCR01 another site", redirectTo("https://evil.example/cb"), "invalid_redirect_uri", "redirect_uris[1]"},
	{"DCR01 nearly what is listed", redirectTo(vscodeDev + "/"), "invalid_redirect_uri", "redirect_uris[1]"},
	{"DCR01 a host that begins like loopback", redirectTo("http://127.0.0.1.evil.example/cb"), "invalid_redirect_uri", "redirect_uris[1]"},
	{"DCR01 a host that begins like localhost", redirectTo("http://localhost.evil.example/cb"), "invalid_redirect_uri", "[1]"},
	{"DCR01 every address", redirectTo("http://0.0.0.0/cb"), "invalid_redirect_uri", "[1]"},
	{"DCR01 loopback in short", redirectTo("http://127.1/cb"), "invalid_redirect_uri", "[1]"},
	{"DCR01 loopback over TLS", redirectTo("https://localhost/cb"), "invalid_redirect_uri", "[1]"},
	{"DCR01 a scheme of the person's own", redirectTo("com.evil.app:/cb"), "invalid_redirect_uri", "[1]"},
	{"RED08 code", redirectTo("javascript:alert(1)"), "invalid_redirect_uri", "never allowed"},
	{"RED08 data", redirectTo("data:text/html,x"), "invalid_redirect_uri", "never allowed"},
	{"RED13 a fragment", redirectTo("http://127.0.0.1/cb#x"), "invalid_redirect_uri", "fragment"},
	{"RD-01 a wildcard", redirectTo("http://127.0.0.1/*"), "invalid_redirect_uri", "wildcard"},
	{"RD-09 a user name", redirectTo("http://127.0.0.1@evil.example/cb"), "invalid_redirect_uri", "user name"},
	{"RD-09 a line break", redirectTo(`http://127.0.0.1/cb\r\nX: y`), "invalid_redirect_uri", "character"},
	{"RED17 100 KB of path", redirectTo("http://127.0.0.1/" + strings.Repeat("a", 10<<10)), "invalid_redirect_uri", "2048"},
	{"RED17 five hundred addresses", `{"redirect_uris":["http://127.0.0.1/a` + many(500) + `"]}`, "invalid_redirect_uri", "more than"},
	{"DCR15 no addresses", `{}`, "invalid_redirect_uri", "missing"},
	{"DCR15 an empty list", `{"redirect_uris":[]}`, "invalid_redirect_uri", "missing"},
	{"DCR15 null", `{"redirect_uris":null}`, "invalid_redirect_uri", "missing"},
	{"DCR15 a text for a list", `{"redirect_uris":"http://127.0.0.1/cb"}`, "invalid_redirect_uri", "list of strings"},
	{"DCR15 numbers", `{"redirect_uris":[1,2]}`, "invalid_redirect_uri", "list of strings"},
	{"DCR15 null inside", `{"redirect_uris":["http://127.0.0.1/cb",null]}`, "invalid_redirect_uri", "list of strings"},
	{"DCR15 lists of lists", `{"redirect_uris":[["http://127.0.0.1/cb"]]}`, "invalid_redirect_uri", "list of strings"},
	{"another spelling of a member", `{"Redirect_URIs":["http://127.0.0.1/cb"]}`, "invalid_redirect_uri", "missing"},
	{"a member twice", `{"redirect_uris":["http://127.0.0.1/cb"],"redirect_uris":["https://evil.example/cb"]}`, "invalid_client_metadata", "once"},
	{"DCR06 ten thousand deep", strings.Repeat("[", 10_000), "invalid_client_metadata", "JSON"},
	{"DCR06 bad UTF-8", with("\"client_name\":\"\xff\""), "invalid_client_metadata", "JSON"},
	{"DCR06 20 KB", with(`"x":"` + strings.Repeat("a", 20<<10) + `"`), "invalid_client_metadata", "16 KiB"},
	{"nothing", ``, "invalid_client_metadata", "JSON"},
	{"a list", `[]`, "invalid_client_metadata", "JSON"},
	{"two objects", `{}{}`, "invalid_client_metadata", "JSON"},
	{"DCR02 implicit", with(`"grant_types":["authorization_code","implicit"]`), "invalid_client_metadata", "grant_types"},
	{"DCR02 password", with(`"grant_types":["password"]`), "invalid_client_metadata", "grant_types"},
	{"DCR02 client credentials", with(`"grant_types":["client_credentials"]`), "invalid_client_metadata", "grant_types"},
	{"DR-04 refresh alone", with(`"grant_types":["refresh_token"]`), "invalid_client_metadata", "authorization_code"},
	{"DR-04 tokens in the address", with(`"response_types":["code","token"]`), "invalid_client_metadata", "response_types"},
	{"DCR02 keys", with(`"token_endpoint_auth_method":"private_key_jwt","jwks":{"keys":[]}`), "invalid_client_metadata", "none"},
	{"DCR02 a private key", with(`"jwks":{"keys":[{"kty":"EC","d":"AA"}]}`), "invalid_client_metadata", "jwks"},
	{"DCR02 keys elsewhere", with(`"jwks_uri":"http://169.254.169.254/"`), "invalid_client_metadata", "jwks_uri"},
	{"DCR02 a certificate", with(`"token_endpoint_auth_method":"tls_client_auth"`), "invalid_client_metadata", "none"},
	{"DCR02 scopes of the operator's alone", with(`"scope":"admin"`), "invalid_client_metadata", "scope"},
	{"scopes of nobody", with(`"scope":"nosuch \u0000"`), "invalid_client_metadata", "scope"},
	{"unsigned", with(`"id_token_signed_response_alg":"none"`), "invalid_client_metadata", "id_token_signed_response_alg"},
	{"a shared key", with(`"id_token_signed_response_alg":"HS256"`), "invalid_client_metadata", "id_token_signed_response_alg"},
	{"XSS04 a link that runs", with(`"client_uri":"JaVaScRiPt:alert(1)"`), "invalid_client_metadata", "client_uri"},
	{"XSS04 a hidden character", with(`"tos_uri":"\u0001javascript:alert(1)"`), "invalid_client_metadata", "tos_uri"},
	{"XSS04 data", with(`"policy_uri":"data:text/html,x"`), "invalid_client_metadata", "policy_uri"},
	{"SSR01 a picture inside", with(`"logo_uri":"http://169.254.169.254/latest"`), "invalid_client_metadata", "logo_uri"},
	{"a link with markup", with(`"client_uri":"https://a.example/\"><script>"`), "invalid_client_metadata", "client_uri"},
	{"a name from right to left", with(`"client_name":"\u202eedoC"`), "invalid_client_metadata", "client_name"},
	{"a name with a line break", with(`"client_name":"Code\nverified by the operator"`), "invalid_client_metadata", "client_name"},
	{"half a character", with(`"client_name":"\ud83d"`), "invalid_client_metadata", "client_name"},
	{"a name without end", with(`"client_name":"` + strings.Repeat("a", 300) + `"`), "invalid_client_metadata", "client_name"},
	{"a name that is a list", with(`"client_name":["a"]`), "invalid_client_metadata", "client_name"},
	{"an application of a third kind", with(`"application_type":"root"`), "invalid_client_metadata", "application_type"},
	{"a way back elsewhere", with(`"post_logout_redirect_uris":["https://evil.example/"]`), "invalid_client_metadata", "post_logout"},
	{"DR-10 a statement of nobody", with(`"software_statement":"e30.e30.AA"`), "unapproved_software_statement", "leave"},
	{"DR-10 no statement", with(`"software_statement":"e30"`), "invalid_software_statement", "JWT"},
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `","http://127.0.0.1/%d`, i)
	}
	return b.String()
}

func TestDCR_hostileRegistrations(t *testing.T) {
	l := dynamicLane(t)
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			_, err := l.Read(dynamicTools(), []byte(c.body))
			var refused *core.OAuthError
			if !errors.As(err, &refused) || string(refused.Code) != c.code || !strings.Contains(refused.Description, c.says) {
				t.Fatalf("got %v, want %s with %q", err, c.code, c.says)
			}
		})
	}
}
