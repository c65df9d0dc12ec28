package saml

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright"
	keywrightsaml "github.com/keywright/keywright/authenticators/saml"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// heard passes an authenticator's replies on and keeps who was identified, so that
// a test can link the identity as an administrator would.
type heard struct {
	core.Authenticator
	mu   sync.Mutex
	last core.Identity
}

func (h *heard) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	reply, err := h.Authenticator.Begin(ctx, t)
	if i, ok := reply.(core.Identified); ok {
		h.mu.Lock()
		h.last = i.Identity
		h.mu.Unlock()
	}
	return reply, err
}

// world is a provider between an application and an identity provider.
type world struct {
	*providertest.Provider
	t      *testing.T
	idp    *idp
	heard  *heard
	client *providertest.Client
	mara   *providertest.Person
}

func newWorld(t *testing.T, change func(*keywrightsaml.IdentityProvider)) *world {
	t.Helper()
	return newWorldAt(t, "127.0.0.1", change)
}

// newWorldAt has the identity provider at another name of this machine: another
// site, for browsers.
func newWorldAt(t *testing.T, host string, change func(*keywrightsaml.IdentityProvider)) *world {
	t.Helper()
	w := &world{t: t, idp: startIDP(t, host)}
	configured := keywrightsaml.IdentityProvider{Name: "harbour", Label: "Harbour", Metadata: w.idp.described(), Keys: []keywrightsaml.Key{serviceKey()}}
	change(&configured)
	a, err := keywrightsaml.New(configured)
	must(t, err)
	w.heard = &heard{Authenticator: a}
	w.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Authenticators = append(c.Authenticators, w.heard) }))
	w.client = w.Client(clientreg.Seed{ID: "notes", Name: "Notes", RedirectURIs: []string{"https://notes.example/cb"}})
	w.mara = w.Person("mara@example.com", "lantern orbit velvet cascade")
	return w
}

// link writes the identity that was last brought into Mara's account.
func (w *world) link() {
	w.t.Helper()
	account := w.mara.Account()
	must(w.t, w.Store().UpdateAccount(w.t.Context(), core.AccountChange{
		Account: account, PutCredentials: []core.Credential{{CredentialKey: w.heard.last.Key, Account: account.ID}},
	}))
}

// carry goes to the identity provider and back, pressing the buttons of pages that
// post themselves.
func (w *world) carry(b *providertest.Browser, at providertest.Landing) providertest.Landing {
	w.t.Helper()
	for range 6 {
		switch {
		case strings.Contains(at.Body, `name="SAMLRequest"`):
			at = b.Submit("SAMLRequest", nil)
		case strings.Contains(at.Body, `name="SAMLResponse"`):
			at = b.Submit("SAMLResponse", nil)
		default:
			return at
		}
	}
	w.t.Fatal("it goes round and round")
	return at
}

// signIn starts at the application and chooses the identity provider.
func (w *world) signIn(b *providertest.Browser, address string) providertest.Landing {
	w.t.Helper()
	b.Open(address)
	return w.carry(b, b.Submit("ways", nil, "way=saml:harbour"))
}

// Both bindings, signed requests, an assertion that is encrypted or not: the same
// person comes out at the application.
func TestSM18_signIn(t *testing.T) {
	for _, test := range []struct {
		name                  string
		post, signed, encrypt bool
	}{
		{"by redirect", false, false, false},
		{"by redirect, signed", false, true, false},
		{"by post, signed", true, true, false},
		{"by post", true, false, false},
		{"encrypted", false, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(i *keywrightsaml.IdentityProvider) { i.Post, i.SignRequests = test.post, test.signed })
			w.idp.encrypt = test.encrypt
			request := w.client.Authorize("openid", "email")
			b := w.mara.Browser()
			w.signIn(b, request.URL)
			w.link()
			request = w.client.Authorize("openid", "email")
			w.signIn(b, request.URL)
			tokens := w.client.Redeem(request, b.Continue())
			if info := string(w.UserInfo(tokens.Access).Body); !strings.Contains(info, w.mara.Account().ID.String()) || w.heard.last.Profile.Email != "mara@example.com" {
				t.Errorf("%s, %+v", info, w.heard.last)
			}
			for n, signed := range w.idp.signed {
				if signed != test.signed {
					t.Errorf("request %d: signed %t", n, signed)
				}
			}
		})
	}
}

// prompt=login makes the identity provider ask again, and its answer says so.
func TestSM18_OC11_promptLogin(t *testing.T) {
	w := newWorld(t, func(*keywrightsaml.IdentityProvider) {})
	request := w.client.AuthorizeWith(map[string][]string{"prompt": {"login"}}, "openid")
	w.signIn(w.mara.Browser(), request.URL)
	last := w.idp.requests[len(w.idp.requests)-1]
	if last.ForceAuthn == nil || !*last.ForceAuthn {
		t.Error("not asked anew")
	}
}

// SM-08, SAM23: what has been brought once, and what another browser began, signs
// nobody in.
func TestSAM23_answerBroughtTwice(t *testing.T) {
	w := newWorld(t, func(*keywrightsaml.IdentityProvider) {})
	request := w.client.Authorize("openid")
	b := w.mara.Browser()
	w.signIn(b, request.URL)
	w.link()

	request = w.client.Authorize("openid")
	b = w.mara.Browser()
	b.Open(request.URL)
	atIDP := b.Submit("ways", nil, "way=saml:harbour")
	if !strings.Contains(atIDP.Body, "SAMLResponse") {
		t.Fatal(atIDP.Body)
	}
	other := w.mara.Browser()
	other.Return(atIDP)
	if stolen := w.carry(other, atIDP); stolen.Status < 400 {
		t.Errorf("another browser got %d: %s", stolen.Status, stolen.Heading())
	}
	w.carry(b, atIDP)
	first := w.client.Redeem(request, b.Continue())
	if first.Access == "" && first.ID == "" {
		t.Error("no tokens")
	}
	b.Return(atIDP)
	again := w.carry(b, atIDP)
	if again.Status < 400 && again.Answer("code") != "" {
		t.Errorf("again: %d %s", again.Status, again.URL)
	}
	fresh := w.client.Authorize("openid")
	late := w.mara.Browser()
	late.Open(fresh.URL)
	late.Return(atIDP)
	if got := w.carry(late, atIDP); got.Answer("code") != "" {
		t.Error("an old answer signed a new browser in")
	}
}

// SM-19: the identity provider changes its key; the new one is believed when the
// metadata says so and not before.
func TestSM19_rollover(t *testing.T) {
	w := newWorld(t, func(*keywrightsaml.IdentityProvider) {})
	key, certificate := newKey()
	w.idp.Key, w.idp.Certificate = key, certificate
	at := w.signIn(w.mara.Browser(), w.client.Authorize("openid").URL)
	if !at.Says("could not be trusted") || at.Status != http.StatusBadRequest {
		t.Errorf("%d %s", at.Status, at.Heading())
	}
}

// SM-23: who signs out there is signed out here, if that is really so.
func TestSM23_logout(t *testing.T) {
	w := newWorld(t, func(*keywrightsaml.IdentityProvider) {})
	b := w.mara.Browser()
	w.signIn(b, w.client.Authorize("openid").URL)
	w.link()
	request := w.client.Authorize("openid")
	w.signIn(b, request.URL)
	w.client.Redeem(request, b.Continue())
	signedIn := func() bool {
		silent := w.client.AuthorizeWith(map[string][]string{"prompt": {"none"}}, "openid")
		answer := b.Open(silent.URL)
		return answer.Answer("error") != "login_required"
	}
	if !signedIn() {
		t.Fatal("not signed in")
	}
	var page string
	theirs := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(rw, page)
	}))
	t.Cleanup(theirs.Close)
	leave := func(destination, index string, sign bool) providertest.Landing {
		page = w.idp.logout(destination, index, sign)
		b.Open(theirs.URL)
		return b.Submit("leave", nil)
	}
	address := w.Issuer() + "/saml/harbour/slo"
	if at := leave(address, "", false); at.Status < 400 || !signedIn() {
		t.Errorf("an unsigned request: %d", at.Status)
	}
	if at := leave(address+"/x", "", true); at.Status < 400 || !signedIn() {
		t.Errorf("a request to another address: %d", at.Status)
	}
	leave(address, "session-of-somebody", true)
	if !signedIn() {
		t.Error("another session's end ended this one")
	}
	at := leave(address, w.idp.sessions[len(w.idp.sessions)-1], true)
	if at.Status != http.StatusOK || !strings.Contains(at.Body, "signed out everywhere") || at.URL.Query().Get("RelayState") != "theirs" || at.URL.Query().Get("Signature") == "" {
		t.Errorf("%d %s", at.Status, at.URL)
	}
	if signedIn() {
		t.Error("still signed in")
	}
}

// The provider's own portal begins, where it may.
func TestSM09_identityProviderBegins(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		w := newWorld(t, func(i *keywrightsaml.IdentityProvider) { i.AllowUnsolicited = allowed })
		b := w.mara.Browser()
		pending := w.client.Authorize("openid")
		w.signIn(b, pending.URL)
		w.link()
		mux := http.NewServeMux()
		mux.HandleFunc("/portal", func(rw http.ResponseWriter, r *http.Request) {
			w.idp.SessionProvider, w.idp.plain = always{}, true
			rw.Header().Set("Content-Type", "text/html")
			w.idp.ServeIDPInitiated(rw, r, w.Issuer()+"/saml/harbour/metadata", "https://evil.example/")
		})
		portal := httptest.NewServer(mux)
		t.Cleanup(portal.Close)
		b = w.mara.Browser()
		at := w.carry(b, b.Open(portal.URL+"/portal"))
		if in := at.Status == http.StatusOK && at.URL.Host == strings.TrimPrefix(w.Issuer(), "http://"); in != allowed {
			t.Errorf("allowed %t: %d %s %s", allowed, at.Status, at.URL, at.Heading())
		}
	}
}
