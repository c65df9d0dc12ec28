package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

// TestGallery writes every page and mail into the directory named by
// KEYWRIGHT_GALLERY, to be looked at in a browser. Without it there is nothing
// to write and nothing to test.
func TestGallery(t *testing.T) {
	dir := os.Getenv("KEYWRIGHT_GALLERY")
	if dir == "" {
		return
	}
	u := newUI(t, Options{})
	if err := os.MkdirAll(filepath.Join(dir, "assets"), 0o750); err != nil {
		t.Fatal(err)
	}
	put := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, a := range u.assets.served {
		put("assets/"+name, a.Bytes)
	}
	brands := map[string]core.Brand{"": {}, "brand-dark-square-": {Name: "Nocturne", Accent: "#7a2ff2", Ground: "#f3f0fa", GroundDark: "#0b0a14", Radius: new(int), NoBlade: true}, "brand-bad-": {Name: "Glare", Accent: "#ffd400", Ground: "#777777"}}
	for prefix, brand := range brands {
		for _, s := range samples() {
			s.page.Base, s.page.Brand = ".", brand
			if prefix == "" {
				s.page.Brand = samplePage("").Brand
			}
			s.page.Locales = nil
			put(prefix+s.name+".html", relative(draw(t, u, s.page)))
			s.page.Locales = []string{"de"}
			put(prefix+s.name+".de.html", relative(draw(t, u, s.page)))
		}
		if name := u.brands.name(brand); name != "" {
			a, _ := u.Asset(name)
			put("assets/"+name, a.Bytes)
		}
	}
	for _, l := range letters() {
		m, err := u.Letter(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		put("mail-"+l.Name+".html", []byte(m.HTML))
		put("mail-"+l.Name+".txt", []byte(m.Subject+"\n\n"+m.Text))
	}
}

func relative(page string) []byte {
	return bytes.ReplaceAll([]byte(page), []byte("./assets/"), []byte("assets/"))
}

func newUI(t testing.TB, o Options) *UI {
	t.Helper()
	u, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func draw(t testing.TB, u *UI, p core.Page) string {
	t.Helper()
	var b strings.Builder
	if err := u.Page(t.Context(), &b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
