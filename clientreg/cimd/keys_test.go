package cimd_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/jose"
)

// keyring is the application's side of private_key_jwt.
type keyring struct {
	*world
	t    *testing.T
	keys map[string]*jose.Signer
}

// newKey makes a key.
func (k *keyring) newKey(kid string) {
	k.t.Helper()
	key, err := jose.Generate(jose.ES256)
	if err == nil {
		k.keys[kid], err = jose.NewSigner(jose.ES256, kid, key)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// publishKey serves the document with one new key.
func (k *keyring) publishKey(kid string) {
	k.t.Helper()
	k.newKey(kid)
	k.publish("token_endpoint_auth_method", `"private_key_jwt"`, "jwks", string(jose.JWKS(k.keys[kid].JWK())))
}

// signed is a form with an assertion by the key (RFC 7523 section 2.2).
func (k *keyring) signed(kid string, form url.Values) url.Values {
	k.t.Helper()
	claims, err := json.Marshal(map[string]any{
		"iss": k.id, "sub": k.id, "aud": k.Issuer(), "jti": rand.Text(), "iat": k.Now().Unix(), "exp": k.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		k.t.Fatal(err)
	}
	jwt, err := k.keys[kid].Sign("JWT", claims)
	if err != nil {
		k.t.Fatal(err)
	}
	form.Set("client_id", k.id)
	form.Set("client_assertion", jwt)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	return form
}

// CM-25, CM-38, CM-39: a client that has a key must show it; new keys leave what
// was granted; giving the key up ends it.
func TestCM25_CM38_privateKeyJWT(t *testing.T) {
	w := &keyring{newWorld(t, cimd.Options{}), t, map[string]*jose.Signer{}}
	c := w.app()
	w.publishKey("one")
	request := c.Authorize("openid", "offline_access")
	landed := w.person.Browser().SignIn(request.URL)
	code := url.Values{"grant_type": {"authorization_code"}, "code": {landed.Answer("code")}, "redirect_uri": {c.RedirectURI}, "code_verifier": {request.Verifier}}
	if got := c.Token(code); got.Error != "invalid_client" {
		t.Fatalf("without a key: %d %s", got.Status, got.Body)
	}
	got := c.Token(w.signed("one", code))
	if got.Status != http.StatusOK {
		t.Fatalf("with its key: %d %s", got.Status, got.Body)
	}
	w.publishKey("two")
	w.Advance(2 * time.Hour)
	w.person.Browser().Open(c.Authorize("openid").URL) // finds the new document
	refresh := func(kid string, token string) url.Values {
		return w.signed(kid, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	}
	if old := c.Token(refresh("one", got.Refresh)); old.Error != "invalid_client" {
		t.Errorf("with the old key: %d %s", old.Status, old.Body)
	}
	next := c.Token(refresh("two", got.Refresh))
	if next.Status != http.StatusOK {
		t.Fatalf("with the new key: %d %s", next.Status, next.Body)
	}
	token := next.Refresh
	if token == "" {
		token = got.Refresh
	}
	w.publish()
	w.Advance(2 * time.Hour)
	w.person.Browser().Open(c.Authorize("openid").URL)
	if weak := c.Refresh(token); weak.Error != "invalid_grant" {
		t.Errorf("without the key it had: %d %s", weak.Status, weak.Body)
	}
	if row := w.row(t); row.Epoch != 1 {
		t.Errorf("epoch %d", row.Epoch)
	}
}

// CM-13, CM-25, CM-28: while developing, the keys of a document on this machine are
// on this machine, too; those of a document elsewhere never are.
func TestCM13_keysOnThisMachine(t *testing.T) {
	var id string
	k := &keyring{t: t, keys: map[string]*jose.Signer{}}
	k.newKey("dev")
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		text := string(jose.JWKS(k.keys["dev"].JWK()))
		if r.URL.Path == "/client.json" {
			text = good(id, "token_endpoint_auth_method", `"private_key_jwt"`, "jwks_uri", `"http://`+r.Host+`/keys"`)
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(site.Close)
	id = site.URL + "/client.json"
	l := cimd.New(cimd.Options{InsecureLoopback: true})
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Clients = append(c.Clients, l) }))
	k.world = &world{Provider: p, id: id}
	c := p.Client(clientreg.Seed{AuthMethod: "none"})
	c.ID, c.RedirectURI = id, "https://app.example.com/callback"
	request := c.Authorize("openid")
	landed := p.Person("anna@example.com", "three quiet otters at noon").Browser().SignIn(request.URL)
	code := url.Values{"grant_type": {"authorization_code"}, "code": {landed.Answer("code")}, "redirect_uri": {c.RedirectURI}, "code_verifier": {request.Verifier}}
	if got := c.Token(code); got.Error != "invalid_client" {
		t.Errorf("without a key: %d %s", got.Status, got.Body)
	}
	if got := c.Token(k.signed("dev", code)); got.Status != http.StatusOK {
		t.Errorf("with its key: %d %s", got.Status, got.Body)
	}
}

// A document of elsewhere that leads to this machine is refused, or its keys are
// not fetched.
func TestCM12_keysOfElsewhereAreNotFetchedHere(t *testing.T) {
	asked := false
	here := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(here.Close)
	k := &keyring{newWorld(t, cimd.Options{}), t, map[string]*jose.Signer{}}
	k.newKey("one")
	c := k.app()
	k.publish("token_endpoint_auth_method", `"private_key_jwt"`, "jwks_uri", `"`+here.URL+`/keys"`)
	request := c.Authorize("openid")
	landed := k.person.Browser().SignIn(request.URL)
	got := c.Token(k.signed("one", url.Values{
		"grant_type": {"authorization_code"}, "code": {landed.Answer("code")}, "redirect_uri": {c.RedirectURI}, "code_verifier": {request.Verifier},
	}))
	if got.Status < 400 || got.Access != "" || asked {
		t.Errorf("%d %s, asked %v", got.Status, got.Body, asked)
	}
}
