package ui

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// tokens reads the colour tokens of a stylesheet, light then dark.
func tokens(css string) (light, dark map[string]colour) {
	token := regexp.MustCompile(`(--[a-z-]+):\s*(#[0-9a-f]{6})`)
	read := func(s string, into map[string]colour) map[string]colour {
		for _, m := range token.FindAllStringSubmatch(s, -1) {
			into[m[1]], _ = parseColour(m[2])
		}
		return into
	}
	first, rest, _ := strings.Cut(css, "prefers-color-scheme")
	rest, _, _ = strings.Cut(rest, "}\n}")
	light = read(first, map[string]colour{})
	dark = map[string]colour{}
	for name, c := range light {
		dark[name] = c
	}
	return light, read(rest, dark)
}

func stylesheet(t testing.TB) string {
	u := newUI(t, Options{})
	return string(u.assets.served[u.assets.hashed[fileStyle]].Bytes)
}

func TestStylesheetTokensContrast(t *testing.T) {
	light, dark := tokens(stylesheet(t))
	pairs := []struct {
		text, on string
		needs    float64
	}{
		{"--k-ink", "--k-surface", 4.5}, {"--k-ink", "--kw-ground", 4.5}, {"--k-ink", "--kw-accent-soft", 4.5},
		{"--k-muted", "--k-surface", 4.5}, {"--k-muted", "--kw-ground", 4.5}, {"--k-muted", "--k-sunken", 4.5}, {"--k-muted", "--kw-accent-soft", 4.5},
		{"--kw-on-accent", "--kw-accent", 4.5}, {"--kw-accent-ink", "--k-surface", 4.5}, {"--kw-accent-ink", "--kw-ground", 4.5}, {"--kw-accent-ink", "--kw-accent-soft", 4.5},
		{"--k-bad", "--k-surface", 4.5}, {"--k-bad", "--k-bad-soft", 4.5}, {"--k-warn", "--k-warn-soft", 4.5}, {"--k-ok", "--k-ok-soft", 4.5},
		{"--k-control", "--k-surface", 3}, {"--k-control", "--kw-ground", 3}, {"--kw-accent", "--k-surface", 3},
	}
	for mode, set := range map[string]map[string]colour{"light": light, "dark": dark} {
		for _, p := range pairs {
			a, okA := set[p.text]
			b, okB := set[p.on]
			if got := contrast(a, b); !okA || !okB || got < p.needs {
				t.Errorf("%s: %s on %s is %.2f, needs %.1f (found %v %v)", mode, p.text, p.on, got, p.needs, okA, okB)
			}
		}
	}
}

func TestGuardKnowsTheStylesheet(t *testing.T) {
	light, dark := tokens(stylesheet(t))
	for _, c := range []struct {
		set map[string]colour
		m   mode
	}{{light, lightMode()}, {dark, darkMode()}} {
		for name, want := range map[string]colour{"--k-surface": c.m.surface, "--k-ink": c.m.ink, "--k-muted": c.m.muted, "--k-control": c.m.control,
			"--kw-accent": c.m.accent, "--kw-on-accent": c.m.onAccent, "--kw-accent-ink": c.m.accentInk, "--kw-accent-soft": c.m.soft, "--kw-ground": c.m.ground, "--kw-blade": c.m.hollow} {
			if c.set[name] != want {
				t.Errorf("%s %s: stylesheet %s, guard %s", c.m.name, name, c.set[name], want)
			}
		}
	}
}

// checkPalette is the contract of the guard.
func checkPalette(t *testing.T, m mode, p palette) {
	t.Helper()
	for what, c := range map[string]struct{ got, needs float64 }{
		"accent on surface": {contrast(p.accent, m.surface), 3}, "text on accent": {contrast(p.onAccent, p.accent), 4.5},
		"text on hovered": {contrast(p.onAccent, mix(p.accent, p.press, .88)), 4.5}, "text on pressed": {contrast(p.onAccent, mix(p.accent, p.press, .78)), 4.5},
		"link on surface": {contrast(p.ink, m.surface), 4.5}, "link on ground": {contrast(p.ink, p.ground), 4.5}, "link on soft": {contrast(p.ink, p.soft), 4.5},
		"muted on ground": {contrast(m.muted, p.ground), 4.5}, "control on ground": {contrast(m.control, p.ground), 3},
		"ink on soft": {contrast(m.ink, p.soft), 4.5},
	} {
		if c.got < c.needs {
			t.Errorf("%s: %s is %.2f, needs %.1f (%+v)", m.name, what, c.got, c.needs, p)
		}
	}
}

func TestGuardMovesAnyColourUntilItCanBeRead(t *testing.T) {
	for r := 0; r < 256; r += 51 {
		for g := 0; g < 256; g += 51 {
			for b := 0; b < 256; b += 51 {
				c := colour{uint8(r), uint8(g), uint8(b)}
				for _, m := range []mode{lightMode(), darkMode()} {
					p, _ := m.guard(&c, nil)
					checkPalette(t, m, p)
					p, _ = m.guard(&c, &c)
					checkPalette(t, m, p)
				}
				if d := darkAccent(c); contrast(d, darkMode().surface) < 8.9 {
					t.Errorf("dark accent of %s is %s: %.2f", c, d, contrast(d, darkMode().surface))
				}
			}
		}
	}
}

func TestGuardTells(t *testing.T) {
	for name, c := range map[string]struct {
		brand core.Brand
		want  []string
	}{
		"ours":   {core.Brand{Accent: "#0b5a6a", AccentDark: "#83cfdb"}, nil},
		"yellow": {core.Brand{Accent: "#FFD400", AccentDark: "#83cfdb"}, []string{"Buttons use #", "Links use #"}},
		"ground": {core.Brand{Ground: "#777"}, []string{"The default ground is kept"}},
		"junk":   {core.Brand{Accent: "red;}body{display:none", Radius: new(21), Help: "javascript:x"}, []string{"not a colour", "between 0 and 20", "not an https address"}},
		"text":   {core.Brand{Texts: map[string]map[string]string{"signin.title": {"": "Hello {"}}}, []string{"cannot be read"}},
	} {
		got := strings.Join(CheckBrand(c.brand), "\n")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q not told in:\n%s", name, want, got)
			}
		}
		if c.want == nil && got != "" {
			t.Errorf("%s: told %s", name, got)
		}
	}
}

func TestBrandStylesheetHoldsOnlyItsProperties(t *testing.T) {
	u := newUI(t, Options{})
	brand := core.Brand{Accent: "#ffd400", Ground: "#fafafa", Radius: new(4), NoBlade: true}
	name := u.brands.name(brand)
	a, ok := u.Asset(name)
	if !ok {
		t.Fatal("no asset", name)
	}
	line := regexp.MustCompile(`^(:root\{|@media \(prefers-color-scheme:dark\)\{:root\{)(--kw-(accent|on-accent|accent-ink|accent-soft|press|ground|blade|radius):(#[0-9a-f]{6}|transparent|\d+px);)*\}+$`)
	for _, l := range strings.Split(strings.TrimSpace(string(a.Bytes)), "\n") {
		if !line.MatchString(l) {
			t.Errorf("line %q", l)
		}
	}
	if !strings.Contains(draw(t, u, core.Page{Name: core.PageSignIn, Base: "/t/x", Brand: brand}), `href="/t/x/assets/`+name+`"`) {
		t.Error("the page does not load it")
	}
	other := newUI(t, Options{})
	if b, ok := other.Asset(name); !ok || string(b.Bytes) != string(a.Bytes) {
		t.Error("another process does not serve the same stylesheet")
	}
}

func TestAssetsAnswerOnlyNamesHandedOut(t *testing.T) {
	u := newUI(t, Options{})
	for _, name := range []string{"", "keywright.css", "../messages/en.json", "brand-x-x-x-x-x-x.css", "brand-ffd400-x-x-x-x-x.0000000000.css",
		"brand-FFD400-x-x-x-x-x.0000000000.css", "brand-ffd400-x-x-x-99-x.0000000000.css", "brand-.css", "brand-a-b-c.x.css"} {
		if _, ok := u.Asset(name); ok {
			t.Errorf("%q was answered", name)
		}
	}
	for file, hashed := range u.assets.hashed {
		if a, ok := u.Asset(hashed); !ok || len(a.Bytes) == 0 || a.ContentType == "" {
			t.Errorf("%s as %s was not answered", file, hashed)
		}
	}
	if u.brands.name(core.Brand{Name: "Only a name"}) != "" || u.brands.name(core.Brand{Accent: "junk"}) != "" {
		t.Error("a stylesheet for a brand that changes nothing")
	}
}

func TestBrandCacheIsBounded(t *testing.T) {
	var c brandCache
	for i := range 3 * maxBrands {
		c.keep(look{accent: &colour{uint8(i), uint8(i >> 8), 9}, radius: -1}, look{accent: &colour{uint8(i), uint8(i >> 8), 9}, radius: -1}.code())
	}
	if len(c.names) > maxBrands || len(c.sheets) > maxBrands {
		t.Errorf("%d names, %d sheets", len(c.names), len(c.sheets))
	}
}

func TestColourArithmetic(t *testing.T) {
	if got := contrast(rgb(0xffffff), rgb(0)); math.Abs(got-21) > 0.001 {
		t.Errorf("white on black is %.3f", got)
	}
	// Values from the definition of OKLab: sRGB red.
	if o := rgb(0xff0000).oklch(); math.Abs(o.l-0.6280) > 0.001 || math.Abs(o.c-0.2577) > 0.001 || math.Abs(o.h*180/math.Pi-29.23) > 0.1 {
		t.Errorf("red is %+v", o)
	}
	for _, n := range []uint32{0, 0xffffff, 0x0b5a6a, 0xff0000, 0x00ff00, 0x0000ff, 0x7f7f7f} {
		if got := rgb(n).oklch().colour(); got != rgb(n) {
			t.Errorf("%s comes back as %s", rgb(n), got)
		}
	}
}

func FuzzBrand(f *testing.F) {
	f.Add("#fff", "brand-ffd400-x-x-x-x-x.0000000000.css")
	f.Add("#0b5a6a", "brand-")
	u := newUI(f, Options{})
	f.Fuzz(func(t *testing.T, value, name string) {
		b := core.Brand{Accent: value, GroundDark: value}
		CheckBrand(b)
		if made := u.brands.name(b); made != "" {
			if _, ok := u.Asset(made); !ok || strings.ContainsAny(made, `/\"'<>&?`) {
				t.Fatalf("asset %q", made)
			}
		}
		u.Asset(name)
	})
}
