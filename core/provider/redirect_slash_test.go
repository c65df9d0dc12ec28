package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

// IN-08, IN-23: a slash more or less is refused, unless the operator lets the one
// of an empty path through; then the whole way works with the address that was
// asked with. What an application appends to a path is refused in any case.
func TestIN08_IN23_anEmptyPathOfLoopback(t *testing.T) {
	const asked = "http://127.0.0.1:33418"
	for _, loose := range []bool{false, true} {
		w := newWorld(t, func(c *provider.Config) { c.InsecureLoopbackSlash = loose })
		w.client("editor", func(c *core.Client) {
			notebook(c)
			c.RedirectURIs = []string{"http://127.0.0.1/", "http://localhost/callback"}
		})
		b := w.browser()
		b.want(b.get(request("editor", "redirect_uri", "http://localhost:9/callback/3f9a")), core.PageFault)
		if !loose {
			b.want(b.get(request("editor", "redirect_uri", asked)), core.PageFault)
			continue
		}
		s := b.signIn(request("editor", "redirect_uri", asked), "ada@example.com")
		b.want(s, core.PageConsent)
		s = b.submit(s, "decision", "allow", "mine", "on")
		if !strings.HasPrefix(s.location, asked+"?") && !strings.HasPrefix(s.location, asked+"/?") {
			t.Fatalf("to %q", s.location)
		}
		to, err := url.Parse(s.location)
		w.must(err)
		code := to.Query().Get("code")
		form := []string{"client_id", "editor", "grant_type", "authorization_code", "code", code, "code_verifier", verifier, "redirect_uri"}
		if status, said, _ := w.ask("/token", append(form, asked+"/")...); status != http.StatusBadRequest {
			t.Errorf("another spelling at the token endpoint: %d %v", status, said)
		}
		if status, said, _ := w.ask("/token", append(form, asked)...); status != http.StatusOK {
			t.Errorf("%d %v", status, said)
		}
	}
}
