package threats

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	word     = "three quiet otters at noon"
	callback = "https://app.example/cb"
)

// world is a provider with one application and one person.
type world struct {
	*providertest.Provider
	t   *testing.T
	app *providertest.Client
	ada *providertest.Person
}

func newWorld(t *testing.T, options ...providertest.Option) world {
	t.Helper()
	p := providertest.New(t, options...)
	return world{p, t, p.Client(clientreg.Seed{
		ID: "app", Name: "App", RedirectURIs: []string{callback}, LogoutURIs: []string{"https://app.example/bye"},
	}), p.Person("ada@example.com", word)}
}

// authorize opens an authorization request of the app with some of its
// parameters changed, in a browser that has been nowhere.
func (w world) authorize(change url.Values) providertest.Landing {
	w.t.Helper()
	return w.ada.Browser().Open(w.app.AuthorizeWith(change).URL)
}

// refusedOnPage says that the answer is a page of our own with a status of 400,
// which names no other address and is not stored.
func refusedOnPage(t *testing.T, what string, got providertest.Landing) {
	t.Helper()
	if got.Status < 400 || got.Status > 499 || got.Page() != "error" {
		t.Errorf("%s: status %d, page %q at %v", what, got.Status, got.Page(), got.URL)
		return
	}
	if got.Header.Get("Cache-Control") != "no-store" || strings.Contains(got.Body, "evil") {
		t.Errorf("%s: the page may be stored, or repeats what was sent", what)
	}
}

// redirected says that the error went to the client, with state and issuer.
func (w world) redirected(what, code string, got providertest.Landing) {
	w.t.Helper()
	if got.Status != 0 || got.Answer("error") != code || got.Answer("iss") != w.Issuer() || got.Answer("code") != "" {
		w.t.Errorf("%s: want %s; status %d at %v, page %q", what, code, got.Status, got.URL, got.Page())
	}
}

// raw sends a request as it is and gives back what came.
func (w world) raw(method, path, body string, header ...string) providertest.Answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.Issuer()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	return w.Do(r)
}

// code signs Ada in and gives back a request with its code.
func (w world) code() (providertest.Request, string) {
	w.t.Helper()
	request := w.app.Authorize()
	landed := w.ada.Browser().SignIn(request.URL)
	if landed.Answer("code") == "" {
		w.t.Fatalf("no code: %v %s", landed.URL, landed.Body)
	}
	return request, landed.Answer("code")
}

func (w world) redemption(request providertest.Request, code string) url.Values {
	return url.Values{"grant_type": {core.GrantAuthorizationCode}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {request.Verifier}}
}
