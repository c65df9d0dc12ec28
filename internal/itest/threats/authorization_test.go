package threats

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/clientreg"
)

func TestThreat_AUT01_UnknownClient(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"nobody", "APP", "app ", "kw_cl_app", "https://evil.example/client", strings.Repeat("a", 4000)} {
		refusedOnPage(t, id, w.authorize(url.Values{"client_id": {id}, "redirect_uri": {"https://evil.example/cb"}}))
	}
	refusedOnPage(t, "no client", w.authorize(url.Values{"client_id": {""}}))
}

func TestThreat_AUT02_NoRedirectURI(t *testing.T) {
	w := newWorld(t)
	w.Client(clientreg.Seed{ID: "two", RedirectURIs: []string{callback, callback + "2"}})
	for _, id := range []string{"app", "two"} {
		refusedOnPage(t, id, w.authorize(url.Values{"client_id": {id}, "redirect_uri": {""}}))
	}
}

func TestThreat_AUT04_RepeatedParameters(t *testing.T) {
	w := newWorld(t)
	sent, err := url.Parse(w.app.Authorize().URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range sent.Query() {
		for _, other := range []string{values[0], "another"} {
			got := w.authorize(url.Values{name: {values[0], other}})
			if name == "client_id" || name == "redirect_uri" {
				refusedOnPage(t, name, got)
				continue
			}
			w.redirected(name+" twice", "invalid_request", got)
		}
	}
}

func TestThreat_AUT06_EveryPromptAndABadRedirect(t *testing.T) {
	w := newWorld(t)
	for _, prompt := range []string{"none", "login", "consent", "select_account", "create", "login consent", "none login", "sudo"} {
		refusedOnPage(t, "client, "+prompt, w.authorize(url.Values{"client_id": {"nobody"}, "prompt": {prompt}}))
		refusedOnPage(t, "redirect, "+prompt, w.authorize(url.Values{"redirect_uri": {"https://evil.example/"}, "prompt": {prompt}}))
	}
}

func TestThreat_AUT07_PromptNoneShowsNothing(t *testing.T) {
	w := newWorld(t)
	none := url.Values{"prompt": {"none"}}
	w.redirected("no session", "login_required", w.authorize(none))
	b := w.ada.Browser()
	b.SignIn(w.app.Authorize().URL)
	w.redirected("no consent", "consent_required", b.Open(w.app.AuthorizeWith(none).URL))
	w.Advance(time.Second)
	b.SignInAndRemember(w.app.Authorize().URL)
	if got := b.Open(w.app.AuthorizeWith(none).URL); got.Answer("code") == "" {
		t.Errorf("signed in and agreed: %v", got.URL)
	}
	w.Advance(400 * 24 * hour)
	w.redirected("expired session", "login_required", b.Open(w.app.AuthorizeWith(none).URL))
}

func TestThreat_AUT08_NoneWithOthers(t *testing.T) {
	w := newWorld(t)
	for _, prompt := range []string{"none login", "login none", "none consent", "none none"} {
		w.redirected(prompt, "invalid_request", w.authorize(url.Values{"prompt": {prompt}}))
	}
	b := w.ada.Browser()
	b.SignInAndRemember(w.app.Authorize().URL)
	w.Advance(hour)
	request := w.app.AuthorizeWith(url.Values{"prompt": {"login consent select_account"}})
	var seen []string
	for landed := b.Open(request.URL); landed.Page() != "" && len(seen) < 9; landed = b.Landed() {
		seen = append(seen, landed.Page())
		switch landed.Page() {
		case "accounts":
			form := landed.Button("accounts", "ada@example.com")
			b.Submit("accounts", nil, form)
		case "signin":
			b.Submit("signin", map[string]string{"identifier": w.ada.Email})
		case "password":
			b.Submit("password-form", map[string]string{"password": word})
		case "consent":
			b.Submit("consent", nil, "decision=allow")
		default:
			t.Fatalf("page %q: %s", landed.Page(), landed.Body)
		}
	}
	if all := strings.Join(seen, " "); !strings.Contains(all, "accounts") || !strings.Contains(all, "password") || !strings.Contains(all, "consent") {
		t.Errorf("the pages shown were %s", all)
	}
	if b.Landed().Answer("code") == "" {
		t.Errorf("ended at %v", b.Landed().URL)
	}
}

func TestThreat_PKC01_PKC05_ChallengeAndMethod(t *testing.T) {
	w := newWorld(t)
	w.Client(clientreg.Seed{ID: "public", AuthMethod: "none", RedirectURIs: []string{callback}})
	for _, id := range []string{"app", "public"} {
		for what, change := range map[string]url.Values{
			"no challenge":      {"code_challenge": {""}},
			"nothing":           {"code_challenge": {""}, "code_challenge_method": {""}}, // PKC04: as stripped in the front channel
			"no method":         {"code_challenge_method": {""}},
			"plain":             {"code_challenge_method": {"plain"}},
			"lower case":        {"code_challenge_method": {"s256"}},
			"unknown":           {"code_challenge_method": {"S512"}},
			"twice":             {"code_challenge_method": {"S256", "S256"}},
			"too short":         {"code_challenge": {"abc"}},
			"not the alphabet":  {"code_challenge": {strings.Repeat("=", 43)}},
			"longer than S256s": {"code_challenge": {strings.Repeat("a", 44)}},
		} {
			change.Set("client_id", id)
			w.redirected(id+", "+what, "invalid_request", w.authorize(change))
		}
	}
}

func TestThreat_PKC02_VerifierLeftOut(t *testing.T) {
	w := newWorld(t)
	request, code := w.code()
	for what, verifier := range map[string][]string{"omitted": nil, "empty": {""}, "wrong": {strings.Repeat("a", 43)}} {
		form := w.redemption(request, code)
		form["code_verifier"] = verifier
		if got := w.app.Token(form); got.Status != 400 || got.Error != "invalid_grant" {
			t.Errorf("%s: %d %s", what, got.Status, got.Body)
		}
	}
	if got := w.app.Token(w.redemption(request, code)); got.Status != 200 {
		t.Errorf("the right one: %d %s", got.Status, got.Body)
	}
}

func TestThreat_PKC03_VerifierWithoutChallenge(t *testing.T) {
	w := newWorld(t)
	old := w.Client(clientreg.Seed{ID: "old", RedirectURIs: []string{callback}, InsecureNoPKCE: true})
	request := old.AuthorizeWith(url.Values{"code_challenge": {""}, "code_challenge_method": {""}})
	landed := w.ada.Browser().SignIn(request.URL)
	if got := old.Token(w.redemption(request, landed.Answer("code"))); got.Status != 400 || got.Error != "invalid_grant" {
		t.Errorf("a verifier where no challenge was: %d %s", got.Status, got.Body)
	}
}

func TestThreat_MIX01_IssuerInEveryAnswer(t *testing.T) {
	w := newWorld(t, withPath)
	request := w.app.Authorize()
	w.app.Redeem(request, w.ada.Browser().SignIn(request.URL)) // checks iss and state
	denied := w.ada.Browser().Deny(w.app.Authorize().URL)
	w.redirected("denied", "access_denied", denied)
	metadata := w.raw("GET", "/.well-known/openid-configuration", "")
	if body := string(metadata.Body); !strings.Contains(body, `"authorization_response_iss_parameter_supported":true`) || !strings.Contains(body, `"issuer":"`+w.Issuer()+`"`) {
		t.Errorf("the metadata says %s", body)
	}
}
