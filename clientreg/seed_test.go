package clientreg

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// refusals change a good seed and name what the problem must say; nothing where
// the seed stays good.
type refusals map[string]struct {
	change func(*Seed)
	want   string
}

func (r refusals) check(t *testing.T) {
	t.Helper()
	for name, c := range r {
		s := webSeed()
		c.change(&s)
		_, err := checkSeeds([]Seed{s}, "")
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want it to name %s", name, err, c.want)
		}
	}
}

func TestSeed_refusesIDsAndRedirects(t *testing.T) {
	refusals{
		"as it is":                    {func(*Seed) {}, ""},
		"BC-02 no id":                 {func(s *Seed) { s.ID = "" }, "client_id"},
		"BC-02 id like a URL":         {func(s *Seed) { s.ID = "https://a.example/" }, "client_id"},
		"BC-02 id like a URL, upper":  {func(s *Seed) { s.ID = "HTTPS://a.example/" }, "client_id"},
		"BC-02 id of registration":    {func(s *Seed) { s.ID = "kw_cl_x" }, "client_id"},
		"TK-09 id like a subject":     {func(s *Seed) { s.ID = "usr_x" }, "client_id"},
		"BC-02 id too long":           {func(s *Seed) { s.ID = strings.Repeat("a", 513) }, "client_id"},
		"BC-02 longest id":            {func(s *Seed) { s.ID = strings.Repeat("a", 512) }, ""},
		"BC-02 id with space":         {func(s *Seed) { s.ID = "a b" }, "client_id"},
		"BC-02 id not ASCII":          {func(s *Seed) { s.ID = "é" }, "client_id"},
		"RD-01 wildcard":              {func(s *Seed) { s.RedirectURIs = []string{"https://*.app.example/cb"} }, "redirect_uris[0]"},
		"RD-08 plain http":            {func(s *Seed) { s.RedirectURIs = []string{"http://app.example/cb"} }, "redirect_uris[0]"},
		"RD-09 fragment":              {func(s *Seed) { s.RedirectURIs = []string{"https://app.example/cb#x"} }, "redirect_uris[0]"},
		"RD-09 javascript":            {func(s *Seed) { s.LogoutURIs = []string{"javascript:alert(1)"} }, "post_logout_redirect_uris[0]"},
		"RD-10 scheme without period": {func(s *Seed) { s.RedirectURIs = []string{"myapp:/cb"} }, "redirect_uris[0]"},
		"RD-10 known agent":           {func(s *Seed) { s.RedirectURIs = []string{"cursor://h/cb"} }, ""},
		"RD-08 loopback":              {func(s *Seed) { s.RedirectURIs = []string{"http://127.0.0.1:8080/cb"} }, ""},
		"OR-02 web with loopback":     {func(s *Seed) { s.ApplicationType, s.RedirectURIs = "web", []string{"http://localhost/cb"} }, "redirect_uris"},
		"OR-02 unknown type":          {func(s *Seed) { s.ApplicationType = "tv" }, "application_type"},
		"RED16 no redirect URI":       {func(s *Seed) { s.RedirectURIs = nil }, "redirect_uris"},
	}.check(t)
}

func TestSeed_refusesTheRest(t *testing.T) {
	const jwk = `{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}`
	refusals{
		"CA-04 no secret":              {func(s *Seed) { s.Secret = Secret{} }, "secret is missing"},
		"CA-04 short secret":           {func(s *Seed) { s.Text = "0123456789abcde" }, "16 bytes"},
		"CA-04 shortest secret":        {func(s *Seed) { s.Text = "0123456789abcdef" }, ""},
		"CA-04 two forms":              {func(s *Seed) { s.SHA256 = strings.Repeat("a", 64) }, "one form"},
		"CA-04 bad hash":               {func(s *Seed) { s.Secret = Secret{SHA256: "abc"} }, "secret_sha256"},
		"CA-04 variable not set":       {func(s *Seed) { s.Secret = Secret{Env: "KEYWRIGHT_NO_SUCH"} }, "KEYWRIGHT_NO_SUCH"},
		"CA-04 file not there":         {func(s *Seed) { s.Secret = Secret{File: "nowhere/x"} }, "secret_file"},
		"CA-11 secret of a public one": {func(s *Seed) { s.AuthMethod = "none" }, "leave it out"},
		"CA-10 unknown method":         {func(s *Seed) { s.AuthMethod = "client_secret_jwt" }, "token_endpoint_auth_method"},
		"OR-03 no keys":                {func(s *Seed) { s.Secret, s.AuthMethod = Secret{}, "private_key_jwt" }, "jwks"},
		"OR-03 keys":                   {func(s *Seed) { s.Secret, s.AuthMethod, s.Keys = Secret{}, "private_key_jwt", jwk }, ""},
		"OR-03 keys and URI":           {func(s *Seed) { s.Keys, s.KeysURI = jwk, "https://a.example/k" }, "keep one"},
		"OR-03 private key":            {func(s *Seed) { s.Keys = `{"keys":[{"kty":"EC","d":"x"}]}` }, "private"},
		"OR-03 symmetric key":          {func(s *Seed) { s.Keys = `{"keys":[{"kty":"oct","k":"x"}]}` }, "private"},
		"OR-03 not a set":              {func(s *Seed) { s.Keys = `{"kty":"EC"}` }, "JWK Set"},
		"OR-03 key set by http":        {func(s *Seed) { s.KeysURI = "http://a.example/k" }, "jwks_uri"},
		"OR-04 javascript":             {func(s *Seed) { s.LogoURI = "javascript:alert(1)" }, "logo_uri"},
		"TK-08 password":               {func(s *Seed) { s.GrantTypes = []string{"password"} }, "grant_types"},
		"RT-09 refresh alone":          {func(s *Seed) { s.GrantTypes = []string{"refresh_token"} }, "refresh_token alone"},
		"TK-09 public client_credentials": {func(s *Seed) {
			s.Secret, s.AuthMethod, s.GrantTypes = Secret{}, "none", []string{"client_credentials"}
		}, "client_credentials"},
		"TX-02 public token exchange": {func(s *Seed) {
			s.Secret, s.AuthMethod, s.GrantTypes = Secret{}, "none", []string{core.GrantAuthorizationCode, core.GrantTokenExchange}
		}, "anybody could use it"},
		"TX-02 token exchange":       {func(s *Seed) { s.GrantTypes = []string{core.GrantAuthorizationCode, core.GrantTokenExchange} }, ""},
		"PK-01 public without PKCE":  {func(s *Seed) { s.Secret, s.AuthMethod, s.InsecureNoPKCE = Secret{}, "none", true }, "insecure_no_pkce"},
		"PK-01 confidential without": {func(s *Seed) { s.InsecureNoPKCE = true }, ""},
		"RT-02 public, no rotation":  {func(s *Seed) { s.Secret, s.AuthMethod, s.Rotation = Secret{}, "none", "off" }, "refresh_token_rotation"},
		"BC-04 scope with a quote":   {func(s *Seed) { s.Scope = `a"b` }, "scope"},
		"BC-04 default outside":      {func(s *Seed) { s.DefaultScope = "email" }, "default_scope"},
		"resource with fragment":     {func(s *Seed) { s.Resources = []string{"https://api.example/#x"} }, "resources"},
		"default resource outside":   {func(s *Seed) { s.DefaultResource = "https://api.example/" }, "default_resource"},
		"unknown algorithm":          {func(s *Seed) { s.IDTokenAlgorithm = "none" }, "id_token_signed_response_alg"},
		"CD-02 code too long":        {func(s *Seed) { s.Lifetimes.Code = 11 * time.Minute }, "lifetimes.code"},
		"TK-11 token too long":       {func(s *Seed) { s.Lifetimes.AccessToken = 2 * time.Hour }, "lifetimes.access_token"},
		"RT-05 strict overlap":       {func(s *Seed) { s.Lifetimes.Overlap = -1 }, ""},
		"FPA-01 third party asks":    {func(s *Seed) { s.Challenge = true }, "first_party is not"},
		"FPA-01 our own asks":        {func(s *Seed) { s.Challenge, s.FirstParty = true, true }, ""},
		"negative max age":           {func(s *Seed) { s.DefaultMaxAge = -1 }, "default_max_age"},
	}.check(t)
}

func TestSeed_everyProblemAtOnce(t *testing.T) {
	bad := webSeed()
	bad.RedirectURIs, bad.Scope, bad.AuthMethod = []string{"x"}, `"`, "magic"
	err := Seeded(webSeed(), webSeed(), bad).Start(core.Tools{})
	for _, want := range []string{"is there twice", "redirect_uris[0]", "scope", "token_endpoint_auth_method", `client "web"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestCA04_formsOfASecretGiveOneHash(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "s"), []byte(goodSecret+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KEYWRIGHT_TEST_SECRET", goodSecret)
	sum := sha256.Sum256([]byte(goodSecret))
	for _, s := range []Secret{
		{Text: goodSecret}, {File: "s"}, {File: filepath.Join(folder, "s")},
		{Env: "KEYWRIGHT_TEST_SECRET"}, {SHA256: hex.EncodeToString(sum[:])},
	} {
		if got, err := s.hash(folder); err != nil || got.Hash != sum || !got.Until.IsZero() {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestSecret_neverPrinted(t *testing.T) {
	s := webSeed()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, s); strings.Contains(out, goodSecret) {
			t.Errorf("%s prints the secret", verb)
		}
	}
	s.Text = "canary-short"
	if _, err := checkSeeds([]Seed{s}, ""); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("the problem repeats the secret: %v", err)
	}
}
