package threats

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/internal/jose"
)

// assertion is the form of a client_credentials request that is authenticated
// by claims which are right but for the changes; nil leaves one out.
func (w world) assertion(s *jose.Signer, client string, change map[string]any) url.Values {
	w.t.Helper()
	now := w.Now().Unix()
	claims := map[string]any{"iss": client, "sub": client, "aud": w.Issuer(), "iat": now, "exp": now + 60, "jti": rand.Text()}
	maps.Copy(claims, change)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := s.Sign("", payload)
	if err != nil {
		w.t.Fatal(err)
	}
	return asserted(token)
}

func asserted(token string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"keyed"}, "client_assertion": {token},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
}

// CLA02: who shows two credentials is refused, although each is right.
func TestThreat_CLA02_TwoCredentials(t *testing.T) {
	w := newWorld(t)
	signer, keyed := w.keyed()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(w.app.ID+":"+w.app.Secret))
	for what, c := range map[string]struct {
		form   url.Values
		header []string
		status int
	}{
		"Basic":                {url.Values{}, []string{"Authorization", basic}, http.StatusOK},
		"assertion":            {w.assertion(signer, keyed.ID, nil), nil, http.StatusOK},
		"Basic and body":       {url.Values{"client_id": {w.app.ID}, "client_secret": {w.app.Secret}}, []string{"Authorization", basic}, 400},
		"assertion and secret": {both(w.assertion(signer, keyed.ID, nil), "client_secret", w.app.Secret), nil, 400},
		"assertion and Basic":  {w.assertion(signer, keyed.ID, nil), []string{"Authorization", basic}, 400},
	} {
		for _, path := range []string{"/introspect", "/revoke"} {
			form := maps.Clone(c.form)
			form.Set("token", "x")
			if form.Has("client_assertion") && c.status == http.StatusOK {
				maps.Copy(form, w.assertion(signer, keyed.ID, nil)) // each is good once
			}
			if got := w.raw("POST", path, form.Encode(), c.header...); got.Status != c.status || c.status == 400 && got.Error != "invalid_request" {
				t.Errorf("%s at %s: %d %s", what, path, got.Status, got.Body)
			}
		}
	}
}

func both(v url.Values, name, value string) url.Values {
	v.Set(name, value)
	return v
}

// CLA07 to CLA10, JWT03, JWT04, JWT08, JO02: whose signature it is, for whom, from
// whom and for how long. The twin is the same claims unchanged.
func TestThreat_CLA07_CLA08_CLA09_CLA10_JWT08_JO02_Assertions(t *testing.T) {
	w := newWorld(t, withPath)
	signer, keyed := w.keyed()
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := jose.NewSigner(jose.ES256, "k", key)
	if err != nil {
		t.Fatal(err)
	}
	now, issuer := w.Now().Unix(), w.Issuer()
	refused := map[string]url.Values{
		"another key": w.assertion(foreign, keyed.ID, nil), "own key in the header": asserted(withKey(t, foreign, w.assertion(foreign, keyed.ID, nil))),
		"unsigned": asserted("eyJhbGciOiJub25lIn0." + strings.Split(w.assertion(signer, keyed.ID, nil).Get("client_assertion"), ".")[1] + "."),
	}
	for what, change := range map[string]map[string]any{
		"aud with slash": {"aud": issuer + "/"}, "aud of the endpoint": {"aud": issuer + "/token"}, "aud of another tenant": {"aud": strings.Replace(issuer, "one", "two", 1)},
		"aud as https": {"aud": strings.Replace(issuer, "http:", "https:", 1)}, "aud of the host": {"aud": strings.TrimSuffix(issuer, "/tenant/one")},
		"aud of two": {"aud": []string{issuer, "https://other.example"}}, "no aud": {"aud": nil}, "empty aud": {"aud": []string{}}, "aud not text": {"aud": 1},
		"iss of another": {"iss": w.app.ID}, "sub of another": {"sub": w.app.ID}, "no iss": {"iss": nil}, "no sub": {"sub": nil}, "iss with slash": {"iss": keyed.ID + "/"},
		"no exp": {"exp": nil}, "no jti": {"jti": nil}, "over": {"exp": now - 61}, "too long": {"exp": now + 4000}, "made later": {"iat": now + 120}, "not yet": {"nbf": now + 120},
	} {
		refused[what] = w.assertion(signer, keyed.ID, change)
	}
	for what, form := range refused {
		if got := keyed.Token(form); got.Status != http.StatusUnauthorized || got.Error != "invalid_client" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	good := w.assertion(signer, keyed.ID, nil)
	for n, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		if got := keyed.Token(good); got.Status != want {
			t.Errorf("use %d of one assertion: %d %s", n+1, got.Status, got.Body)
		}
	}
}

// withKey is the assertion of a form with the signer's own key in its header.
func withKey(t *testing.T, s *jose.Signer, form url.Values) string {
	t.Helper()
	parts := strings.Split(form.Get("client_assertion"), ".")
	jwk, err := json.Marshal(s.JWK())
	if err != nil {
		t.Fatal(err)
	}
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"k","jwk":` + string(jwk) + `}`))
	return header + "." + parts[1] + "." + parts[2]
}

// RFR05: a confidential client's refresh token is nothing without its secret, and
// trying harms nobody. RT12 is the same rule.
func TestThreat_RFR05_RT12_RefreshWithoutTheSecret(t *testing.T) {
	w := newWorld(t)
	other := w.Client(clientreg.Seed{ID: "other", RedirectURIs: []string{callback}})
	tokens := w.ada.SignIn(w.app)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
	for what, secret := range map[string]string{"none": "", "wrong": "wrong", "another's": other.Secret} {
		client := *w.app
		if client.Secret = secret; secret == "" {
			form.Set("client_id", client.ID)
		}
		if got := client.Token(form); got.Status != http.StatusUnauthorized || got.Error != "invalid_client" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
		form.Del("client_id")
	}
	if got := other.Token(form); got.Error != "invalid_grant" {
		t.Errorf("another client: %d %s", got.Status, got.Body)
	}
	if got := w.app.Token(form); got.Status != http.StatusOK {
		t.Errorf("the twin: %d %s", got.Status, got.Body)
	}
}

// TOK02: the second redemption of a code ends what the first gave, before its
// answer arrives; a second that is not right in every respect ends nothing.
func TestThreat_TOK02_ReplayedCode(t *testing.T) {
	w := newWorld(t)
	for what, c := range map[string]struct {
		change url.Values
		dies   bool
	}{
		"replayed":       {nil, true},
		"wrong verifier": {url.Values{"code_verifier": {strings.Repeat("a", 43)}}, false},
		"other redirect": {url.Values{"redirect_uri": {callback + "2"}}, false},
	} {
		request, code := w.code()
		form := w.redemption(request, code)
		first := w.app.Token(form)
		renewed := w.app.Refresh(first.Refresh)
		maps.Copy(form, c.change)
		if got := w.app.Token(form); got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
		for _, token := range []string{first.Access, renewed.Access} {
			if got := w.UserInfo(token); (got.Status != http.StatusOK) != c.dies {
				t.Errorf("%s: an access token: %d", what, got.Status)
			}
		}
		if got := w.app.Refresh(renewed.Refresh); (got.Status != http.StatusOK) != c.dies {
			t.Errorf("%s: the refresh token: %d %s", what, got.Status, got.Body)
		}
	}
}
