package ui

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// node is an element of a drawn page, as far as the tests ask.
type node struct {
	tag   string
	attrs map[string]string
	kids  []*node
	text  string
	up    *node
}

func (n *node) all(tag string) []*node {
	var found []*node
	for _, k := range n.kids {
		if k.tag == tag || tag == "*" {
			found = append(found, k)
		}
		found = append(found, k.all(tag)...)
	}
	return found
}

func (n *node) words() string {
	s := n.text
	for _, k := range n.kids {
		s += k.words()
	}
	return s
}

// parse reads a page strictly enough to notice an element that is not closed.
func parse(t testing.TB, page string) *node {
	t.Helper()
	page = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(page, "?"))
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &node{attrs: map[string]string{}}
	at := root
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		if err != nil {
			t.Fatalf("page does not parse: %v\n%s", err, page)
		}
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{tag: x.Name.Local, attrs: map[string]string{}, up: at}
			for _, a := range x.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			at.kids = append(at.kids, n)
			at = n
		case xml.EndElement:
			at = at.up
		case xml.CharData:
			at.kids = append(at.kids, &node{text: string(x), up: at, attrs: map[string]string{}})
		}
	}
}

// eachPage draws every sample in every language.
func eachPage(t *testing.T, test func(t *testing.T, s sample, page string)) {
	u := newUI(t, Options{})
	for _, lang := range u.Locales() {
		for _, s := range samples() {
			t.Run(lang+"/"+s.name, func(t *testing.T) {
				s.page.Locales = []string{lang}
				test(t, s, draw(t, u, s.page))
			})
		}
	}
}

func TestPagesHaveTheStructureOfTheChecklist(t *testing.T) {
	eachPage(t, func(t *testing.T, s sample, page string) {
		root := parse(t, page)
		for _, tag := range []string{"h1", "main", "header", "footer", "title"} {
			if n := len(root.all(tag)); n != 1 {
				t.Errorf("%d of <%s>, want one", n, tag)
			}
		}
		html := root.all("html")[0]
		if html.attrs["lang"] == "" || html.attrs["dir"] != "ltr" {
			t.Errorf("html has lang %q dir %q", html.attrs["lang"], html.attrs["dir"])
		}
		if first := root.all("a")[0]; first.attrs["href"] != "#main" {
			t.Error("the skip link is not the first link")
		}
		checkIDs(t, root)
		checkForms(t, s.page, root)
	})
}

func checkIDs(t *testing.T, root *node) {
	ids, labels := map[string]bool{}, map[string]bool{}
	for _, n := range root.all("*") {
		if id := n.attrs["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q twice", id)
			}
			ids[id] = true
		}
		if n.tag == "label" {
			labels[n.attrs["for"]] = true
		}
	}
	for _, n := range root.all("*") {
		for _, name := range []string{"aria-describedby", "aria-labelledby", "data-copy"} {
			for _, id := range strings.Fields(n.attrs[name]) {
				if !ids[id] {
					t.Errorf("<%s> %s=%q points nowhere", n.tag, name, id)
				}
			}
		}
		if n.tag == "input" && n.attrs["type"] != "hidden" && n.attrs["aria-hidden"] != "true" && !labels[n.attrs["id"]] {
			t.Errorf("input %q has no label", n.attrs["name"])
		}
		if href := n.attrs["href"]; n.tag == "a" && strings.HasPrefix(href, "#") && href != "#main" && !ids[href[1:]] {
			t.Errorf("link to %q points nowhere", href)
		}
	}
}

func checkForms(t *testing.T, p core.Page, root *node) {
	for _, f := range root.all("form") {
		if f.attrs["method"] != "post" {
			t.Error("a form that does not post")
		}
		if p.Post != nil {
			continue
		}
		if f.attrs["action"] != p.Form.Action {
			t.Errorf("form posts to %q", f.attrs["action"])
		}
		hidden := map[string]string{}
		for _, in := range f.all("input") {
			if in.attrs["type"] == "hidden" {
				hidden[in.attrs["name"]] = in.attrs["value"]
			}
		}
		for name, value := range p.Form.Hidden {
			if hidden[name] != value {
				t.Errorf("form %s does not send back %s", f.attrs["id"], name)
			}
		}
	}
}

func TestAZ11_PagesLoadNothingFromElsewhere(t *testing.T) {
	eachPage(t, func(t *testing.T, _ sample, page string) {
		for _, lack := range blocked(page) {
			t.Error(lack)
		}
		for _, n := range parse(t, page).all("*") {
			for _, name := range []string{"src", "srcset"} {
				if v := n.attrs[name]; v != "" && !strings.HasPrefix(v, "/t/acme/assets/") {
					t.Errorf("<%s %s=%q>", n.tag, name, v)
				}
			}
			if n.tag == "link" && !strings.HasPrefix(n.attrs["href"], "/t/acme/assets/") {
				t.Errorf("<link href=%q>", n.attrs["href"])
			}
			if n.tag == "a" && strings.HasPrefix(n.attrs["href"], "https:") && n.attrs["id"] != "app" && n.attrs["id"] != "door" && !strings.Contains(n.attrs["rel"], "noreferrer") {
				t.Errorf("<a href=%q> without rel", n.attrs["href"])
			}
		}
	})
}

func TestPagesShowNoMessageID(t *testing.T) {
	u := newUI(t, Options{})
	ids := u.byName["en"].messages
	eachPage(t, func(t *testing.T, _ sample, page string) {
		for _, w := range strings.Fields(parse(t, page).words()) {
			if _, ok := ids[w]; ok || strings.Contains(w, "{") || w == "ZgotmplZ" {
				t.Errorf("page shows %q", w)
			}
		}
		if strings.Contains(page, "ZgotmplZ") {
			t.Error("a template was refused its value")
		}
	})
}

func TestPW06_FieldsHaveTheirAutocompleteAndKeyboard(t *testing.T) {
	u := newUI(t, Options{})
	for _, c := range []struct{ page, field, kind, autocomplete, inputmode string }{
		{core.PageSignIn, "identifier", "email", "username webauthn", "email"},
		{core.PagePassword, "password", "password", "current-password", ""},
		{core.PagePassword, "username", "text", "username", ""},
		{core.PageSignUp, "name", "text", "name", ""},
		{core.PageSignUp, "email", "email", "username", "email"},
		{core.PageSignUp, "password", "password", "new-password", ""},
		{core.PageCode, "code", "text", "one-time-code", "numeric"},
		{core.PageReset, "email", "email", "username", "email"},
		{core.PageNewPassword, "password", "password", "new-password", ""},
		{core.PageNewPassword, "current", "password", "current-password", ""},
	} {
		p := samplePage(c.page, func(p *core.Page) { p.Args["ask_current"] = true })
		in := control(t, draw(t, u, p), c.field, "")
		got := [3]string{in["type"], in["autocomplete"], in["inputmode"]}
		if got != [3]string{c.kind, c.autocomplete, c.inputmode} {
			t.Errorf("%s %s: %v", c.page, c.field, got)
		}
	}
}

// control finds a field or button; nil attributes if there is none.
func control(t testing.TB, page, name, value string) map[string]string {
	t.Helper()
	for _, n := range parse(t, page).all("*") {
		if n.attrs["name"] == name && (value == "" || n.attrs["value"] == value) && n.tag != "meta" {
			return n.attrs
		}
	}
	return nil
}

func TestProblemsStandBesideTheirFields(t *testing.T) {
	u := newUI(t, Options{})
	p := samplePage(core.PageSignUp, withProblems(core.Problem{Field: "password", ID: "password_short", Args: map[string]any{"n": 15}}))
	p.Values = map[string]string{"password": "secret", "email": "a@b.example"}
	page := draw(t, u, p)
	in := control(t, page, "password", "")
	if in["aria-invalid"] != "true" || in["aria-describedby"] != "password-hint password-error" || in["autofocus"] == "" {
		t.Errorf("password: %v", in)
	}
	if in["value"] != "" || strings.Contains(page, "secret") {
		t.Error("a password was put back into the page")
	}
	if control(t, page, "email", "")["value"] != "a@b.example" {
		t.Error("the address was not kept")
	}
	for _, want := range []string{"<title>Error: Create your account", "Use at least 15 characters"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(page, `role="alert"`) {
		t.Error("a summary for one problem")
	}
	p.Problems = append(p.Problems, core.Problem{Field: "name", ID: "name_empty"}, core.Problem{ID: "many_tries"}, core.Problem{Field: "else", ID: "nobody_knows"})
	page = draw(t, u, p)
	for _, want := range []string{`id="problems"`, `href="#name"`, `href="#password"`, "There are 2 things to mend", "Wait a few minutes, or", "That did not work"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "nobody_knows") {
		t.Error("the id of a problem is shown")
	}
}

func TestPagesAreSmall(t *testing.T) {
	u := newUI(t, Options{})
	files := 0
	for _, a := range u.assets.served {
		files += len(a.Bytes)
	}
	eachPage(t, func(t *testing.T, s sample, page string) {
		if total := files + len(page); total > 50_000 && s.name != "consent-long" {
			t.Errorf("%d bytes with stylesheet and script, want at most 50 kB", total)
		}
	})
}

func TestUnknownPagesAndTargetsAreErrors(t *testing.T) {
	u := newUI(t, Options{})
	for _, p := range []core.Page{
		{Name: "nobody"}, {Name: core.PageAutoPost},
		{Name: core.PageAutoPost, Post: &core.AutoPost{URL: "javascript:alert(1)"}},
		{Name: core.PageAutoPost, Post: &core.AutoPost{URL: "com.example.app:/cb"}},
	} {
		var b strings.Builder
		if err := u.Page(t.Context(), &b, p); err == nil || b.Len() > 0 {
			t.Errorf("%+v: err %v, %d bytes", p, err, b.Len())
		}
	}
}

func BenchmarkPage(b *testing.B) {
	u := newUI(b, Options{})
	for _, s := range samples() {
		if s.name != "signin" && s.name != "consent" {
			continue
		}
		for name, change := range map[string]func(*core.Page){"": func(*core.Page) {}, "-brand": func(p *core.Page) { p.Brand.Accent = "#ffd400" }, "-matched": func(p *core.Page) { p.Locales = []string{"de-AT", "fr"} }} {
			p := s.page
			change(&p)
			b.Run(s.name+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := u.Page(b.Context(), io.Discard, p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
