package threats

import (
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/browser"
)

// scripts are what attackers put where a name is asked for.
var scripts = []string{
	`<script>window.pwned=1</script>`, `"><img src=x onerror="window.pwned=1">`, `'><svg onload=window.pwned=1>`, `</title><script>window.pwned=1</script>`,
	`</textarea><iframe srcdoc="<script>parent.pwned=1</script>">`, `javascript:window.pwned=1`, `{{constructor.constructor('window.pwned=1')()}}`,
	"\u202eevil", `<base href=//evil.example>`, `<meta http-equiv=refresh content="0;url=//evil.example">`,
}

// XSS01: hostile names and hints are text on every page; the browser finds no new
// node and its console is silent.
func TestThreat_XSS01_HostileNames(t *testing.T) {
	b := browser.Start(t)
	w := newWorld(t)
	for n, script := range scripts {
		bad := w.Client(clientreg.Seed{ID: "bad" + string(rune('a'+n)), Name: script, RedirectURIs: []string{callback}})
		w.change(func(a *core.Account) { a.Name = script })
		inert := func(page string) {
			t.Helper()
			b.WaitFor("#page-" + page)
			found := browser.Evaluate[int](b, `document.querySelectorAll("script:not([src]), img[src=x], iframe, base, meta[http-equiv], [onload], [onerror]").length + (window.pwned ? 100 : 0)`)
			if found != 0 {
				t.Errorf("%s on %s: %d", script, page, found)
			}
		}
		b.Goto(bad.AuthorizeWith(url.Values{"login_hint": {script}, "ui_locales": {script}, "prompt": {"login consent"}}).URL)
		if n == 0 {
			b.WaitFor("#identifier")
			b.Fill("#identifier", w.ada.Email)
			inert("signin")
			b.Click("#continue")
		}
		inert("password")
		b.Fill("#password", word)
		b.Click("#continue")
		inert("consent")
		b.Click("#deny")
		b.WaitUntil("the browser has left", func() bool { return !strings.Contains(b.Address(), "/interaction/") })
		b.Goto(w.Issuer() + "/authorize?client_id=" + url.QueryEscape(script) + "&state=" + url.QueryEscape(script))
		inert("error")
	}
}

// XSS06: what is posted to the client is data, and arrives as it was.
func TestThreat_XSS06_FormPostValues(t *testing.T) {
	w := newWorld(t)
	for _, script := range scripts {
		got := w.authorize(url.Values{"response_mode": {"form_post"}, "prompt": {"none"}, "state": {script}})
		if got.Page() != "autopost" || got.Field("autopost", "state") != script || got.Field("autopost", "error") != "login_required" {
			t.Errorf("%s: page %q, state %q", script, got.Page(), got.Field("autopost", "state"))
		}
		if strings.Contains(got.Body, script) && strings.ContainsAny(script, `<>"`) {
			t.Errorf("%s stands in the page unescaped", script)
		}
		if csp := got.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") {
			t.Errorf("the policy is %s", csp)
		}
	}
}
