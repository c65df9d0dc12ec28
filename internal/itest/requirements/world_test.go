package requirements

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	word     = "three quiet otters at noon"
	callback = "https://app.example/cb"
	notes    = "https://notes.example/api"
	gallery  = "https://gallery.example/api"
)

// world is a provider of two resources with an application and a person.
type world struct {
	*providertest.Provider
	t   *testing.T
	app *providertest.Client
	ada *providertest.Person
}

func newWorld(t *testing.T, options ...providertest.Option) world {
	t.Helper()
	p := providertest.New(t, append([]providertest.Option{providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{
			{URI: notes, Scopes: []string{"read", "write"}, Format: core.JWT}, {URI: gallery, Scopes: []string{"look"}},
		}
	})}, options...)...)
	return world{p, t, p.Client(clientreg.Seed{
		ID: "app", Name: "App", RedirectURIs: []string{callback}, Resources: []string{notes, gallery},
		Scope: "openid profile email offline_access read write look",
	}), p.Person("ada@example.com", word)}
}

// open goes to an authorization request in a browser that has been nowhere.
func (w world) open(c *providertest.Client, change url.Values) providertest.Landing {
	w.t.Helper()
	return w.ada.Browser().Open(c.AuthorizeWith(change).URL)
}

// redirected says that the answer went to the client, in its query, with this
// error and no code.
func (w world) redirected(what, code string, got providertest.Landing) {
	w.t.Helper()
	if got.Status != 0 || got.Answer("error") != code || got.Answer("iss") != w.Issuer() || got.Answer("code") != "" || got.URL.Fragment != "" {
		w.t.Errorf("%s: want %s; status %d at %v, page %q", what, code, got.Status, got.URL, got.Page())
	}
}

// code signs Ada in at a client and gives back the form that redeems her code.
func (w world) code(c *providertest.Client, change url.Values, scopes ...string) url.Values {
	w.t.Helper()
	request := c.AuthorizeWith(change, scopes...)
	landed := w.ada.Browser().SignIn(request.URL)
	if landed.Answer("code") == "" {
		w.t.Fatalf("no code: %v %s", landed.URL, landed.Body)
	}
	return url.Values{
		"grant_type": {core.GrantAuthorizationCode}, "code": {landed.Answer("code")},
		"redirect_uri": {c.RedirectURI}, "code_verifier": {request.Verifier},
	}
}

// get asks for a path as a program does.
func (w world) get(path string, header ...string) providertest.Answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Issuer()+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return w.Do(r)
}

// read gives back header and claims of a JWT, unverified.
func read(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	for n, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[n])
		if err != nil || json.Unmarshal(raw, into) != nil {
			t.Fatalf("part %d of %q: %v", n, token, err)
		}
	}
	return header, claims
}
