package threats

import (
	"net/url"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
)

// Each address differs a little from the registered one.
var almost = map[string][]string{
	"RED01": {callback + "/", "https://app.example/CB", callback + "?", callback + "#", callback + "?x=1", callback + "/.", "https://app.example/cb%2f", "https://app.example:443/cb", "HTTPS://APP.example/cb"},
	"RED02": {"https://app.example.evil/cb", "https://evilapp.example/cb", "https://app.example./cb", "https://app.example%2eevil/cb"},
	"RED03": {"https://app.example@evil/cb", "https://app.example:x@evil/cb", `https://evil\@app.example/cb`},
	"RED04": {`https:/\evil`, `https:\\evil`, "///evil/cb", "https:evil", "//app.example/cb"},
	"RED05": {" " + callback, callback + " ", "https://app.example/\tcb", "https://app.example/cb\n", callback + "%0d%0aSet-Cookie:x=1", callback + "\r\nSet-Cookie: x=1", callback + "%20"},
	"RED06": {callback + "\x00", callback + "%00", "https://app.example/\xc0\xaf", "https://app.example/%252f", "https://app.example\uff0fcb", "https://\u0430pp.example/cb", "https://xn--pp-7kc.example/cb"},
	"RED07": {"https://app.example/cb/../evil", "https://app.example/x/..;/cb", "https://app.example/%2e%2e/cb", "https://app.example/x/../cb"},
}

func TestThreat_RED01_RED07_AlmostTheRedirectURI(t *testing.T) {
	w := newWorld(t)
	for row, addresses := range almost {
		for _, address := range addresses {
			got := w.authorize(url.Values{"redirect_uri": {address}})
			refusedOnPage(t, row+" "+address, got)
			if got.Header.Get("Set-Cookie") != "" || got.Header.Get("X") != "" {
				t.Errorf("%s %q: %v", row, address, got.Header)
			}
		}
	}
	if got := w.authorize(nil); got.Page() != "signin" {
		t.Errorf("the registered one shows %q", got.Page())
	}
}

func TestThreat_RED08_DangerousSchemes(t *testing.T) {
	w := newWorld(t)
	for _, address := range []string{
		"javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://app.example/x",
		"http://app.example/cb", "https://app.example/cb#x", "https://*.app.example/cb", "myapp:/cb",
	} {
		lane := clientreg.Seeded(clientreg.Seed{ID: "bad", Name: "Bad", AuthMethod: "none", RedirectURIs: []string{address}, Scope: "openid"})
		if lane.Start(core.Tools{Now: w.Now}) == nil {
			t.Errorf("%s can be registered", address)
		}
		// As if an earlier release had stored it.
		stored := core.Client{ID: "bad-" + address[:4] + core.NewID(w.Now()).String(), Lane: core.LaneSeeded, Row: core.Row{Change: core.NewID(w.Now())}}
		stored.Name, stored.AuthMethod, stored.RedirectURIs = "Bad", core.AuthNone, []string{address}
		stored.GrantTypes, stored.Scopes = []string{core.GrantAuthorizationCode}, []string{"openid"}
		if err := w.Store().CreateClient(t.Context(), stored); err != nil {
			t.Fatal(err)
		}
		got := w.authorize(url.Values{"client_id": {stored.ID}, "redirect_uri": {address}, "prompt": {"none"}, "scope": {"openid"}})
		if got.Status == 0 || got.Page() != "error" {
			t.Errorf("%s, once stored, is redirected to: %v, page %q", address, got.URL, got.Page())
		}
	}
}

// A private scheme needs a dot, so that it is somebody's (RFC 8252 section 7.1).
func TestThreat_RED08_PrivateSchemes(t *testing.T) {
	for address, fine := range map[string]bool{"myapp:/cb": false, "com.example.app:/cb": true} {
		lane := clientreg.Seeded(clientreg.Seed{ID: "native", Name: "Native", AuthMethod: "none", RedirectURIs: []string{address}, Scope: "openid"})
		if err := lane.Start(core.Tools{}); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestThreat_RED09_LoopbackPorts(t *testing.T) {
	w := newWorld(t)
	w.Client(clientreg.Seed{ID: "native", AuthMethod: "none", ApplicationType: "native", RedirectURIs: []string{"http://127.0.0.1/cb", "http://[::1]/cb"}})
	for address, fine := range map[string]bool{
		"http://127.0.0.1:4711/cb": true, "http://127.0.0.1/cb": true, "http://[::1]:4711/cb": true,
		"http://127.0.0.1:4711/other": false, "http://127.0.0.1:4711/cb?x=1": false, "http://localhost:4711/cb": false,
		"http://127.0.0.2:4711/cb": false, "https://127.0.0.1:4711/cb": false, "http://127.0.0.1:99999/cb": false, "http://127.0.0.1:/cb": false,
		"http://u@127.0.0.1:4711/cb": false,
	} {
		got := w.authorize(url.Values{"client_id": {"native"}, "redirect_uri": {address}})
		if (got.Page() == "signin") != fine {
			t.Errorf("%s: page %q, want accepted %v", address, got.Page(), fine)
		}
	}
}

func TestThreat_ORD02_ORD03_WhereSignOutLeads(t *testing.T) {
	w := newWorld(t)
	b := w.ada.Browser()
	request := w.app.Authorize()
	tokens := w.app.Redeem(request, b.SignIn(request.URL))
	other := w.Client(clientreg.Seed{ID: "other", LogoutURIs: []string{"https://other.example/bye"}})
	const bye = "https://app.example/bye"
	for what, query := range map[string]url.Values{
		"unregistered":    {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {"https://evil.example/"}},
		"a redirect URI":  {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {callback}},
		"another's":       {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {"https://other.example/bye"}},
		"client mismatch": {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {bye}, "client_id": {other.ID}},
		"no hint":         {"post_logout_redirect_uri": {bye}},
		"a forged hint":   {"id_token_hint": {tokens.ID + "x"}, "post_logout_redirect_uri": {bye}},
		"a slash":         {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {bye + "/"}},
		"upper case":      {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {"https://APP.example/bye"}},
		"user info":       {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {"https://app.example@evil/bye"}},
		"dots":            {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {bye + "/../x"}},
		"a backslash":     {"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {`https:/\evil`}},
	} {
		got := w.ada.Browser().Open(w.Issuer() + "/end-session?" + query.Encode())
		if got.Status == 0 {
			t.Errorf("%s: led to %v", what, got.URL)
		}
	}
	got := b.Open(w.Issuer() + "/end-session?" + url.Values{"id_token_hint": {tokens.ID}, "post_logout_redirect_uri": {bye}, "state": {"s"}}.Encode())
	if got.Status != 0 || got.URL.String() != bye+"?state=s" {
		t.Errorf("the registered one: %d %v", got.Status, got.URL)
	}
}
