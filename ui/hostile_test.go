package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
)

// corpus is what strangers write where a name is asked for.
func corpus() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' autofocus onfocus=alert(1) x='`, `</title><script>alert(1)</script>`,
		`</textarea><svg onload=alert(1)>`, `javascript:alert(1)`, `{{.Page.Form.Hidden}}`, `{app}{n, plural, other {#}}`, "a\x00b\r\nSet-Cookie: x=1",
		"\u202egnp.exe", "a\u200bb\u2066c\u2069", strings.Repeat("A", 10_000), "   \t\n ", "\xff\xfe", "Zal\u0301\u0301\u0301\u0301\u0301go", "<!--", "]]>", "&lt;b&gt;", "\u3164\u3164",
	}
}

// infected puts one text everywhere a page takes a text from outside.
func infected(p core.Page, x string) core.Page {
	if p.App != nil {
		app := *p.App
		app.Name, app.Host, app.RedirectHost, app.Policy, app.Terms, app.Home = x, x, x, x, x, x
		p.App = &app
	}
	if p.Account != nil {
		p.Account = &core.AccountView{Key: x, Name: x, Email: x}
	}
	p.Accounts = slices.Clone(p.Accounts)
	for i := range p.Accounts {
		p.Accounts[i] = core.AccountView{Key: x, Name: x, Email: x, SignedOut: p.Accounts[i].SignedOut}
	}
	p.Apps = slices.Clone(p.Apps)
	for i := range p.Apps {
		app := &p.Apps[i]
		app.Key, app.App.Name, app.App.Host, app.App.RedirectHost = x, x, x, x
		app.Access = []core.AppAccess{{Scopes: []core.ScopeView{{Name: x}}}, {Resource: &core.ResourceView{URI: x, Name: x}, Scopes: []core.ScopeView{{Name: "y", Text: map[string]string{"": x}}}}}
		app.SignIns = []core.Item{{Kind: x, Key: x, Label: x, Detail: x, Acts: []string{"end-grant"}}}
	}
	p.Form = core.Form{Action: p.Form.Action, Hidden: map[string]string{"csrf": x}}
	p.Values = map[string]string{"identifier": x, "email": x, "name": x}
	p.Args = map[string]any{"email": x, "host": x, "app": x, "provider": x, "organisation": x, "duration": x, "n": x}
	p.Brand = core.Brand{Name: x, Logo: x, Accent: x, Ground: x, Help: x, Privacy: x}
	p.RequestID = x
	links := map[string]string{}
	for name := range p.Links {
		links[name] = x
	}
	p.Links = links
	if p.Consent != nil {
		p.Consent = &core.ConsentView{Digest: x, Unverified: p.Consent.Unverified, Scopes: []core.ScopeView{{Name: x}, {Name: "y", Text: map[string]string{"": x}}}, Resources: []core.ResourceView{{URI: x, Name: x}}}
	}
	if p.Post != nil {
		p.Post = &core.AutoPost{URL: p.Post.URL, Fields: [][2]string{{"state", x}, {x, "y"}}}
	}
	p.Ways = []core.Way{{Method: x, Label: x, URL: x}}
	return p
}

// shape is every element with its attribute names: what markup could change.
func shape(t *testing.T, page string) map[string]bool {
	found := map[string]bool{}
	for _, n := range parse(t, page).all("*") {
		for name := range n.attrs {
			found[n.tag+" "+name] = true
		}
		found[n.tag] = true
	}
	return found
}

func TestThreat_XSS01_HostileTextIsInertOnEveryPage(t *testing.T) {
	u := newUI(t, Options{})
	known := map[string]bool{"div role": true, "input value": true, "a href": true, "a rel": true}
	for _, s := range samples() {
		for what := range shape(t, draw(t, u, s.page)) {
			known[what] = true
		}
	}
	for _, x := range corpus() {
		for _, s := range samples() {
			page := draw(t, u, infected(s.page, x))
			for what := range shape(t, page) {
				if !known[what] {
					t.Errorf("%s with %.40q: new markup %q", s.name, x, what)
				}
			}
			for _, n := range parse(t, page).all("*") {
				for _, attr := range []string{"href", "action", "src", "srcset"} {
					if strings.Contains(strings.ToLower(n.attrs[attr]), "script:") {
						t.Errorf("%s with %.40q: %s=%q", s.name, x, attr, n.attrs[attr])
					}
				}
			}
			if strings.ContainsAny(page, "\u202e\u2066\u200b") {
				checkOnlyHidden(t, s.name, page)
			}
		}
	}
}

// checkOnlyHidden allows marks of direction only in what is sent back unseen.
func checkOnlyHidden(t *testing.T, name, page string) {
	root := parse(t, page)
	if strings.ContainsAny(root.words(), "\u202e\u2066\u200b") {
		t.Errorf("%s: a direction mark is shown", name)
	}
}

func TestThreat_XSS09_HostileTextIsInertInMails(t *testing.T) {
	u := newUI(t, Options{})
	known := map[string]bool{}
	for _, l := range letters() {
		m, err := u.Letter(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		for what := range shape(t, m.HTML) {
			known[what] = true
		}
	}
	for _, x := range corpus() {
		for _, l := range letters() {
			l.To, l.Code, l.Link, l.Thing, l.Brand = x, x, x, x, core.Brand{Name: x, Accent: x}
			m, err := u.Letter(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			for what := range shape(t, m.HTML) {
				if !known[what] {
					t.Errorf("%s with %.40q: new markup %q", l.Name, x, what)
				}
			}
			if strings.ContainsAny(m.Subject, "\r\n\u202e") {
				t.Errorf("%s: subject %q", l.Name, m.Subject)
			}
		}
	}
}

func TestCN10_NamesAreCleaned(t *testing.T) {
	for given, want := range map[string]string{
		"Fieldnotes": "Fieldnotes", "  two   words ": "two words", "a\u202eb\u2066c\u200dd": "abcd", "line\r\nbreak": "line break",
		"\x00\x1b[31mred": "[31mred", "\u3164": "", "": "", "\xff\xfeok": "ok", "e\u0301\u0301\u0301\u0301": "e\u0301\u0301", "\u0301x": "x",
		strings.Repeat("a", 40): strings.Repeat("a", 40), strings.Repeat("é", 41): strings.Repeat("é", 39) + "…", "Ünï 🔑 名前": "Ünï 🔑 名前",
	} {
		if got := CleanName(given); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", given, got, want)
		}
	}
}

func TestCN10_UnverifiedNamesAreQuoted(t *testing.T) {
	u := newUI(t, Options{})
	p := samplePage(core.PageSignIn, unverifiedApp)
	if page := draw(t, u, p); !strings.Contains(page, "<bdi>“Sketchbook CLI”</bdi>") {
		t.Error("the name of a program that registered itself is not quoted")
	}
	p.Locales = []string{"de"}
	if page := draw(t, u, p); !strings.Contains(page, "<bdi>„Sketchbook CLI“</bdi>") {
		t.Error("not quoted as German does")
	}
}

func TestThreat_XSS02_HostsAreWholeAndPlain(t *testing.T) {
	for given, want := range map[string]string{
		"app.example.co.uk": "app.example.co.uk", "xn--pypal-4ve.example": "xn--pypal-4ve.example", "127.0.0.1:8080": "127.0.0.1:8080",
		"p\u0430ypal.example": "p%D0%B0ypal.example", "a\u202eb": "a%E2%80%AEb", "a b\n": "a%20b%0A",
	} {
		if got := cleanHost(given); got != want {
			t.Errorf("cleanHost(%q) = %q, want %q", given, got, want)
		}
	}
	if got := cleanHost(strings.Repeat("a", 1000) + ".evil.example"); !strings.HasSuffix(got, ".evil.example") {
		t.Error("the end of a long host is lost")
	}
}

func TestThreat_XSS04_LinksKeepToSafeSchemes(t *testing.T) {
	for given, want := range map[string]bool{
		"/a?b=c": true, "?x": true, "https://a.example/": true, "http://127.0.0.1:1/cb": true, "com.example.app:/cb?code=1": true,
		"": false, "//evil.example": false, `/\evil.example`: false, "JaVaScRiPt:alert(1)": false, "\x01javascript:alert(1)": false, "\x20javascript:x": false,
		"data:text/html,x": false, "vbscript:x": false, "https:": false, "relative": false, "blob:https://x": false, "file:///etc": false,
	} {
		if got := safeLink(given) != ""; got != want {
			t.Errorf("safeLink(%q) kept: %v", given, got)
		}
	}
	for given, want := range map[string]bool{"https://a.example": true, "http://a.example": false, "https://u:p@a.example": false, "javascript:x": false, "": false} {
		if got := outsideLink(given) != ""; got != want {
			t.Errorf("outsideLink(%q) kept: %v", given, got)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{"localhost": true, "LOCALHOST:80": true, "127.0.0.1": true, "127.9.9.9:1": true, "[::1]:80": true, "::1": true,
		"localhost.evil.example": false, "evil.example": false, "127.0.0.1.evil.example": false, "": false, ":": false, "[": false} {
		if got := loopback(host); got != want {
			t.Errorf("loopback(%q) = %v", host, got)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, x := range corpus() {
		f.Add(x)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanName(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > nameLimit {
			t.Fatalf("%q", got)
		}
		for _, r := range got {
			if unicode.In(r, unicode.Cc, unicode.Cf) || unicode.IsSpace(r) && r != ' ' {
				t.Fatalf("%q holds %U", got, r)
			}
		}
		if again := CleanName(got); again != got {
			t.Fatalf("cleaned twice: %q, %q", got, again)
		}
		cleanHost(s)
		loopback(s)
		initials(got)
		safeLink(s)
	})
}
