package provider_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
)

const (
	pagesOrigin = "http://login.localhost:3000"
	pagesURL    = pagesOrigin + "/?look=1"
)

// script is a script of a page: it asks for JSON, sends JSON, and reads no
// redirects.
type script struct {
	*browser
	origin string // of its page; empty for the issuer's own
}

func (w *world) script(origin string) *script { return &script{w.browser(), origin} }

func ownPages(c *provider.Config) { c.PagesURL = pagesURL }

func (s *script) do(method, target string, body any, headers ...string) shown {
	s.w.t.Helper()
	text := ""
	if body != nil {
		b, err := json.Marshal(body)
		s.w.must(err)
		text = string(b)
	}
	r := httptest.NewRequestWithContext(s.w.t.Context(), method, issuer+target, strings.NewReader(text))
	r.RemoteAddr = "192.0.2.7:5000"
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if s.origin != "" {
		r.Header.Set("Origin", s.origin)
		r.Header.Set("Sec-Fetch-Site", "same-site")
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	secure := *r.URL
	secure.Scheme = "https"
	for _, c := range s.jar.Cookies(&secure) {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	s.w.provider.ServeHTTP(rec, r)
	s.jar.SetCookies(&secure, rec.Result().Cookies())
	out := shown{status: rec.Code, header: rec.Header(), location: rec.Header().Get("Location"), path: r.URL.Path}
	if rec.Body.Len() > 0 {
		s.w.must(json.Unmarshal(rec.Body.Bytes(), &out))
	}
	return out
}

// next asks for the steps that are named until there is a page.
func (s *script) next(a shown) shown {
	s.w.t.Helper()
	for range 8 {
		if a.location != "" {
			s.w.t.Fatalf("a redirect to %q", a.location)
		}
		if a.Name != "step" {
			return a
		}
		if want := "/" + string(a.Step); !strings.HasSuffix(a.Links["next"], want) {
			s.w.t.Fatalf("next is %q, not …%s", a.Links["next"], want)
		}
		a = s.do(http.MethodGet, a.Links["next"], nil)
	}
	s.w.t.Fatal("the steps never end")
	return a
}

func (s *script) start(target string) shown {
	s.w.t.Helper()
	return s.next(s.do(http.MethodGet, target, nil))
}

func (s *script) post(a shown, fields ...string) shown {
	s.w.t.Helper()
	body := map[string]string{}
	for name, values := range a.fields(fields...) {
		body[name] = values[0]
	}
	return s.next(s.do(http.MethodPost, a.Form.Action, body))
}

func TestJSON_TheWholeFlow(t *testing.T) {
	for name, origin := range map[string]string{"own origin": "", "the configured origin": pagesOrigin} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, ownPages)
			s := w.script(origin)
			page := s.start(request("app"))
			s.want(page, core.PageSignIn)
			if page.App.Name != "App" || page.Step != core.StepSignIn || page.Form.Hidden["csrf"] == "" {
				t.Fatalf("%+v", page.Page)
			}
			if p := s.post(page); p.status != http.StatusUnprocessableEntity || p.Problems[0].Field != "identifier" || p.Problems[0].ID != "email_empty" {
				t.Errorf("no identifier: %d %+v", p.status, p.Problems)
			}
			page = s.post(page, "identifier", "ada@example.com")
			s.want(page, core.PagePassword)
			if p := s.post(page, "password", "shut"); p.status != http.StatusUnprocessableEntity || len(p.Problems) == 0 || p.Form.Action == "" {
				t.Errorf("wrong password: %d %+v", p.status, p.Page)
			}
			page = s.post(page, "password", "open")
			s.want(page, core.PageConsent)
			end := s.post(page, "decision", "allow", "remember", "on")
			if end.Name != "redirect" || !strings.HasPrefix(end.Links["to"], callback) || end.status != http.StatusOK {
				t.Fatalf("%d %+v", end.status, end.Page)
			}
			if again := s.post(page, "decision", "allow", "remember", "on"); again.Links["to"] != end.Links["to"] { // CSR06
				t.Errorf("submitted twice: %v", again.Links)
			}
			s.want(s.do(http.MethodGet, page.path, nil), core.PageFinished)
			if at := s.start(request("app")); at.Name != "redirect" || !strings.HasPrefix(at.Links["to"], callback) {
				t.Errorf("signed in and agreed: %+v", at.Page)
			}
			if none := w.script(origin).start(request("app", "prompt", "none")); !strings.Contains(none.Links["to"], "error=login_required") {
				t.Errorf("prompt=none: %+v", none.Page)
			}
		})
	}
}

func TestJSON_FormPostComesAsFields(t *testing.T) {
	w := newWorld(t)
	s := w.script("")
	page := s.post(s.post(s.start(request("app", "response_mode", "form_post")), "identifier", "ada@example.com"), "password", "open")
	end := s.post(page, "decision", "allow")
	if end.Name != core.PageAutoPost || end.Post == nil || end.Post.URL != callback || end.Post.Fields[0][0] != "code" {
		t.Errorf("%+v %+v", end.Page, end.Post)
	}
}

func TestJSON_ErrorsHaveOneShape(t *testing.T) {
	w := newWorld(t)
	s := w.script("")
	page := s.post(s.start(request("app")), "identifier", "ada@example.com")
	post := func(body any, headers ...string) shown {
		return s.do(http.MethodPost, page.Form.Action, body, headers...)
	}
	good := map[string]string{"csrf": page.Form.Hidden["csrf"], "password": "open"}
	for name, c := range map[string]struct {
		got    shown
		status int
		error  string
	}{
		"unknown app":     {s.do(http.MethodGet, request("nobody"), nil), 400, "app_unknown"},
		"foreign address": {s.do(http.MethodGet, request("app", "redirect_uri", "https://evil.example/"), nil), 400, "app_address"},
		"forged handle":   {s.do(http.MethodGet, strings.Replace(page.path, "kw_in_", "kw_in_A", 1), nil), 400, "page_old"},
		"another browser": {w.script("").do(http.MethodGet, page.path, nil), 400, "other_browser"},
		"nowhere":         {s.do(http.MethodGet, "/nowhere", nil), 404, "not_found"},
		"no such method":  {s.do(http.MethodPut, page.path, good), 405, "app_request"},
		"a list":          {post([]string{"password"}), 400, "app_request"},
		"a number":        {post(map[string]any{"csrf": good["csrf"], "password": 7}), 400, "app_request"},
		"CSR17 text":      {post(good, "Content-Type", "text/plain"), 415, "app_request"},
		"HTP04 10 MB":     {post(map[string]string{"password": strings.Repeat("x", 10<<20)}), 413, "app_request"},
		"SE-10 no token":  {post(map[string]string{"password": "open"}), 403, "foreign"},
		"CSR01 cross":     {post(good, "Sec-Fetch-Site", "cross-site"), 403, "foreign"},
		"CSR21 same-site": {post(good, "Sec-Fetch-Site", "same-site"), 403, "foreign"},
		"CSR01 null":      {post(good, "Sec-Fetch-Site", "", "Origin", "null"), 403, "foreign"},
	} {
		g := c.got
		if g.status != c.status || g.Name != core.PageFault || g.Error != c.error || g.RequestID == "" || g.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %q %q %q", name, g.status, g.Name, g.Error, g.RequestID)
		}
		if g.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: readable by other origins", name)
		}
	}
	w.pass(16 * time.Minute)
	if old := post(good); old.status != http.StatusBadRequest || old.Error != core.PageOld.Name || old.Links["app"] == "" { // ORD05
		t.Errorf("over: %d %+v", old.status, old.Page)
	}
}

func TestENU01_JSON_KnownAndUnknownLookTheSame(t *testing.T) {
	w := newWorld(t)
	shape := func(email string) string {
		s := w.script("")
		page := s.post(s.start(request("app")), "identifier", email)
		wrong := s.post(page, "password", "shut")
		for _, p := range []*shown{&page, &wrong} {
			p.Form, p.Links, p.Account, p.RequestID = core.Form{}, nil, nil, ""
		}
		b, err := json.Marshal([]core.Page{page.Page, wrong.Page})
		w.must(err)
		return string(b)
	}
	known, unknown := shape("ada@example.com"), shape("zoe@example.com")
	if strings.ReplaceAll(unknown, "zoe", "ada") != known {
		t.Errorf("known:   %s\nunknown: %s", known, unknown)
	}
}

func TestCO_ThePagesOriginAlone(t *testing.T) {
	w := newWorld(t, ownPages)
	ours := w.script(pagesOrigin)
	page := ours.start(request("app"))
	if h := page.header; h.Get("Access-Control-Allow-Origin") != pagesOrigin || h.Get("Access-Control-Allow-Credentials") != "true" ||
		!strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
		t.Errorf("headers %v", h)
	}
	routes := []string{request("app"), page.path, "/account/password"}
	for _, origin := range []string{
		"https://evil.example", "null", "http://login.localhost:3001", "http://login.localhost", "https://login.localhost:3000",
		"http://login.localhost:3000.evil.example", "http://LOGIN.localhost:3000", pagesOrigin + "/", "*", "",
	} {
		for _, route := range routes {
			for _, method := range []string{http.MethodGet, http.MethodOptions} {
				s := w.script(origin).do(method, route, nil)
				if s.header.Get("Access-Control-Allow-Origin")+s.header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("HDR10 %s %s from %q: %v", method, route, origin, s.header)
				}
			}
		}
	}
	for _, route := range routes {
		s := ours.do(http.MethodOptions, route, nil, "Access-Control-Request-Method", "POST", "Accept", "*/*")
		if h := s.header; s.status != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != pagesOrigin ||
			!strings.Contains(h.Get("Access-Control-Allow-Headers"), "Content-Type") {
			t.Errorf("preflight of %s: %d %v", route, s.status, h)
		}
	}
	for name, s := range map[string]shown{
		"AZ-07 HTML":        ours.do(http.MethodGet, page.path, nil, "Accept", "text/html"),
		"from another site": ours.do(http.MethodGet, page.path, nil, "Sec-Fetch-Site", "cross-site"),
		"CO-02 token":       ours.do(http.MethodOptions, "/token", nil),
		"end-session":       ours.do(http.MethodOptions, "/end-session", nil),
		"an asset":          ours.do(http.MethodOptions, "/assets/x", nil),
	} {
		if s.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", name, s.header)
		}
	}
	off := newWorld(t).script(pagesOrigin)
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		if s := off.do(method, request("app"), nil); s.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("not configured: %v", s.header)
		}
	}
}

func TestSE10_PostsOfThePagesOrigin(t *testing.T) {
	w := newWorld(t, ownPages)
	s := w.script(pagesOrigin)
	page := s.post(s.start(request("app")), "identifier", "ada@example.com")
	good := map[string]string{"csrf": page.Form.Hidden["csrf"], "password": "open"}
	for name, headers := range map[string][]string{
		"cross-site":         {"Sec-Fetch-Site", "cross-site"},
		"a neighbour":        {"Origin", "http://evil.localhost"},
		"no origin":          {"Origin", ""},
		"null":               {"Origin", "null"},
		"a form, HTML asked": {"Accept", "text/html", "Content-Type", "application/x-www-form-urlencoded"},
	} {
		if a := s.do(http.MethodPost, page.Form.Action, good, headers...); a.status != http.StatusForbidden {
			t.Errorf("%s: %d %q", name, a.status, a.Name)
		}
	}
	if a := s.do(http.MethodPost, page.Form.Action, map[string]string{"password": "open"}); a.status != http.StatusForbidden {
		t.Errorf("no token: %d", a.status)
	}
	other := w.script(pagesOrigin) // SE-11: bound to the browser that began
	other.start(request("app"))
	if a := other.do(http.MethodPost, page.Form.Action, good); a.status != http.StatusBadRequest || a.Error != core.PageOtherBrowser.Name {
		t.Errorf("another browser: %d %q", a.status, a.Error)
	}
	s.want(s.post(page, "password", "open"), core.PageConsent)
	for _, line := range page.header.Values("Set-Cookie") { // CSR10
		if !strings.Contains(line, "SameSite=Lax") {
			t.Errorf("cookie %q", line)
		}
	}
}

func TestPagesURL_TakesTheBrowser(t *testing.T) {
	w := newWorld(t, ownPages)
	b := w.browser()
	first := b.do(http.MethodGet, request("app"), nil)
	u, err := url.Parse(first.location)
	w.must(err)
	q := u.Query()
	if first.status != http.StatusSeeOther || !strings.HasPrefix(first.location, pagesURL+"&interaction=kw_in_") || q.Get("step") != "start" {
		t.Fatalf("%d %q", first.status, first.location)
	}
	hosted := "/interaction/" + q.Get("interaction") + "/" + q.Get("step")
	if s := b.do(http.MethodGet, hosted, nil); s.location != first.location {
		t.Errorf("a hosted page: %d %q", s.status, s.location)
	}
	s := &script{b, pagesOrigin} // the page that was led to takes over
	page := s.next(s.do(http.MethodGet, hosted, nil))
	s.want(page, core.PageSignIn)
	page = s.post(page, "identifier", "ada@example.com")
	s.want(page, core.PagePassword)
	drawn := b.do(http.MethodGet, page.Links["hosted"], nil) // what they do not draw
	if drawn.status != http.StatusOK || drawn.Name != core.PagePassword || !strings.HasPrefix(drawn.header.Get("Content-Type"), "text/html") {
		t.Errorf("hosted: %d %q %q", drawn.status, drawn.Name, drawn.location)
	}
	if on := b.do(http.MethodPost, drawn.Form.Action, drawn.fields("password", "open")); !strings.HasPrefix(on.location, pagesURL) {
		t.Errorf("after a hosted page: %d %q", on.status, on.location)
	}
	if s := w.browser().do(http.MethodGet, hosted, nil); s.Error != core.PageOtherBrowser.Name && s.Error != core.PageNoCookie.Name {
		t.Errorf("the handle alone: %d %q %q", s.status, s.Error, s.location)
	}
}
