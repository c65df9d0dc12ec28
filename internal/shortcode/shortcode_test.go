package shortcode

import "testing"

func TestParse(t *testing.T) {
	for typed, want := range map[string]string{
		"482913": "482913", " 482 913 ": "482913", "482-913": "482913", "482–913": "482913", "\u0664\u0668\u0662\u0669\u0661\u0663": "482913",
		"48291": "", "4829131": "", "48291a": "", "482.913": "",
	} {
		if code, empty, ok := Parse(typed, 6); ok != (want != "") || ok && code != want || empty {
			t.Errorf("%q: %q, empty %v, ok %v", typed, code, empty, ok)
		}
	}
	if _, empty, ok := Parse(" - ", 6); !empty || ok {
		t.Error("nothing was typed")
	}
}

func TestDrawKeepsLeadingZeros(t *testing.T) {
	for range 200 {
		if code := Draw(8); len(code) != 8 {
			t.Fatalf("%q", code)
		}
	}
}
