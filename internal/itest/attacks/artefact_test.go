package attacks_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// artefacts is one of everything that is handed out, each good by itself.
func artefacts(t *testing.T, p *providertest.Provider, app *providertest.Client, ada *providertest.Person) (all map[string]string, sessionCookie string) {
	t.Helper()
	q := app.Authorize()
	b := ada.Browser()
	landed := b.SignIn(q.URL)
	tokens := app.Redeem(q, landed)
	waiting := app.Authorize()
	c := fresh(p, "198.51.100.1:1")
	c.askReset(app.Authorize().URL, ada.Email)
	link := p.LastLink(ada.Email)
	all = map[string]string{
		"code": ada.Browser().SignIn(waiting.URL).Answer("code"), "refresh token": tokens.Refresh, "access token": tokens.Access,
		"ID token": tokens.ID, "mailed link": link[strings.LastIndex(link, "/")+1:],
		"interaction": strings.Split(strings.TrimPrefix(c.at, p.Issuer()+"/interaction/"), "/")[0],
	}
	u, err := url.Parse(strings.Replace(p.Issuer(), "http:", "https:", 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range b.HTTP().Jar.Cookies(u) {
		if strings.HasPrefix(k.Name, "__Host-kw_s") {
			all["session cookie"], sessionCookie = k.Value, k.Name
		} else {
			all["browser cookie"] = k.Value
		}
	}
	if len(all) != 8 {
		t.Fatalf("%d kinds: %v", len(all), slices.Sorted(maps.Keys(all)))
	}
	return all, sessionCookie
}

// door is a place where something handed out is taken, and what fits there.
type door struct {
	fits []string
	open func(artefact string) bool
}

// doors is all of them. Those that nothing fits lack something else here: the
// verifier, the cookie.
func doors(p *providertest.Provider, app *providertest.Client, sessionCookie string) map[string]door {
	get := func(path string, header ...string) *caller {
		c := fresh(p, "198.51.100.1:1")
		q, _ := http.NewRequest(http.MethodGet, p.Issuer()+path, nil)
		for i := 0; i+1 < len(header); i += 2 {
			q.Header.Set(header[i], header[i+1])
		}
		c.do(q)
		return c
	}
	return map[string]door{
		"userinfo": {[]string{"access token"}, func(a string) bool { return p.UserInfo(a).Status == http.StatusOK }},
		"introspection": {[]string{"access token", "refresh token"}, func(a string) bool {
			return strings.Contains(string(app.Post("/introspect", url.Values{"token": {a}}).Body), `"active":true`)
		}},
		"refresh": {[]string{"refresh token"}, func(a string) bool { return app.Refresh(a).Status == http.StatusOK }},
		"code": {nil, func(a string) bool {
			return app.Token(url.Values{"grant_type": {"authorization_code"}, "code": {a}, "redirect_uri": {app.RedirectURI}}).Status == http.StatusOK
		}},
		"link":        {[]string{"mailed link"}, func(a string) bool { return get("/link/"+a).last.Code == http.StatusOK }},
		"interaction": {nil, func(a string) bool { return get("/interaction/"+a+"/signin").last.Code == http.StatusOK }},
		"session cookie": {[]string{"session cookie"}, func(a string) bool {
			silent := strings.TrimPrefix(app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL, p.Issuer())
			return strings.Contains(get(silent, "Cookie", sessionCookie+"="+a).last.Header().Get("Location"), "consent_required")
		}},
		"client assertion": {nil, func(a string) bool {
			v := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ID}, "client_assertion": {a}}
			v.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
			return app.Token(v).Status == http.StatusOK
		}},
		"id_token_hint at sign-out": {[]string{"ID token"}, func(a string) bool {
			c := get("/end-session?" + url.Values{"id_token_hint": {a}, "post_logout_redirect_uri": {"https://app.example/bye"}}.Encode())
			return strings.HasPrefix(c.last.Header().Get("Location"), "https://app.example/bye")
		}},
		"request_uri": {nil, func(a string) bool {
			return strings.Contains(get("/authorize?"+url.Values{"client_id": {app.ID}, "request_uri": {a}}.Encode()).at, "/interaction/")
		}},
	}
}

// spoilt is an artefact in spellings that are not it.
func spoilt(a string) map[string]string {
	half := len(a) / 2
	return map[string]string{
		"cut": a[:len(a)-1], "extended": a + "A", "dotted": a + ".", "spaced": a + " ", "raised": strings.ToUpper(a),
		"one bit": a[:half] + string(a[half]^1) + a[half+1:],
	}
}

// TestThreat_JWT06_MAG05_RFR15_RFR16_EachArtefactOpensOneDoor tries everything
// that is handed out everywhere that something handed out is taken.
func TestThreat_JWT06_MAG05_RFR15_RFR16_EachArtefactOpensOneDoor(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{LogoutURIs: []string{"https://app.example/bye"}})
	ada := p.Person("ada@example.com", secret)
	all, sessionCookie := artefacts(t, p, app, ada)
	for where, d := range doors(p, app, sessionCookie) {
		for name, artefact := range all {
			if opens := d.open(artefact); opens != slices.Contains(d.fits, name) {
				t.Errorf("the %s at %s: %v", name, where, opens)
			}
			for what, bad := range spoilt(artefact) {
				if where == "session cookie" && (what == "spaced" || what == "dotted") {
					continue // means the same cookie, or one more handle that opens nothing
				}
				if d.open(url.PathEscape(bad)) {
					t.Errorf("the %s, %s, at %s", name, what, where)
				}
			}
		}
	}
}

// TestThreat_RED01_RED12_RED15_OnlyTheRegisteredBytes asks with every trick,
// signed in and agreed, silently and not.
func TestThreat_RED01_RED12_RED15_OnlyTheRegisteredBytes(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{ID: "web", RedirectURIs: []string{"https://app.example/cb"}})
	p.Client(clientreg.Seed{ID: "desk", AuthMethod: "none", RedirectURIs: []string{"http://127.0.0.1/cb"}})
	ada := p.Person("ada@example.com", secret)
	b := ada.Browser()
	if b.SignInAndRemember(app.Authorize().URL).Answer("code") == "" {
		t.Fatal("no code")
	}
	if b.Open(app.AuthorizeWith(url.Values{"prompt": {"none"}}).URL).Answer("code") == "" {
		t.Fatal("not remembered")
	}
	tricks := map[string][]string{"web": {
		"", "https://app.example/cb/", "https://app.example/CB", "https://app.example/cb?", "https://app.example/cb#", "https://app.example/cb?x=1",
		"https://app.example/cb/.", "https://app.example/cb%2f", "https://app.example:443/cb", "HTTPS://APP.example/cb",
		"https://app.example.evil/cb", "https://evilapp.example/cb", "https://app.example./cb", "https://app.example%2eevil/cb",
		"https://app.example@evil/cb", "https://app.example:x@evil/cb", `https://evil\@app.example/cb`,
		`https:/\evil`, `https:\\evil`, "///evil/cb", "https:evil", "//app.example/cb",
		" https://app.example/cb", "https://app.example/cb ", "https://app.example/\tcb", "https://app.example/cb%0d%0aX-A:b", "https://app.example/cb%20",
		"https://app.example/cb%00", "https://app.example/%c0%afcb", "https://app.example/cb%252f", "https://app.example／cb", "https://аpp.example/cb",
		"https://app.example/cb/../evil", "https://app.example/x/..;/cb", "https://app.example/%2e%2e/cb", "javascript:alert(1)", "data:text/html,x",
		"https%3A%2F%2Fapp.example%2Fcb",
	}, "desk": {
		"http://127.0.0.1:7/CB", "http://127.0.0.1:7/cb?x=1", "http://localhost:7/cb", "https://127.0.0.1:7/cb", "http://127.0.0.1.evil/cb",
		"http://localhost.evil/cb", "http://127.0.0.1:80@evil/cb", "http://[::1]evil/cb", "http://[::1/cb", "http://[fe80::1]/cb", "http://127.1/cb",
		"http://2130706433/cb", "http://0.0.0.0/cb", "http://[::1]:7/cb", "http://127.0.0.1:99999/cb", "http://127.0.0.1:/cb",
	}}
	for id, uris := range tricks {
		for _, uri := range uris {
			for _, prompt := range []string{"", "none", "login", "consent", "select_account", "create", "none login"} {
				more := url.Values{"client_id": {id}, "redirect_uri": {uri}, "prompt": {prompt}}
				landed := b.Open(app.AuthorizeWith(more).URL)
				if landed.Status != http.StatusBadRequest || landed.Page() != "error" || strings.Contains(landed.Body, "evil") {
					t.Errorf("%s %q prompt %q: %d at %v", id, uri, prompt, landed.Status, landed.URL)
				}
			}
		}
	}
	if l := b.Open(app.AuthorizeWith(url.Values{"client_id": {"desk"}, "redirect_uri": {"http://127.0.0.1:7/cb"}}).URL); l.Page() != "consent" {
		t.Errorf("RED09: another port: %v %d", l.URL, l.Status)
	}
}

// TestThreat_CON11_CON10_WhatIsShownIsWhatIsGiven adds to the consent form what
// was never asked.
func TestThreat_CON11_CON10_WhatIsShownIsWhatIsGiven(t *testing.T) {
	p := providertest.New(t)
	app := p.Client(clientreg.Seed{})
	ada := p.Person("ada@example.com", secret)
	q := app.Authorize("openid")
	c := fresh(p, "198.51.100.1:1")
	c.get(q.URL)
	v := c.fields()
	v.Set("identifier", ada.Email)
	c.post(c.at, v)
	c.choose(secret)
	if c.last.Code != http.StatusOK || !strings.HasSuffix(c.at, "/consent") {
		t.Fatalf("%d at %s", c.last.Code, c.at)
	}
	good := c.fields()
	good.Set("decision", "allow")
	for name, change := range map[string]url.Values{
		"a digest of zeros": {"digest": {strings.Repeat("0", 64)}}, "no digest": {"digest": nil}, "a digest cut": {"digest": {good.Get("digest")[:62]}},
		"two digests": {"digest": {good.Get("digest"), good.Get("digest")}}, "two decisions": {"decision": {"allow", "deny"}},
		"no token": {"csrf": nil}, "another token": {"csrf": {good.Get("csrf")[1:] + "A"}},
	} {
		v := maps.Clone(good)
		maps.Copy(v, change)
		w := c.post(c.at, v)
		if asked := name == "two decisions" && w.Code == http.StatusOK; !asked && w.Code < 400 || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Location"))
		}
	}
	for name, value := range map[string]string{
		"scope": "openid email profile offline_access", "resource": "https://api.example", "client_id": "other", "redirect_uri": "https://evil.example",
		"account": "x", "skip_consent": "1", "done": "true", "state": "y", "claims": `{"id_token":{"email":null}}`,
	} {
		good.Set(name, value)
	}
	to := c.post(c.at, good).Header().Get("Location")
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, app.RedirectURI) || u.Query().Get("state") != q.State {
		t.Fatalf("sent to %q", to)
	}
	got := app.Token(redemption(app, q, u.Query().Get("code")))
	if got.Status != http.StatusOK || got.Scope != "openid" {
		t.Errorf("given: %d %s", got.Status, got.Body)
	}
	if info := string(p.UserInfo(got.Access).Body); strings.Contains(info, "email") || strings.Contains(info, "name") {
		t.Errorf("userinfo: %s", info)
	}
	for _, wider := range []url.Values{{"scope": {"openid email"}}, {"resource": {"https://api.example"}}} { // TOK12, TOK13
		v := redemption(app, q, u.Query().Get("code"))
		maps.Copy(v, wider)
		if status := app.Token(v).Status; status != http.StatusBadRequest {
			t.Errorf("wider: %d", status)
		}
	}

}
