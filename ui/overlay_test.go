package ui

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keywright/keywright/core"
)

func TestReplacedTemplatesAreChecked(t *testing.T) {
	ours := func(file string, edit ...string) string {
		raw, err := defaultTemplates.ReadFile("templates/" + file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(edit...).Replace(string(raw))
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"no hidden fields": {"pages/signin.html", ours("pages/signin.html", `{{- template "hidden" .}}`, ""), `pages/signin.html: does not send back the hidden field "csrf"`},
		"no field":         {"pages/password.html", ours("pages/password.html", `{{template "field" .PasswordField}}`, ""), `pages/password.html: has no field "password"`},
		"no deny":          {"pages/consent.html", ours("pages/consent.html", `value="deny"`, `value="no"`), `pages/consent.html: has no button or field "decision" with the value "deny"`},
		"no digest":        {"pages/consent.html", ours("pages/consent.html", `name="digest"`, `name="d"`), `"digest"`},
		"no tick":          {"pages/consent.html", ours("pages/consent.html", `(.Check "mine")`, `(.Check "remember")`), `has no field "mine"`},
		"no host":          {"partials/route.html", ours("partials/route.html", "{{.Who}}", "", "{{.Next}}", "{{.Text}}"), "partials/route.html"},
		"no next host":     {"partials/route.html", ours("partials/route.html", "{{.Next}}", ""), "does not show the host where the browser goes next"},
		"no leave host":    {"pages/leave.html", `{{define "content"}}<h1>Go?</h1>{{end}}`, "pages/leave.html: does not show the host"},
		"inline script":    {"pages/signin.html", ours("pages/signin.html", "<form", "<script>x</script><form"), "script in the page"},
		"inline style":     {"partials/footer.html", ours("partials/footer.html", "<footer>", `<footer style="color:red">`), "the attribute style"},
		"handler":          {"pages/signin.html", ours("pages/signin.html", "<form", `<form onsubmit="x()"`), "the attribute onsubmit"},
		"from elsewhere":   {"partials/footer.html", ours("partials/footer.html", "<footer>", `<footer><img alt="" src="https://cdn.example/x.png">`), "another site"},
		"second form":      {"pages/code.html", ours("pages/code.html", `id="again-form">`+"\n"+`{{- template "hidden" .}}`, `id="again-form">`), "has a form without the hidden fields"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := New(Options{Templates: fstest.MapFS{c.file: {Data: []byte(c.text)}}})
			if err == nil {
				err = u.Start(core.Tools{})
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTemplatesOverlay(t *testing.T) {
	u := newUI(t, Options{Templates: fstest.MapFS{
		"partials/footer.html": {Data: []byte(`{{define "footer"}}<footer>ours now</footer>{{end}}`)},
		"pages/badge.html":     {Data: []byte(`{{define "content"}}<h1>Hold your badge to the reader</h1>{{end}}`)},
		"mail/code.txt":        {Data: []byte(`Code: {{.Code}}`)},
	}})
	if err := u.Start(core.Tools{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(draw(t, u, samplePage(core.PageSignIn)), "ours now") || !strings.Contains(draw(t, u, samplePage("badge")), "Hold your badge") {
		t.Error("the overlay is not shown")
	}
	if m, err := u.Letter(t.Context(), core.Letter{Name: "code", Code: "123456"}); err != nil || m.Text != "Code: 123 456" {
		t.Errorf("%q %v", m.Text, err)
	}
	for _, broken := range []string{`{{define "content"}}`, `{{define "other"}}{{end}}`, `{{define "content"}}{{nofunc}}{{end}}`} {
		if _, err := New(Options{Templates: fstest.MapFS{"pages/x.html": {Data: []byte(broken)}}}); err == nil || !strings.Contains(err.Error(), "pages/x.html") {
			t.Errorf("%s: %v", broken, err)
		}
	}
}

func TestOwnPagesPassTheChecksOfOverlays(t *testing.T) {
	u := newUI(t, Options{})
	for _, c := range overlayChecks() {
		for _, lack := range c.lacks(draw(t, u, c.page)) {
			t.Errorf("%s: %s", c.page.Name, lack)
		}
	}
}

func TestThreat_XSS03_LogosAreFilesOfThisOrigin(t *testing.T) {
	u := newUI(t, Options{Assets: fstest.MapFS{"logo.png": {Data: []byte("png")}, "night.svg": {Data: []byte("<svg/>")}}})
	for logo, want := range map[string]string{"logo.png": `src="/t/acme/assets/logo.`, "/files/l.png": `src="/files/l.png"`} {
		page := draw(t, u, samplePage(core.PageSignIn, func(p *core.Page) { p.Brand.Logo, p.Brand.LogoDark = logo, "night.svg" }))
		if !strings.Contains(page, want) || !strings.Contains(page, `srcset="/t/acme/assets/night.`) {
			t.Errorf("%s: no %s", logo, want)
		}
	}
	for _, logo := range []string{"https://evil.example/l.png", "//evil.example/l.png", "javascript:x", "data:text/html,x", "missing.png"} {
		if page := draw(t, u, samplePage(core.PageSignIn, func(p *core.Page) { p.Brand.Logo = logo })); strings.Contains(page, "<img") {
			t.Errorf("%s is shown", logo)
		}
	}
	for name, raw := range map[string]string{"a.svg": `<svg onLoad="x"/>`, "b.svg": `<svg><script/></svg>`, "c.html": "<p>", "d.exe": ""} {
		if _, err := New(Options{Assets: fstest.MapFS{name: {Data: []byte(raw)}}}); err == nil {
			t.Errorf("%s is served", name)
		}
	}
}

func TestFP02_AutoPostWorksWithoutScript(t *testing.T) {
	page := draw(t, newUI(t, Options{}), core.Page{Name: core.PageAutoPost, Post: &core.AutoPost{URL: "https://app.example/cb", Fields: [][2]string{{"state", `"'><script>`}, {"code", "c"}}}})
	form := parse(t, page).all("form")[0]
	if form.attrs["action"] != "https://app.example/cb" || form.attrs["method"] != "post" || len(form.all("button")) != 1 || form.attrs["data-autopost"] == "" {
		t.Errorf("form %v", form.attrs)
	}
	if got := control(t, page, "state", "")["value"]; got != `"'><script>` {
		t.Errorf("state comes back as %q", got)
	}
	if strings.Contains(page, "csrf") || form.all("button")[0].attrs["name"] != "" {
		t.Error("something else is sent along")
	}
}

func TestCN02_ConsentShowsWhatADecisionNeeds(t *testing.T) {
	u := newUI(t, Options{})
	for _, c := range []struct {
		change []func(*core.Page)
		want   []string
		not    []string
	}{
		{[]func(*core.Page){consent(core.ConsentView{Scopes: scopeViews(), Resources: resourceViews(), Offline: true})},
			[]string{"Identifies itself as", "fieldnotes.example", "app.fieldnotes.example", "Project library", "api.harbour.example", "mara@example.com", "See your name and email address", "Read the projects", "notes:add", "New", "Keep doing this while you are away", `name="remember"`, "Privacy policy of"},
			[]string{`name="mine"`}},
		{[]func(*core.Page){unverifiedApp, consent(core.ConsentView{Scopes: scopeViews()[:1], Unverified: true})},
			[]string{"“Sketchbook CLI”", "Registered from this computer", "127.0.0.1", "which is this computer", "Nobody has checked", `name="mine"`, "Recognise you"},
			[]string{`name="remember"`, "btn primary", "Privacy policy of"}},
		// MC-11: what is new first, what is held below, each scope once; MC-13: what is included.
		{[]func(*core.Page){consent(core.ConsentView{Scopes: steppedUp(), Resources: newResourceViews(), StepUp: true})},
			[]string{"to do more?", "New: ", "notes:add", "Create and delete projects", "Includes: Share projects; projects:tag", "It can do this already", "Read the projects", `name="remember"`, "Billing"},
			[]string{"Nobody has checked", "Did you start", `name="mine"`}},
		// CN-06: an app whose token lives until it is revoked, which is no scope, says so when it asks for more, too.
		{[]func(*core.Page){consent(core.ConsentView{Scopes: []core.ScopeView{{Name: "notes:add", New: true}}, StepUp: true, Offline: true})},
			[]string{"to do more?", "notes:add", "It can do this already", "Keep doing this while you are away"},
			nil},
		// BB-02, CM-34: an app of one's own that any program on the device can pass itself off as.
		{[]func(*core.Page){consent(core.ConsentView{Scopes: scopeViews()[:1], EveryTime: true}), func(p *core.Page) {
			p.App = &core.AppView{Name: "Desk", Lane: core.LaneSeeded, RedirectHost: "127.0.0.1:9"}
		}},
			[]string{"Did you start this app yourself?", "which is this computer", "We ask every time"},
			[]string{`name="remember"`, `name="mine"`}},
	} {
		page := draw(t, u, samplePage(core.PageConsent, c.change...))
		for _, w := range c.want {
			if !strings.Contains(page, w) {
				t.Errorf("no %q", w)
			}
		}
		for _, w := range c.not {
			if strings.Contains(page, w) {
				t.Errorf("shows %q", w)
			}
		}
		if deny, allow := strings.Index(page, `value="deny"`), strings.Index(page, `value="allow"`); deny < 0 || allow < deny {
			t.Error("CN-03: to deny does not come first")
		}
	}
}

func TestCN06_NoScopeIsHidden(t *testing.T) {
	u := newUI(t, Options{})
	for _, names := range [][]string{{"openid"}, {"email"}, {"profile"}, {"openid", "phone", "address"}, {"x:y"}, {"offline_access"}, {"openid", "x", "offline_access"}} {
		var scopes []core.ScopeView
		for _, n := range names {
			scopes = append(scopes, core.ScopeView{Name: n})
		}
		p := samplePage(core.PageConsent, consent(core.ConsentView{Scopes: scopes}))
		lines := u.view(&p).Scopes()
		if len(lines) < len(names)-1 || len(lines) == 0 {
			t.Errorf("%v: %d lines", names, len(lines))
		}
	}
}

func TestPagesAreDrawnByManyAtOnce(t *testing.T) {
	u := newUI(t, Options{})
	want := draw(t, u, samplePage(core.PageSignIn))
	done := make(chan bool)
	for i := range 8 {
		go func() {
			for range 20 {
				var b bytes.Buffer
				brand := samplePage(core.PageSignIn, func(p *core.Page) { p.Brand.Accent = colour{uint8(i), 9, 9}.String() })
				if u.Page(t.Context(), &b, brand) != nil || draw(t, u, samplePage(core.PageSignIn)) != want {
					t.Error("pages differ")
				}
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
}
