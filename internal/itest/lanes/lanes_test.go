package lanes

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// dialogues are what each client goes through, each in a world of its own.
var dialogues = map[string]func(*testing.T, *world, *providertest.Client){
	"a whole life (AZ-13, TK-07, RT-01)":                            wholeLife,
	"a code is good once (CD-03)":                                   codeOnce,
	"a code needs its verifier, redirect and client (CD-04, PK-04)": codeBound,
	"an old refresh token ends the family (RT-03, RT-04)":           familyEnds,
	"a refresh token is its client's alone (RT-02)":                 otherClient,
	"no means no (CN-06)":                                           denied,
	"nobody is asked behind their back (OC-11)":                     silent,
	"tokens are for one resource (RI-02, IS-04)":                    oneResource,
	"scopes are not widened (RT-07)":                                notWidened,
	"revoked is revoked (RV-02, RV-03)":                             revoked,
	"what is wrong is shown to the person (AZ-02, RD-01)":           wrongRequests,
	"a client that is switched off is out":                          switchedOff,
}

func TestEveryLane(t *testing.T) {
	for _, lane := range lanes {
		for name, play := range dialogues {
			t.Run(string(lane.name)+"/"+name, func(t *testing.T) {
				w := newWorld(t)
				play(t, w, w.program(lane.enter))
			})
		}
	}
}

func wholeLife(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "email", "offline_access", "todo:read")
	if tokens.Refresh == "" || tokens.ID == "" || !strings.EqualFold(tokens.Type, "Bearer") || tokens.Scope != "todo:read" {
		t.Errorf("%+v", tokens)
	}
	if user := w.UserInfo(w.at(t, c, tokens.Refresh, w.Issuer()).Access); user.Status != http.StatusOK || !strings.Contains(string(user.Body), "anna@example.com") {
		t.Errorf("userinfo: %d %s", user.Status, user.Body)
	}
	if seen := w.introspect(t, tokens.Access); !seen.Active || seen.Client != c.ID || seen.Scope != "todo:read" {
		t.Errorf("introspection: %+v", seen)
	}
}

func codeOnce(t *testing.T, w *world, c *providertest.Client) {
	request := c.Authorize("openid", "offline_access")
	landed := w.anna.Browser().SignIn(request.URL)
	tokens := c.Redeem(request, landed)
	if again := c.Token(redeem(c, request, landed)); again.Status != http.StatusBadRequest || again.Error != "invalid_grant" {
		t.Errorf("again: %d %s", again.Status, again.Body)
	}
	if got := c.Refresh(tokens.Refresh); got.Error != "invalid_grant" {
		t.Errorf("what the code gave lives on: %d %s", got.Status, got.Body)
	}
}

func codeBound(t *testing.T, w *world, c *providertest.Client) {
	other := w.Client(seedOfOther)
	for what, change := range map[string]func(url.Values) *providertest.Client{
		"verifier": func(f url.Values) *providertest.Client {
			f.Set("code_verifier", strings.Repeat("v", 43))
			return c
		},
		"no verifier": func(f url.Values) *providertest.Client {
			f.Del("code_verifier")
			return c
		},
		"redirect": func(f url.Values) *providertest.Client {
			f.Set("redirect_uri", c.RedirectURI+"/")
			return c
		},
		"client": func(url.Values) *providertest.Client { return other },
	} {
		request := c.Authorize("openid")
		form := redeem(c, request, w.anna.Browser().SignIn(request.URL))
		if got := change(form).Token(form); got.Status != http.StatusBadRequest || got.Error != "invalid_grant" && got.Error != "invalid_request" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
}

func familyEnds(t *testing.T, w *world, c *providertest.Client) {
	first := w.anna.SignIn(c, "openid", "offline_access")
	second := c.Refresh(first.Refresh)
	if second.Status != http.StatusOK || second.Refresh == first.Refresh {
		t.Fatalf("%d %s", second.Status, second.Body)
	}
	if lost := c.Refresh(first.Refresh); lost.Status != http.StatusOK || lost.Refresh != second.Refresh {
		t.Errorf("an answer that was lost: %d %s", lost.Status, lost.Body)
	}
	w.Advance(2 * time.Minute)
	for _, token := range []string{first.Refresh, second.Refresh} {
		if got := c.Refresh(token); got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
}

func otherClient(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "offline_access")
	if got := w.Client(seedOfOther).Refresh(tokens.Refresh); got.Status != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("its own: %d %s", got.Status, got.Body)
	}
}

func denied(t *testing.T, w *world, c *providertest.Client) {
	landed := w.anna.Browser().Deny(c.Authorize("openid").URL)
	if landed.Answer("error") != "access_denied" || landed.Answer("code") != "" || landed.Answer("iss") != w.Issuer() {
		t.Errorf("%v", landed.URL)
	}
}

func silent(t *testing.T, w *world, c *providertest.Client) {
	none := url.Values{"prompt": {"none"}}
	browser := w.anna.Browser()
	if landed := browser.Open(c.AuthorizeWith(none, "openid").URL); landed.Answer("error") != "login_required" {
		t.Errorf("a stranger: %v", landed.URL)
	}
	browser.SignIn(c.Authorize("openid").URL) // agrees, this once
	if landed := browser.Open(c.AuthorizeWith(none, "openid", "todo:read").URL); landed.Answer("error") != "consent_required" {
		t.Errorf("signed in, not agreed: %v", landed.URL)
	}
}

func oneResource(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "email", "offline_access", "todo:read")
	if user := w.UserInfo(tokens.Access); user.Status != http.StatusUnauthorized && user.Status != http.StatusForbidden {
		t.Errorf("a token of the API at userinfo: %d %s", user.Status, user.Body)
	}
	own := w.at(t, c, tokens.Refresh, w.Issuer())
	if seen := w.introspect(t, own.Access); seen.Active {
		t.Errorf("a token of userinfo at the API: %+v", seen)
	}
	again := c.Token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {own.Refresh}, "resource": {"https://elsewhere.example"}})
	if again.Status != http.StatusBadRequest || again.Error != "invalid_target" {
		t.Errorf("elsewhere: %d %s", again.Status, again.Body)
	}
}

func notWidened(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "offline_access", "todo:read")
	got := c.Token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.Refresh}, "scope": {"todo:read todo:write"}})
	if got.Status != http.StatusBadRequest || got.Error != "invalid_scope" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := c.Refresh(tokens.Refresh); got.Status != http.StatusOK {
		t.Errorf("the refusal used it up: %d %s", got.Status, got.Body)
	}
}

func revoked(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "offline_access", "todo:read")
	w.Client(seedOfOther).Post("/revoke", url.Values{"token": {tokens.Refresh}})
	if seen := w.introspect(t, tokens.Access); !seen.Active {
		t.Error("another client revoked it")
	}
	if got := c.Post("/revoke", url.Values{"token": {tokens.Refresh}}); got.Status != http.StatusOK {
		t.Errorf("revocation: %d %s", got.Status, got.Body)
	}
	if got := c.Refresh(tokens.Refresh); got.Error != "invalid_grant" {
		t.Errorf("refresh: %d %s", got.Status, got.Body)
	}
	if seen := w.introspect(t, tokens.Access); seen != (introspection{}) {
		t.Errorf("%+v", seen)
	}
}

// The browser is signed in: one that is not stays here with what a client says whom nobody has checked. And the client has been
// here before: no document is fetched for a request that cannot be granted.
func wrongRequests(t *testing.T, w *world, c *providertest.Client) {
	browser := w.anna.Browser()
	browser.SignIn(w.Client(seedOfOther).Authorize("openid").URL)
	browser.Open(c.Authorize("openid").URL)
	for what, want := range map[string]struct {
		more  url.Values
		error string // that the client hears; empty: a page for the person
	}{
		"another redirect":   {url.Values{"redirect_uri": {"https://evil.example/cb"}}, ""},
		"a longer redirect":  {url.Values{"redirect_uri": {c.RedirectURI + "/more"}}, ""},
		"no challenge":       {url.Values{"code_challenge": {""}}, "invalid_request"},
		"a plain challenge":  {url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		"the implicit grant": {url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		"no scope of ours":   {url.Values{"scope": {"rule:world"}}, "invalid_scope"},
		"another resource":   {url.Values{"resource": {"https://elsewhere.example"}}, "invalid_target"},
		"two states":         {url.Values{"state": {"one", "two"}}, ""},
	} {
		landed := browser.Open(c.AuthorizeWith(want.more, "openid").URL)
		switch home := strings.HasPrefix(landed.URL.String(), c.RedirectURI); {
		case want.error == "" && (home && landed.Answer("error") == "" || landed.Answer("code") != ""):
			t.Errorf("%s: %v", what, landed.URL)
		case want.error != "" && (!home || landed.Answer("error") != want.error):
			t.Errorf("%s: %v", what, landed.URL)
		}
	}
}

func switchedOff(t *testing.T, w *world, c *providertest.Client) {
	tokens := w.anna.SignIn(c, "openid", "offline_access", "todo:read")
	row, err := w.Store().Client(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	row.Disabled, row.Epoch, row.Change = true, row.Epoch+1, core.NewID(w.Now())
	if err := w.Store().UpdateClient(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if seen := w.introspect(t, tokens.Access); seen.Active {
		t.Error("its access token lives")
	}
	w.Advance(core.MaxClientStale)
	if got := c.Refresh(tokens.Refresh); got.Status < 400 || got.Status > 401 || !slices.Contains([]string{"invalid_client", "invalid_grant", "unauthorized_client"}, got.Error) {
		t.Errorf("refresh: %d %s", got.Status, got.Body)
	}
	if landed := w.anna.Browser().Open(c.Authorize("openid").URL); landed.Status < 400 || strings.HasPrefix(landed.URL.String(), c.RedirectURI) {
		t.Errorf("it begins again: %d %v", landed.Status, landed.URL)
	}
}

// redeem is the form that trades the code.
func redeem(c *providertest.Client, r providertest.Request, landed providertest.Landing) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {landed.Answer("code")},
		"redirect_uri": {c.RedirectURI}, "code_verifier": {r.Verifier},
	}
}

// at refreshes for one resource.
func (w *world) at(t *testing.T, c *providertest.Client, token, resource string) providertest.Tokens {
	t.Helper()
	got := c.Token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "resource": {resource}})
	if got.Status != http.StatusOK {
		t.Fatalf("for %s: %d %s", resource, got.Status, got.Body)
	}
	return got.Tokens
}

type introspection struct {
	Active bool   `json:"active"`
	Client string `json:"client_id"`
	Scope  string `json:"scope"`
}

// introspect is the API asking about a token.
func (w *world) introspect(t *testing.T, token string) (found introspection) {
	t.Helper()
	got := w.guard.Post("/introspect", url.Values{"token": {token}})
	if err := json.Unmarshal(got.Body, &found); err != nil || got.Status != http.StatusOK {
		t.Fatalf("introspection: %d %s", got.Status, got.Body)
	}
	return found
}
