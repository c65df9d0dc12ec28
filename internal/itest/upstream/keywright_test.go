package upstream

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/authenticators/upstream"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/orgreg"
)

const callback = "/upstream/above/callback"

// A person who has no account here signs in by way of the provider above, and again by another browser: it is one account, with a
// proven address. Once the answer comes by the address bar and once by a form (SE-02).
func TestKeywright_signsInByKeywright(t *testing.T) {
	for name, change := range map[string]func(*upstream.Provider){
		"query":     func(*upstream.Provider) {},
		"form_post": func(p *upstream.Provider) { p.FormPost = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, inCode(change), callback)
			var subjects []string
			for range 2 {
				b, request := w.mara.Browser(), w.app.Authorize()
				at := b.Open(request.URL)
				wantPage(t, at, "signin")
				if !strings.Contains(at.Body, "Continue with <bdi>Above</bdi>") {
					t.Errorf("no button is offered\n%s", at.Body)
				}
				b.Submit("ways", nil, "way=upstream:above")
				landed := b.Continue()
				who := w.userinfo(w.app.Redeem(request, landed))
				if who.Email != email || !who.EmailVerified || who.Name != w.mara.Name {
					t.Errorf("%+v", who)
				}
				subjects = append(subjects, who.Sub)
			}
			if subjects[0] != subjects[1] || subjects[0] == "" {
				t.Errorf("subjects %v", subjects)
			}
			if above := w.mara.Account(); above.Subject() == subjects[0] {
				t.Error("the subject of above is used here")
			}
		})
	}
}

// atCallback goes as far as the answer of above, and keeps it from being delivered.
func atCallback(t *testing.T, w *world, b *providertest.Browser) *url.URL {
	t.Helper()
	b.Open(w.app.Authorize().URL)
	b.Submit("ways", nil, "way=upstream:above")
	b.Submit("signin", map[string]string{"identifier": email})
	b.Submit("password-form", map[string]string{"password": password})
	wantPage(t, b.Landed(), "consent")
	client := *b.HTTP()
	client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), w.here.Issuer()) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	to, form := b.Landed().FormAction("consent"), url.Values{"decision": {"allow"}}
	for _, name := range []string{"csrf", "digest"} {
		if v := b.Landed().Field("consent", name); v != "" {
			form.Set(name, v)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil || !strings.HasPrefix(back.String(), w.here.Issuer()+callback) {
		t.Fatalf("no answer: %d %v %v", answer.StatusCode, back, err)
	}
	return back
}

// RP-01, CSR02, RP-10: the answer of somebody else's attempt gets nobody in, in another browser; nor once it is used, nor altered.
func TestThreat_CSR02_LNK11_answersOfOthers(t *testing.T) {
	w := newWorld(t, inCode(), callback)
	b := w.mara.Browser()
	back := atCallback(t, w, b)

	victim := w.mara.Browser()
	at := victim.Open(back.String())
	if at.Status != http.StatusBadRequest {
		t.Errorf("another browser: %d %s", at.Status, at.Body)
	}
	victim.Open(w.app.Authorize().URL) // has cookies now
	if at = victim.Open(back.String()); at.Status != http.StatusBadRequest {
		t.Errorf("another browser with cookies: %d %s", at.Status, at.Body)
	}

	forged := *back
	q := forged.Query()
	q.Set("iss", "https://evil.example")
	forged.RawQuery = q.Encode()
	at = b.Open(forged.String())
	wantPage(t, at, upstream.PageName)
	if at.Status != http.StatusBadRequest || strings.Contains(at.Body, "evil") {
		t.Errorf("MIX02: %d %s", at.Status, at.Body)
	}
	if at = b.Open(back.String()); at.Page() != upstream.PageName { // used up by the forged one: the same page
		t.Errorf("used: %s %d", at.Page(), at.Status)
	}
	b.Follow("again") // and from there it works; above still knows the browser
	if landed := b.Continue(); landed.Answer("code") == "" {
		t.Errorf("again led to %v\n%s", landed.URL, landed.Body)
	}
}

// Who says no there is told so here, and can choose another way (LNK17).
func TestKeywright_deniedThere(t *testing.T) {
	w := newWorld(t, inCode(), callback)
	b := w.mara.Browser()
	b.Open(w.app.Authorize().URL)
	b.Submit("ways", nil, "way=upstream:above")
	b.Submit("signin", map[string]string{"identifier": email})
	b.Submit("password-form", map[string]string{"password": password})
	at := b.Submit("consent", nil, "decision=deny")
	wantPage(t, at, upstream.PageName)
	if !strings.Contains(at.Body, "was cancelled or not allowed there") {
		t.Errorf("the page says\n%s", at.Body)
	}
	wantPage(t, b.Follow("signin"), "signin")
}

// An address leads to the connection of its organization, and by it back, with an account made on the way.
func TestKeywright_byConnection(t *testing.T) {
	const secret = "a secret of both, worth nothing at all"
	w := newWorld(t, func(w *world) core.Authenticator {
		a, err := upstream.Connections(upstream.Options{InsecureAllowLoopback: true})
		if err != nil {
			w.t.Fatal(err)
		}
		w.seeds = orgreg.Seeds{Organizations: []orgreg.Organization{{
			Name: "example", Domains: []string{"example.com"},
			Connections: []orgreg.Connection{{
				Name: "sso", Kind: upstream.Method, Label: "Example Corp", JustInTime: true,
				Settings: map[string]any{"issuer": w.above.Issuer(), "client_id": clientID, "domains": []string{"example.com"}},
				Secrets:  orgreg.Secrets{"client_secret": secret},
			}},
		}}}
		return a
	}, "")
	_, connections, err := w.here.Store().OrganizationByDomain(t.Context(), "example.com")
	if err != nil || len(connections) != 1 {
		t.Fatalf("%v, %v", connections, err)
	}
	w.above.Client(clientreg.Seed{
		ID: clientID, Name: "Here", Secret: clientreg.Secret{Text: secret}, RedirectURIs: []string{w.here.Issuer() + "/upstream/connection/" + connections[0].ID.String() + "/callback"},
	})
	var subjects []string
	for range 2 {
		b, request := w.mara.Browser(), w.app.Authorize()
		b.Open(request.URL)
		b.Submit("signin", map[string]string{"identifier": email})
		if !strings.HasPrefix(b.Landed().URL.String(), w.above.Issuer()) {
			t.Fatalf("led to %v\n%s", b.Landed().URL, b.Landed().Body)
		}
		who := w.userinfo(w.app.Redeem(request, b.Continue()))
		if who.Email != email || !who.EmailVerified {
			t.Errorf("%+v", who)
		}
		subjects = append(subjects, who.Sub)
	}
	if subjects[0] != subjects[1] {
		t.Errorf("subjects %v", subjects)
	}
}
