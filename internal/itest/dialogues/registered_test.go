package dialogues

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// A program on somebody's computer finds the provider, registers itself, is
// approved on the real pages, gets tokens and loses them when the operator
// switches it off.
func TestDCR_aProgramFindsItsOwnWayIn(t *testing.T) {
	for name, open := range map[string]func(*testing.T) core.Database{
		"memory": func(*testing.T) core.Database { return memory.New() },
		"sqlite": func(t *testing.T) core.Database {
			db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "keywright.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return db
		},
	} {
		t.Run(name, func(t *testing.T) { findOwnWayIn(t, open(t)) })
	}
}

func findOwnWayIn(t *testing.T, db core.Database) {
	p := providertest.New(t, providertest.WithDatabase(db), providertest.WithConfig(func(c *keywright.Config) {
		c.Scopes = []core.Scope{{Name: "todo:read"}, {Name: "todo:admin", Vetted: true}}
		c.Clients = append(c.Clients, clientreg.Dynamic(clientreg.DynamicOptions{}))
	}))
	listens := httptest.NewServer(http.NotFoundHandler()) // the program, that waits for the answer
	t.Cleanup(listens.Close)
	answerTo := listens.URL + "/cb"

	var found struct {
		Register  string `json:"registration_endpoint"`
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
	}
	ask(t, p, http.MethodGet, p.Issuer()+"/.well-known/oauth-authorization-server", "", "", &found)
	var registered struct {
		ID    string `json:"client_id"`
		Scope string `json:"scope"`
	}
	ask(t, p, http.MethodPost, found.Register, "application/json", `{"client_name":"Todo CLI","redirect_uris":["http://127.0.0.1/cb"],
		"grant_types":["authorization_code","refresh_token"],"scope":"openid todo:read todo:admin"}`, &registered)
	if registered.Scope != "openid todo:read offline_access" {
		t.Errorf("scope %q", registered.Scope)
	}

	verifier := strings.Repeat("verifier", 8)
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {registered.ID}, "response_type": {"code"}, "redirect_uri": {answerTo}, "scope": {registered.Scope}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	b := p.Person("ada@example.com", "three quiet otters at noon").Browser()
	answer := approve(t, b, found.Authorize+"?"+query.Encode())
	var tokens providertest.Tokens
	form := url.Values{"client_id": {registered.ID}, "grant_type": {"authorization_code"}, "code": {answer.Answer("code")},
		"redirect_uri": {answerTo}, "code_verifier": {verifier}}
	const posted = "application/x-www-form-urlencoded"
	ask(t, p, http.MethodPost, found.Token, posted, form.Encode(), &tokens)
	form = url.Values{"client_id": {registered.ID}, "grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}}
	ask(t, p, http.MethodPost, found.Token, posted, form.Encode(), &tokens)
	if user := p.UserInfo(tokens.Access); user.Status != http.StatusOK {
		t.Errorf("userinfo: %d %s", user.Status, user.Body)
	}

	switchOff(t, p, registered.ID)
	if user := p.UserInfo(tokens.Access); user.Status != http.StatusUnauthorized {
		t.Errorf("userinfo for a client that is switched off: %d", user.Status)
	}
	p.Advance(core.MaxClientStale)
	if page := b.Open(found.Authorize + "?" + query.Encode()); page.Status != http.StatusBadRequest || page.URL.Host == listens.Listener.Addr().String() {
		t.Errorf("a client that is switched off begins again: %d at %v", page.Status, page.URL)
	}
}

// approve signs in and agrees to what nobody has checked.
func approve(t *testing.T, b *providertest.Browser, address string) providertest.Landing {
	t.Helper()
	b.Open(address)
	b.Submit("signin", map[string]string{"identifier": "ada@example.com"})
	consent := b.Submit("password-form", map[string]string{"password": "three quiet otters at noon"})
	for _, words := range []string{"Todo CLI", "127.0.0.1", "Nobody has checked this app"} {
		if !consent.Says(words) {
			t.Errorf("the consent page does not say %q", words)
		}
	}
	if strings.Contains(string(consent.Body), `name="remember"`) {
		t.Error("the consent page offers to remember the answer")
	}
	return b.Submit("consent", map[string]string{"mine": "1"}, "decision=allow")
}

// switchOff is what an operator does.
func switchOff(t *testing.T, p *providertest.Provider, id string) {
	t.Helper()
	row, err := p.Store().Client(t.Context(), id)
	if err != nil || row.Lane != core.LaneDCR || row.KeepUntil.IsZero() {
		t.Fatalf("row %+v, %v", row, err)
	}
	row.Disabled, row.Epoch, row.Change = true, row.Epoch+1, core.NewID(p.Now())
	if err := p.Store().UpdateClient(t.Context(), row); err != nil {
		t.Fatal(err)
	}
}

// ask does one request of a program and reads its answer, which has to be good.
func ask(t *testing.T, p *providertest.Provider, method, address, contentType, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	got := p.Do(r)
	if got.Status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", method, address, got.Status, got.Body)
	}
	if err := json.Unmarshal(got.Body, into); err != nil {
		t.Fatal(err)
	}
}
