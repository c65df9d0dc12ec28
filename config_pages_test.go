package keywright_test

import (
	"testing"

	"github.com/keywright/keywright"
)

func TestPagesURLIsOfTheIssuersSite(t *testing.T) {
	for pages, want := range map[string]bool{
		"https://id.example.com/signin": true, "https://login.example.com": true, "https://example.com/?a=b": true,
		"https://login.example.com:8443/": true, "https://example.org/": false, "https://evil-example.com/": false,
		"http://login.example.com/": false, "https://login.example.com/#x": false, "https://com/": false, "https://a@login.example.com/": false,
		"//login.example.com/": false, "https://login.example.com:443/": false, "javascript:alert(1)": false, "https://192.0.2.1/": false,
	} {
		c := sound(t)
		c.Issuer, c.PagesURL = "https://id.example.com", pages
		if _, err := keywright.New(t.Context(), c); (err == nil) != want {
			t.Errorf("%s: %v", pages, err)
		}
	}
}
