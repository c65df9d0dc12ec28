package provider_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
)

func TestAZ01_WholeFlowByGetAndPost(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	got := b.answer(b.agree(request("app"), "ada@example.com"))
	if got.Get("state") != "s t&u=é" || got.Get("iss") != issuer || got.Get("x") != "1" || got.Get("code") == "" { // AZ-12, AZ-13, AZ-14
		t.Fatalf("answer %v", got)
	}
	_, query, _ := strings.Cut(request("app"), "?")
	form, err := url.ParseQuery(query)
	w.must(err)
	again := b.answer(b.follow(b.do(http.MethodPost, "/authorize", form)))
	if again.Get("code") == "" || again.Get("code") == got.Get("code") {
		t.Fatalf("second answer %v", again)
	}
	// From another site the cookies stay behind: the request comes again by GET (SE-02).
	bounced := w.browser().do(http.MethodPost, "/authorize", form, "Sec-Fetch-Site", "cross-site")
	if bounced.status != http.StatusSeeOther || !strings.HasPrefix(bounced.location, issuer+"/authorize?") {
		t.Fatalf("bounced: %d %q", bounced.status, bounced.location)
	}
	b.answer(b.follow(bounced))
}

func TestBudget_AuthorizeSignedInAndAgreed(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	w.store.Reset()
	b.answer(b.do(http.MethodGet, request("app"), nil))
	want := map[string]int{"Sessions": 1, "Consent": 1, "CreateGrant": 1}
	if got := w.store.Seen(); !maps.Equal(got, want) {
		t.Fatalf("calls %v, want %v", got, want)
	}
}

func TestAZ06_NothingIsWrittenWithoutClientOrRedirect(t *testing.T) {
	w := newWorld(t)
	for name, target := range map[string]string{
		"AUT01 unknown client": request("nobody"),
		"AUT02 no redirect":    request("app", "redirect_uri", ""),
		"RED01 near miss":      request("app", "redirect_uri", callback+"&z=1"),
		"RED15 silent":         request("app", "redirect_uri", "https://evil.example/cb", "prompt", "none"),
		"AUT04 client twice":   request("app") + "&client_id=app",
	} {
		t.Run(name, func(t *testing.T) {
			w.store.Reset()
			s := w.browser().do(http.MethodGet, target, nil)
			if s.status != http.StatusBadRequest || s.Name != core.PageFault || s.location != "" {
				t.Fatalf("status %d page %q location %q", s.status, s.Name, s.location)
			}
			if len(s.header["Set-Cookie"]) != 0 {
				t.Error("a cookie was set")
			}
			for call := range w.store.Seen() {
				if call != "Client" {
					t.Errorf("the store was asked for %s", call)
				}
			}
		})
	}
}

func TestAUT17_ParametersInTwoPlaces(t *testing.T) {
	w := newWorld(t)
	s := w.browser().do(http.MethodPost, request("app"), url.Values{"client_id": {"app"}})
	if s.status != http.StatusBadRequest || s.Name != core.PageFault {
		t.Fatalf("status %d page %q", s.status, s.Name)
	}
}

func TestAUT18_OtherMethods(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		s := w.browser().do(method, "/authorize", nil, "Origin", "https://evil.example")
		if s.status != http.StatusMethodNotAllowed || s.header.Get("Allow") == "" || s.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: status %d, headers %v", method, s.status, s.header)
		}
	}
}

func TestOC09_PromptNoneNeverAsks(t *testing.T) {
	w := newWorld(t)
	w.client("other", nil)
	b := w.browser()
	none := func(client string) string {
		return b.answer(b.do(http.MethodGet, request(client, "prompt", "none"), nil)).Get("error")
	}
	if got := none("app"); got != "login_required" {
		t.Errorf("nobody signed in: %q", got)
	}
	b.agree(request("app"), "ada@example.com")
	if got := none("app"); got != "" {
		t.Errorf("agreed: %q", got)
	}
	if got := none("other"); got != "consent_required" {
		t.Errorf("not agreed: %q", got)
	}
	w.person("bob@example.com")
	s := b.get(request("app", "prompt", "select_account"))
	b.want(s, core.PageAccounts) // OC-12: also with a single session
	s = b.submit(b.get(s.Links["another"]), "identifier", "bob@example.com")
	s = b.submit(s, "password", "open")
	b.want(s, core.PageConsent)
	b.answer(b.submit(s, "decision", "allow"))
	if got := none("app"); got != "account_selection_required" {
		t.Errorf("two accounts: %q", got)
	}
}

func TestAZ08_SelfRegisteredClientsWaitForAPerson(t *testing.T) {
	w := newWorld(t)
	w.client("wild", func(c *core.Client) { c.Lane = core.LaneCIMD })
	b := w.browser()
	s := b.get(request("wild", "response_type", "token"))
	b.want(s, core.PageLeave)
	if link := s.Links["app"]; !strings.HasPrefix(link, callback+"&error=unsupported_response_type") {
		t.Errorf("link %q", link)
	}
	if got := b.answer(b.get(request("app", "response_type", "token"))); got.Get("error") != "unsupported_response_type" || got.Get("iss") != issuer {
		t.Errorf("seeded client: %v", got)
	}
	b.agree(request("app"), "ada@example.com")
	if got := b.answer(b.get(request("wild", "response_type", "token"))); got.Get("error") == "" {
		t.Errorf("signed in: %v", got)
	}
}

func TestFP01_FormPost(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	s := b.agree(request("app", "response_mode", "form_post", "state", `"><script>`), "ada@example.com")
	b.want(s, core.PageAutoPost)
	fields := map[string]string{}
	for _, f := range s.Post.Fields {
		fields[f[0]] = f[1]
	}
	if s.Post.URL != callback || fields["code"] == "" || fields["iss"] != issuer || fields["state"] != `"><script>` {
		t.Fatalf("post %+v", s.Post)
	}
	if strings.Contains(s.header.Get("Content-Security-Policy"), "form-action") { // RED18
		t.Error("the policy forbids the post")
	}
	s = b.get(request("app", "response_mode", "form_post", "prompt", "none", "max_age", "0"))
	b.want(s, core.PageAutoPost)
	if s.Post.Fields[0] != [2]string{"error", "login_required"} {
		t.Errorf("error %v", s.Post.Fields)
	}
}

func TestAZ21_FaultsGoToTheClientOnceVerified(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.agree(request("app"), "ada@example.com")
	for _, call := range []string{"Sessions", "Consent", "CreateGrant"} {
		w.fault(call, true)
		if got := b.answer(b.do(http.MethodGet, request("app"), nil)); got.Get("error") != "temporarily_unavailable" {
			t.Errorf("%s: %v", call, got)
		}
	}
}
