package resourceuri_test

import (
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/resourceuri"
)

// RI-01, RI-03: what a resource can be, and when two of them are one.
func TestRI03_canonical(t *testing.T) {
	for uri, want := range map[string]string{
		"https://api.example":                    "https://api.example",
		"HTTPS://API.Example/":                   "https://api.example",
		"https://api.example/MCP":                "https://api.example/MCP",
		"https://api.example/mcp/":               "https://api.example/mcp/",
		"https://api.example/?a=1":               "https://api.example?a=1",
		"https://api.example:8443/a%2Fb":         "https://api.example:8443/a%2Fb",
		"https://api.example/mcp?":               "https://api.example/mcp",
		"https://api.example/#":                  "",
		"https://api.example/a#b":                "",
		"https://me@api.example":                 "",
		"https://api.example\\.evil":             "",
		"https://api.example/a b":                "",
		"//api.example":                          "",
		"/mcp":                                   "",
		"urn:example:api":                        "",
		"https://":                               "",
		"":                                       "",
		"https://[::1":                           "",
		"https://a/" + strings.Repeat("x", 2040): "",
	} {
		if got := resourceuri.Canonical(uri); got != want {
			t.Errorf("%q: %q, want %q", uri, got, want)
		}
	}
	if resourceuri.Same("https://a.example/x", "https://a.example/X") || resourceuri.Same("/a", "/A") || !resourceuri.Same("https://A.example", "https://a.example/") {
		t.Error("what is the same")
	}
	if got := resourceuri.WithoutQuery("https://a.example/x/?y=1?z"); got != "https://a.example/x/" {
		t.Error(got)
	}
}

func FuzzCanonical(f *testing.F) {
	f.Add("https://API.example/mcp?a=1")
	f.Add("https://a.example//%2f?#")
	f.Fuzz(func(t *testing.T, uri string) {
		once := resourceuri.Canonical(uri)
		if once != "" && resourceuri.Canonical(once) != once {
			t.Errorf("%q: %q becomes %q", uri, once, resourceuri.Canonical(once))
		}
	})
}
