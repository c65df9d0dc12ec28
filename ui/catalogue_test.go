package ui

import (
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/keywright/keywright/core"
)

func readCatalogue(t *testing.T, name string) (map[string]string, string) {
	t.Helper()
	raw, err := os.ReadFile("messages/" + name + ".json") // #nosec G304 -- a file of this package
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	return texts, string(raw)
}

func TestCataloguesAreSortedAndComplete(t *testing.T) {
	english, _ := readCatalogue(t, "en")
	for _, name := range []string{"en", "de", "en-US"} {
		texts, raw := readCatalogue(t, name)
		var ids []string
		for _, m := range regexp.MustCompile(`(?m)^  "([^"]+)":`).FindAllStringSubmatch(raw, -1) {
			ids = append(ids, m[1])
		}
		if !slices.IsSorted(ids) || len(ids) != len(texts) {
			t.Errorf("%s.json is not sorted, one id a line, each once", name)
		}
		for id := range texts {
			if _, ok := english[id]; !ok {
				t.Errorf("%s.json: %s is not in en.json", name, id)
			}
		}
	}
	if got := newUI(t, Options{}).Findings(); len(got) > 0 {
		t.Errorf("our own catalogues: %s", strings.Join(got, "\n"))
	}
}

// Ids that templates ask for by name must exist, and those that exist be used.
func TestEveryMessageIsKnown(t *testing.T) {
	english, _ := readCatalogue(t, "en")
	used := regexp.MustCompile(`\.(?:T|H|Sent) "([a-z_.]+)"`)
	for _, dir := range []string{"pages", "partials", "mail"} {
		files, _ := os.ReadDir("templates/" + dir)
		for _, f := range files {
			raw, err := os.ReadFile("templates/" + dir + "/" + f.Name()) // #nosec G304 -- a file of this package
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range used.FindAllStringSubmatch(string(raw), -1) {
				if _, ok := english[m[1]]; !ok && english["notice."+m[1]] == "" {
					t.Errorf("%s/%s: no message %q", dir, f.Name(), m[1])
				}
			}
		}
	}
	for _, id := range errorNames() {
		if english["error."+id] == "" || english["error."+id+".text"] == "" || (errorLinks[id] != "") != (english["error."+id+".action"] != "") {
			t.Errorf("error.%s is not whole", id)
		}
	}
	for _, text := range english {
		m, err := parseMessage(text)
		if err != nil {
			t.Fatal(err)
		}
		args := map[string]bool{}
		m.arguments(args)
		for arg := range args {
			if _, ok := english["word."+arg]; !ok {
				t.Errorf("no word.%s for when it is not known", arg)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	en := speaker{locale: newUI(t, Options{}).byName["en"]}
	for _, c := range []struct {
		text string
		args map[string]any
		want string
	}{
		{"plain", nil, "plain"}, {"{a} and {b}", map[string]any{"a": "x", "b": 3}, "x and 3"},
		{"{n, plural, one {One try} other {# tries}}", map[string]any{"n": 1}, "One try"},
		{"{n, plural, =0 {None} one {One} other {# of {what}}}.", map[string]any{"n": 2, "what": "them"}, "2 of them."},
		{"{n, plural, =0 {None} other {#}}", nil, "None"},
		{"{duration}", map[string]any{"duration": 90 * time.Minute}, "90 minutes"}, {"{duration}", map[string]any{"duration": 2 * time.Hour}, "2 hours"},
		{"{duration}", map[string]any{"duration": 24 * time.Hour}, "1 day"}, {"{duration}", map[string]any{"duration": 1500 * time.Millisecond}, "2 seconds"},
		{"{duration}", map[string]any{"duration": 61 * time.Second}, "2 minutes"}, {"{duration}", map[string]any{"duration": 600}, "10 minutes"},
		{"{duration}", map[string]any{"duration": time.Duration(-1)}, "1 second"},
	} {
		m, err := parseMessage(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		en.write(&b, m, func(n string) any { return c.args[n] }, false, 0)
		if b.String() != c.want {
			t.Errorf("%s with %v: %q, want %q", c.text, c.args, b.String(), c.want)
		}
	}
	for _, bad := range []string{"{", "}", "{a", "{a b}", "{n, plural, one {x}}", "{n, select, other {x}}", "{n, plural, other {x}", "{n, plural, other {", "{}", "{A}"} {
		if _, err := parseMessage(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestLocaleChoice(t *testing.T) {
	u := newUI(t, Options{})
	for _, c := range []struct {
		wishes []string
		want   string
	}{
		{nil, "en"}, {[]string{"de"}, "de"}, {[]string{"de-AT"}, "de"}, {[]string{"en-US"}, "en-US"}, {[]string{"en-GB"}, "en"}, {[]string{"fr", "de"}, "de"},
		{[]string{"de-CH", "en"}, "de"}, {[]string{"tlh"}, "en"}, {[]string{"<script>", "../../x", strings.Repeat("a-", 500)}, "en"},
	} {
		if got := u.choose(c.wishes).name; got != c.want {
			t.Errorf("%q: %s, want %s", c.wishes, got, c.want)
		}
	}
	if got := newUI(t, Options{DefaultLocale: "de", Locales: []string{"en"}}).Locales(); !slices.Equal(got, []string{"de", "en"}) {
		t.Errorf("Locales() = %v", got)
	}
	if _, err := New(Options{DefaultLocale: "fr"}); err == nil {
		t.Error("a default language without a catalogue")
	}
}

func TestMessagesOverlay(t *testing.T) {
	var log strings.Builder
	u := newUI(t, Options{
		Messages: fstest.MapFS{
			"de.json": {Data: []byte(`{"signin.title":"Eintreten","signin.titel":"x","code.lost":"{provider}"}`)},
			"ar.json": {Data: []byte(`{"signin.title":"تسجيل الدخول","language.name":"العربية"}`)},
		},
	})
	if err := u.Start(core.Tools{Logger: slog.New(slog.NewTextHandler(&log, nil))}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`no page uses message \"signin.titel\"`, `ar.json: \"code.title\" is missing`, `\"code.lost\" uses {provider}`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("Start does not tell: %s", want)
		}
	}
	if page := draw(t, u, samplePage(core.PageSignIn, func(p *core.Page) { p.Locales = []string{"de"} })); !strings.Contains(page, "<h1>Eintreten</h1>") || !strings.Contains(page, "Weiter</button>") {
		t.Error("one text replaced, the others kept: not so")
	}
	page := draw(t, u, samplePage(core.PageSignIn, func(p *core.Page) { p.Locales = []string{"ar"} }))
	for _, want := range []string{`<html lang="ar" dir="rtl">`, "تسجيل الدخول", "Continue</button>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for name, text := range map[string]string{"de.json": `{"a":"{"}`, "de.jsonc.json": `{}`, "fr.json": `[]`} {
		if _, err := New(Options{Messages: fstest.MapFS{name: {Data: []byte(text)}}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s %s: %v", name, text, err)
		}
	}
}

func TestBrandTexts(t *testing.T) {
	u := newUI(t, Options{})
	p := samplePage(core.PageSignIn)
	p.Brand = core.Brand{Name: "Harbour", Texts: map[string]map[string]string{
		"signin.title": {"": "Come in", "de": "Herein"}, "lede.app": {"": "on the way to {app} <b>"}, "button.continue": {"en": "broken {"},
	}}
	page := draw(t, u, p)
	for _, want := range []string{"<h1>Come in</h1>", "on the way to <bdi>Fieldnotes</bdi> &lt;b&gt;", "Continue</button>", "– Harbour</title>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	p.Locales = []string{"de"}
	if !strings.Contains(draw(t, u, p), "<h1>Herein</h1>") {
		t.Error("the brand's German text is not shown")
	}
}

func TestLetters(t *testing.T) {
	u := newUI(t, Options{})
	subjects := map[string]string{"code": "482 913 is your code", "reset": "Choose a new password", "have_account": "You already have an account", "reset_none": "No account for this address", "changed": "Your password was changed", "email_changed": "Your email address was changed", "deleted": "Your account was deleted", "invitation": "You are invited"}
	linked := []string{"reset", "have_account", "email_changed", "invitation"}
	for _, lang := range u.Locales() {
		for _, l := range letters() {
			l.Locales = []string{lang}
			m, err := u.Letter(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if m.To != l.To || m.Subject == "" || m.Text == "" || (lang == "en" && m.Subject != subjects[l.Name]) {
				t.Errorf("%s %s: %+v", lang, l.Name, m)
			}
			for _, part := range []string{m.Text, m.HTML} {
				if has := strings.Contains(part, "482 913"); has != (l.Name == "code") {
					t.Errorf("%s: code in it: %v", l.Name, has)
				}
				if has := strings.Contains(part, l.Link); has != slices.Contains(linked, l.Name) {
					t.Errorf("%s: link in it: %v", l.Name, has)
				}
				if strings.Contains(part, "{") && !strings.Contains(part, "@media") || strings.Contains(part, "ZgotmplZ") || strings.Contains(part, "<img") || strings.Contains(part, "src=") {
					t.Errorf("%s: %s", l.Name, part)
				}
			}
		}
	}
	if _, err := u.Letter(t.Context(), core.Letter{Name: "nobody"}); err == nil {
		t.Error("a letter without a template")
	}
}

func FuzzMessage(f *testing.F) {
	for _, s := range append(corpus(), "{n, plural, one {x} other {#}}", "{a}{b}", "{n, plural, other {{n, plural, other {#}}}}") {
		f.Add(s)
	}
	en := speaker{locale: newUI(f, Options{}).byName["en"]}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMessage(s)
		if err != nil {
			return
		}
		var b strings.Builder
		en.write(&b, m, func(string) any { return "<x>" }, true, 0)
		if strings.Contains(b.String(), "<x>") {
			t.Fatalf("%q gives %q", s, b.String())
		}
	})
}
