package requirements

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/jose"
)

const inactive = `{"active":false}`

func TestBB01_BrowserAppsNeedNoSecret(t *testing.T) {
	w := newWorld(t)
	spa := w.Client(clientreg.Seed{ID: "spa", AuthMethod: "none", RedirectURIs: []string{"https://spa.example/cb"}})
	form := w.code(spa, nil)
	unproven := url.Values{}
	for name, v := range form {
		unproven[name] = v
	}
	unproven.Del("code_verifier")
	if got := spa.Token(unproven); got.Error != "invalid_grant" {
		t.Errorf("without its verifier: %d %s", got.Status, got.Body)
	}
	got := spa.Token(form)
	if got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if again := spa.Refresh(got.Refresh); again.Status != http.StatusOK || again.Refresh == got.Refresh {
		t.Errorf("refresh: %d %s", again.Status, again.Body)
	}
}

func TestBC06_GrantTypesOfEachClient(t *testing.T) {
	w := newWorld(t)
	secret := clientreg.Secret{Text: "a secret of some length for tests"}
	codes := w.Client(clientreg.Seed{ID: "codes", Secret: secret, GrantTypes: []string{core.GrantAuthorizationCode}, RedirectURIs: []string{callback}})
	robot := w.Client(clientreg.Seed{
		ID: "robot", Secret: secret, GrantTypes: []string{core.GrantClientCredentials}, RedirectURIs: []string{}, Scope: "read", Resources: []string{notes},
	})
	robotForm := url.Values{"grant_type": {core.GrantClientCredentials}, "scope": {"read"}}
	tokens := w.ada.SignIn(w.app)
	for what, got := range map[string]string{
		"code client, client credentials": codes.Token(url.Values{"grant_type": {core.GrantClientCredentials}}).Error,
		"code client, refresh":            codes.Refresh(tokens.Refresh).Error,
		"app, client credentials":         w.app.Token(robotForm).Error,
		"robot, code":                     robot.Token(w.code(w.app, nil)).Error,
		"robot, refresh":                  robot.Refresh(tokens.Refresh).Error,
	} {
		if got != "unauthorized_client" {
			t.Errorf("%s: %q", what, got)
		}
	}
	if got := w.open(robot, url.Values{"client_id": {"robot"}, "redirect_uri": {callback}}); got.Status != http.StatusBadRequest || got.Page() != "error" {
		t.Errorf("the robot at the authorization endpoint: %d %q", got.Status, got.Page())
	}
	if got := robot.Token(robotForm); got.Status != http.StatusOK || got.Refresh != "" {
		t.Errorf("what the robot may do: %d %s", got.Status, got.Body)
	}
	if got := codes.Token(w.code(codes, nil, "openid")); got.Status != http.StatusOK || got.Refresh != "" {
		t.Errorf("what the code client may do: %d %s", got.Status, got.Body)
	}
}

func TestOC30_StayingIsAgreedTo(t *testing.T) {
	w := newWorld(t)
	with := []string{"openid", "offline_access"}
	denied := w.ada.Browser().Deny(w.app.Authorize(with...).URL)
	w.redirected("denied", "access_denied", denied)
	if got := w.app.Token(w.code(w.app, nil, "openid")); got.Status != http.StatusOK || strings.Contains(got.Scope, "offline_access") {
		t.Errorf("not asked for: %d %s", got.Status, got.Body)
	}
	if got := w.app.Token(w.code(w.app, nil, with...)); got.Refresh == "" {
		t.Errorf("agreed: %d %s", got.Status, got.Body)
	}
	b := w.ada.Browser()
	b.SignInAndRemember(w.app.Authorize("openid").URL)
	silent := b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}}, with...).URL)
	w.redirected("remembered without it", "consent_required", silent)
}

func TestIS02_InactiveTellsNothing(t *testing.T) {
	w := newWorld(t)
	other := w.Client(clientreg.Seed{ID: "other", RedirectURIs: []string{callback}})
	tokens := w.ada.SignIn(w.app)
	revoked := w.ada.SignIn(w.app)
	if got := w.app.Post("/revoke", url.Values{"token": {revoked.Refresh}}); got.Status != http.StatusOK {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	for what, c := range map[string]struct {
		as    *providertest.Client
		token string
	}{
		"unknown":                       {w.app, "x"},
		"a JWT of nobody":               {w.app, "eyJhbGciOiJub25lIn0.e30."},
		"altered":                       {w.app, tokens.Access[:len(tokens.Access)-2]},
		"revoked":                       {w.app, revoked.Access},
		"revoked, refresh":              {w.app, revoked.Refresh},
		"an ID token":                   {w.app, tokens.ID},
		"another client's":              {other, tokens.Access},
		"another client's refresh":      {other, tokens.Refresh},
		"another client's, and revoked": {other, revoked.Access},
	} {
		if got := c.as.Post("/introspect", url.Values{"token": {c.token}}); got.Status != http.StatusOK || string(got.Body) != inactive {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	for what, token := range map[string]string{"access": tokens.Access, "refresh": tokens.Refresh} {
		if got := w.app.Post("/introspect", url.Values{"token": {token}}); !strings.Contains(string(got.Body), `"active":true`) {
			t.Errorf("%s, the twin: %s", what, got.Body)
		}
	}
	w.Advance(time.Hour)
	if got := w.app.Post("/introspect", url.Values{"token": {tokens.Access}}); string(got.Body) != inactive {
		t.Errorf("expired: %s", got.Body)
	}
}

func TestRI01_ResourcesAreAbsoluteAndKnown(t *testing.T) {
	w := newWorld(t)
	for what, resource := range map[string][]string{
		"unknown": {"https://other.example/api"}, "relative": {"/api"}, "no scheme": {"notes.example/api"}, "fragment": {notes + "#a"},
		"user": {"https://x@notes.example/api"}, "other path": {notes + "/"}, "path in other case": {"https://notes.example/API"},
		"prefix": {"https://notes.example/ap"}, "a known and an unknown": {notes, "https://other.example/api"}, "space": {notes + " "},
	} {
		w.redirected(what, "invalid_target", w.open(w.app, url.Values{"resource": resource}))
		form := w.code(w.app, url.Values{"resource": {notes}}, "openid", "read")
		form["resource"] = resource
		if got := w.app.Token(form); got.Status != http.StatusBadRequest || got.Error != "invalid_target" {
			t.Errorf("%s, at the token endpoint: %d %s", what, got.Status, got.Body)
		}
	}
	both := url.Values{"resource": {notes, gallery}}
	form := w.code(w.app, both, "openid", "read", "look")
	form["resource"] = []string{"HTTPS://NOTES.example/api"}
	got := w.app.Token(form)
	if got.Status != http.StatusOK {
		t.Fatalf("the twin: %d %s", got.Status, got.Body)
	}
	if _, claims := read(t, got.Access); claims["aud"] != notes {
		t.Errorf("the audience is %v", claims["aud"])
	}
}

func TestRI04_AT02_EveryTokenHasAnAudience(t *testing.T) {
	w := newWorld(t)
	for what, c := range map[string]struct {
		scopes   []string
		resource string
		aud      string
	}{
		"the only resource with the scope": {[]string{"openid", "read"}, "", notes},
		"no resource's scope":              {[]string{"openid", "profile"}, "", w.Issuer()},
		"the other":                        {[]string{"look"}, "", gallery},
		"asked for":                        {[]string{"openid", "read", "look"}, notes, notes},
	} {
		change := url.Values{"resource": {c.resource}}
		got := w.app.Token(w.code(w.app, change, c.scopes...))
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", what, got.Status, got.Body)
		}
		body := string(w.app.Post("/introspect", url.Values{"token": {got.Access}}).Body)
		if !strings.Contains(body, `"aud":"`+c.aud+`"`) {
			t.Errorf("%s: %s", what, body)
		}
		if status := w.UserInfo(got.Access).Status; (status == http.StatusOK) != (c.aud == w.Issuer()) {
			t.Errorf("%s: userinfo says %d", what, status)
		}
	}
}

// AT02: a token that a resource server verifies by itself has an asymmetric
// signature by a published key, and is no ID token, nor the other way round.
func TestAT02_AccessTokensVerifyByThePublishedKeys(t *testing.T) {
	w := newWorld(t)
	got := w.app.Token(w.code(w.app, url.Values{"resource": {notes}}, "openid", "read"))
	keys, err := jose.ParseKeySet(w.get("/jwks").Body)
	if err != nil || keys.Len() == 0 {
		t.Fatalf("%d keys: %v", keys.Len(), err)
	}
	published := map[any]string{}
	for _, k := range keys.Keys() {
		published[k.ID] = string(k.Algorithm)
	}
	for what, c := range map[string]struct{ token, typ string }{"access token": {got.Access, "at+jwt"}, "ID token": {got.ID, "JWT"}} {
		header, _ := read(t, c.token)
		alg, known := published[header["kid"]]
		if !known || header["alg"] != alg || header["typ"] != c.typ || strings.HasPrefix(alg, "HS") {
			t.Errorf("%s: header %v, keys %v", what, header, published)
		}
	}
	if info := w.UserInfo(got.ID); info.Status != http.StatusUnauthorized {
		t.Errorf("an ID token at userinfo: %d %s", info.Status, info.Body)
	}
	b := w.ada.Browser()
	b.SignInAndRemember(w.app.Authorize().URL)
	silent := func(hint string) providertest.Landing {
		return b.Open(w.app.AuthorizeWith(url.Values{"prompt": {"none"}, "id_token_hint": {hint}}).URL)
	}
	w.redirected("an access token as hint", "login_required", silent(got.Access))
	if landed := silent(got.ID); landed.Answer("code") == "" {
		t.Errorf("the ID token as hint: %v", landed.URL)
	}
}
