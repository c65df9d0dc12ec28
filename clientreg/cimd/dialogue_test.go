package cimd_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg/cimd"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// life signs in, agrees, redeems, refreshes.
func (w *world) life(t *testing.T, c *providertest.Client) providertest.Tokens {
	t.Helper()
	request := c.Authorize("openid", "email", "offline_access")
	tokens := c.Redeem(request, w.person.Browser().SignInAndRemember(request.URL))
	again := c.Refresh(tokens.Refresh)
	if again.Status != http.StatusOK {
		t.Fatalf("refresh: %d %s", again.Status, again.Body)
	}
	return again.Tokens
}

// CM-33, CM-35, CM-41: authorize, consent, code, refresh; the row comes with the
// consent and not before.
func TestCM33_CM41_wholeLifeOfAPublicClient(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	c := w.app()
	for _, path := range []string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Issuer()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(w.Do(r).Body); !strings.Contains(got, `"client_id_metadata_document_supported":true`) || !strings.Contains(got, `"none"`) {
			t.Errorf("%s: %s", path, got)
		}
	}
	browser := w.person.Browser()
	request := c.Authorize("openid", "email", "offline_access")
	browser.Open(request.URL)
	browser.Submit("signin", map[string]string{"identifier": w.person.Email})
	landed := browser.Submit("password-form", map[string]string{"password": w.person.Password})
	if landed.Page() != "consent" || !landed.Says("Fieldnotes") || !landed.Says("app.example.com") {
		t.Fatalf("%s: %s", landed.Page(), landed.Body)
	}
	if w.row(t).Version != 0 {
		t.Error("a row before anybody agreed")
	}
	tokens := c.Redeem(request, browser.Continue())
	if row := w.row(t); row.Lane != core.LaneCIMD || row.Version != 1 || row.FirstParty || row.Document == nil {
		t.Errorf("the row: %+v", row)
	}
	if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("refresh: %d %s", got.Status, got.Body)
	}
	if w.asked.Load() != 1 {
		t.Errorf("the site was asked %d times", w.asked.Load())
	}
}

// CM-38: what a person judges by has changed: they are asked again, though the
// consent was remembered. What was granted goes on.
func TestCM38_aChangeAsksAgain(t *testing.T) {
	for name, change := range map[string][]string{
		"name":      {"client_name", `"Fieldnotes Pro"`},
		"redirects": {"redirect_uris", `["https://app.example.com/callback","https://other.example/cb"]`},
		"logo":      {"logo_uri", `"https://app.example.com/logo.png"`},
		"keys":      {"jwks_uri", `"https://app.example.com/keys"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cimd.Options{})
			c := w.app()
			browser := w.person.Browser()
			request := c.Authorize("openid", "email", "offline_access")
			tokens := c.Redeem(request, browser.SignInAndRemember(request.URL))
			if landed := browser.Open(c.Authorize("openid", "email").URL); landed.Answer("code") == "" {
				t.Fatalf("not remembered: %s", landed.Page())
			}
			w.publish(change...)
			w.Advance(2 * time.Hour)
			if landed := browser.Open(c.Authorize("openid", "email").URL); landed.Page() != "consent" {
				t.Errorf("page %q, location %v", landed.Page(), landed.URL)
			}
			if row := w.row(t); row.Version != 2 || row.Epoch != 0 {
				t.Errorf("version %d, epoch %d", row.Version, row.Epoch)
			}
			if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
				t.Errorf("refresh: %d %s", got.Status, got.Body)
			}
		})
	}
}

// CM-30: a redirect URI that is not in the document any more gets nothing.
func TestCM30_aRedirectThatIsGone(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	c := w.app()
	w.life(t, c)
	w.publish("redirect_uris", `["https://app.example.com/new"]`)
	w.Advance(2 * time.Hour)
	if landed := w.person.Browser().Open(c.Authorize("openid").URL); landed.Page() != "error" || landed.Status != http.StatusBadRequest {
		t.Errorf("page %q, status %d", landed.Page(), landed.Status)
	}
}

// CM-37: the site is away: what was granted goes on for a day, on every replica,
// and nothing new is granted.
func TestCM37_anOutage(t *testing.T) {
	for _, gone := range []int{http.StatusServiceUnavailable, http.StatusNotFound} {
		w := newWorld(t, cimd.Options{})
		c := w.app()
		tokens := w.life(t, c)
		w.serves(gone, "text/plain", "")
		w.Advance(2 * time.Hour)
		if landed := w.person.Browser().Open(c.Authorize("openid").URL); landed.Page() != "error" || landed.Status != http.StatusBadRequest {
			t.Errorf("authorize: page %q, status %d", landed.Page(), landed.Status)
		}
		got := c.Refresh(tokens.Refresh)
		if got.Status != http.StatusOK {
			t.Fatalf("%d: refresh within the day: %d %s", gone, got.Status, got.Body)
		}
		w.Advance(26 * time.Hour)
		late := c.Refresh(got.Refresh)
		want, code := http.StatusServiceUnavailable, "temporarily_unavailable"
		if gone == http.StatusNotFound {
			want, code = http.StatusUnauthorized, "invalid_client"
		}
		if late.Status != want || late.Error != code {
			t.Errorf("%d: refresh after a day: %d %s", gone, late.Status, late.Body)
		}
		w.publish()
		w.Advance(2 * time.Minute)
		if back := c.Refresh(got.Refresh); back.Status != http.StatusOK {
			t.Errorf("%d: refresh when it is back: %d %s", gone, back.Status, back.Body)
		}
	}
}

// CM-36: a failure is not kept: the next request finds the site again.
func TestCM36_aFailureIsForgottenAtOnce(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	c, browser := w.app(), w.person.Browser()
	w.serves(http.StatusInternalServerError, "text/plain", "")
	if landed := browser.Open(c.Authorize("openid").URL); landed.Page() != "error" {
		t.Fatalf("page %q", landed.Page())
	}
	w.publish()
	if landed := browser.Open(c.Authorize("openid").URL); landed.Page() != "signin" {
		t.Errorf("page %q", landed.Page())
	}
}

// CM-34, CON01, CON02: a program on this computer cannot be told from another, so
// its person is warned and asked every time.
func TestCM34_ThreatCON02_loopbackIsNeverRemembered(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	w.publish("redirect_uris", `["http://localhost/callback","http://127.0.0.1/callback"]`)
	c := w.app()
	local := httptest.NewServer(http.NotFoundHandler()) // the program itself
	defer local.Close()
	c.RedirectURI = local.URL + "/callback" // IN-01: any port of the very host
	browser := w.person.Browser()
	browser.Open(c.Authorize("openid").URL)
	browser.Submit("signin", map[string]string{"identifier": w.person.Email})
	landed := browser.Submit("password-form", map[string]string{"password": w.person.Password})
	if landed.Page() != "consent" || !landed.Says("127.0.0.1") || !strings.Contains(landed.Body, `name="mine"`) {
		t.Fatalf("%s: %s", landed.Page(), landed.Body)
	}
	silent := c.AuthorizeWith(url.Values{"prompt": {"none"}}, "openid")
	for range 2 {
		browser.SignInAndRemember(c.Authorize("openid").URL)
		if again := browser.Open(silent.URL); again.URL.Query().Get("error") != "consent_required" {
			t.Errorf("silently: %v", again.URL)
		}
	}
}

// CM-19: the token endpoint asks nobody about a client that was never approved,
// and an authorization request that could not succeed neither (SSR19).
func TestCM19_ThreatSSR19_nobodyIsAskedInVain(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	c := w.app()
	if got := c.Token(url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}); got.Error != "invalid_client" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	for name, more := range map[string]url.Values{
		"no PKCE": {"code_challenge": {""}}, "response_type": {"response_type": {"token"}}, "redirect": {"redirect_uri": {"javascript:x"}}, "twice": {"state": {"a", "b"}},
	} {
		if landed := w.person.Browser().Open(c.AuthorizeWith(more, "openid").URL); landed.Page() != "error" || landed.Status != http.StatusBadRequest {
			t.Errorf("%s: page %q, status %d", name, landed.Page(), landed.Status)
		}
	}
	if w.asked.Load() != 0 {
		t.Errorf("asked %d times", w.asked.Load())
	}
}

// CM-43: an operator sees since when a client is there, when its document was last
// read, and who vouched for its host; and disables it by its row.
func TestCM43_disabledAtOnce(t *testing.T) {
	w := newWorld(t, cimd.Options{})
	c := w.app()
	tokens := w.life(t, c)
	row := w.row(t)
	if row.Record.AdmittedAt.IsZero() || row.Document.Seen.IsZero() || !strings.Contains(row.Document.Certified, "O=Acme Co") {
		t.Errorf("%+v, admitted %v", row.Document, row.Record.AdmittedAt)
	}
	row.Disabled, row.Change = true, core.NewID(w.Now())
	if err := w.Store().UpdateClient(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	w.Advance(core.MaxClientStale)
	if got := c.Refresh(tokens.Refresh); got.Status < 400 || got.Status >= 500 {
		t.Errorf("refresh: %d %s", got.Status, got.Body)
	}
	if landed := w.person.Browser().Open(c.Authorize("openid").URL); landed.Page() != "error" {
		t.Errorf("authorize: %q", landed.Page())
	}
}

// CM-01, DCR13: a stored client wins, and its URL is not asked.
func TestCM01_ThreatDCR13_aStoredClientWins(t *testing.T) {
	w := newWorld(t, cimd.Options{DenyHosts: []string{"app.example.com"}})
	stored := core.Client{ID: w.id, Lane: core.LaneSeeded, Row: core.Row{Change: core.NewID(w.Now())}, ClientMetadata: core.ClientMetadata{
		Name: "Ours", AuthMethod: core.AuthNone, RedirectURIs: []string{"https://app.example.com/callback"}, IDTokenAlgorithm: "RS256",
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, Scopes: []string{"openid", "email"},
	}}
	if err := w.Store().CreateClient(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	w.life(t, w.app())
	if w.asked.Load() != 0 {
		t.Error("its URL was asked")
	}
}
