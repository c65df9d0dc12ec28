package provider_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

func TestJSON_AccountInteractions(t *testing.T) {
	w := newWorld(t, ownPages)
	s := w.script(pagesOrigin)
	s.post(s.post(s.post(s.start(request("app")), "identifier", "ada@example.com"), "password", "open"), "decision", "deny")
	w.pass(6 * time.Minute)
	page := s.start("/account/password") // SE-09: not fresh enough
	s.want(page, core.PagePassword)
	if page.Account == nil || page.Account.Email != "ada@example.com" || page.App != nil {
		t.Errorf("%+v", page.Page)
	}
	page = s.post(page, "password", "open")
	s.want(page, core.PageNewPassword)
	done := s.post(page, "password", "new")
	if done.Name != core.PageFinished || len(done.Notices) != 1 || done.Notices[0].ID != "saved" {
		t.Errorf("%+v", done.Page)
	}
}

func TestJSON_WhereABrowserComesBack(t *testing.T) {
	w := newWorld(t, ownPages)
	s := w.script(pagesOrigin)
	page := s.post(s.start(request("app")), "identifier", "ada@example.com")
	page = s.start(page.Links["reset"])
	s.want(page, core.PageReset)
	s.want(s.post(page, "identifier", "ada@example.com"), core.PageResetSent)
	link := w.link()

	// As people come: from the mail, by a browser. It arrives at the own pages.
	arrived := s.browser.do(http.MethodGet, link, nil)
	u, err := url.Parse(arrived.location)
	w.must(err)
	q := u.Query()
	if !strings.HasPrefix(arrived.location, pagesURL) || q.Get("step") != "new-password" || strings.Contains(arrived.location, "kw_tk_") {
		t.Fatalf("%d %q", arrived.status, arrived.location)
	}
	s.want(s.start("/interaction/"+q.Get("interaction")+"/"+q.Get("step")), core.PageNewPassword)

	// By a script: the step is named, and the page takes it from there.
	page = s.next(s.do(http.MethodGet, strings.TrimPrefix(link, issuer), nil))
	s.want(page, core.PageNewPassword)
	if h := page.header; h.Get("Access-Control-Allow-Origin") != pagesOrigin {
		t.Errorf("headers %v", h)
	}
	forged := s.do(http.MethodGet, "/link/kw_tk_nothing", nil)
	if forged.status != http.StatusBadRequest || forged.Error != core.PageLinkUsed.Name || forged.header.Get("Access-Control-Allow-Origin") != pagesOrigin {
		t.Errorf("CO-04 forged: %d %q %v", forged.status, forged.Error, forged.header)
	}
	if evil := w.script("https://evil.example").do(http.MethodGet, strings.TrimPrefix(link, issuer), nil); evil.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("readable elsewhere: %v", evil.header)
	}
	s.want(s.post(page, "identifier", "ada@example.com"), core.PageConsent)
}
