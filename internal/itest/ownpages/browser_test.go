package ownpages

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/ownpages/pages"
	"github.com/keywright/keywright/internal/browser"
	"github.com/keywright/keywright/internal/itest/app"
)

const word = "three quiet otters at noon"

// tab is a tab at which a person sits, before pages that are not the provider's.
type tab struct {
	*browser.Tab
	*providertest.Provider
	app      *app.App
	own      string // origin of the pages
	pictures string
}

func sit(t *testing.T) tab {
	t.Helper()
	b := browser.Start(t) // first: a skip should cost nothing
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a := app.Start(t)
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.PagesURL = server.URL + "/" }))
	h = pages.New(p.Issuer())
	c := p.Client(clientreg.Seed{ID: "notes", Name: "Notes", RedirectURIs: []string{a.URL + "/callback"}})
	a.Use(p.Issuer(), c.ID, c.Secret, p.Now)
	pictures := os.Getenv("KEYWRIGHT_SCREENSHOTS")
	if pictures == "" {
		pictures = t.TempDir()
	}
	return tab{b, p, a, server.URL, pictures}
}

// at waits for a page, and looks that it is the team's own.
func (b tab) at(t *testing.T, page string) {
	t.Helper()
	b.WaitFor("#main[data-page=" + page + "]")
	if !strings.HasPrefix(b.Address(), b.own) {
		t.Fatalf("%s is at %s", page, b.Address())
	}
	if wide := b.Overflow(); wide > 0 {
		t.Errorf("%s is %d px too wide", page, wide)
	}
	b.Screenshot(filepath.Join(b.pictures, "own-"+page+".png"))
}

func (b tab) signIn(t *testing.T, email, password string) {
	t.Helper()
	b.at(t, "signin")
	b.Fill("#identifier", email)
	b.Click("#continue")
	b.at(t, "password")
	b.Fill("#password", password)
	b.Click("#continue")
}

func TestOwnPagesSignIn(t *testing.T) {
	b := sit(t)
	b.Person("ada@example.com", word)
	b.Allow("422") // the browser's console tells every refused answer
	b.Emulate(false, 360, 740)
	b.Goto(b.app.URL + "/login")
	b.at(t, "signin")
	b.Click("#continue")
	b.WaitFor("#identifier-error")
	b.signIn(t, "ada@example.com", "three quiet otters at dusk")
	b.WaitFor("#password-error")
	b.Screenshot(filepath.Join(b.pictures, "own-password-wrong.png"))
	if focused := browser.Evaluate[string](b.Tab, "document.activeElement.id"); focused != "password" {
		t.Errorf("the caret is in %q", focused)
	}
	b.Fill("#password", word)
	b.Click("#continue")
	b.at(t, "consent")
	b.Emulate(true, 360, 740)
	b.Screenshot(filepath.Join(b.pictures, "own-consent-dark.png"))
	b.Click("#allow")
	b.WaitFor("#app-in #who")
	if got := b.Text("#who"); got != "ada@example.com" {
		t.Errorf("the application shows %q", got)
	}
}

func TestOwnPagesSignUpReloadAndBack(t *testing.T) {
	b := sit(t)
	b.Goto(b.app.URL + "/login")
	b.at(t, "signin")
	b.Click("#to-signup")
	b.at(t, "signup")
	b.Back()
	b.at(t, "signin")
	b.Click("#to-signup")
	b.at(t, "signup")
	b.Goto(b.Address()) // as by reloading
	b.at(t, "signup")
	b.Fill("#name", "Grace Hopper")
	b.Fill("#email", "grace@example.com")
	b.Fill("#password", word)
	b.Click("#continue")
	b.at(t, "code")
	b.Fill("#code", b.LastCode("grace@example.com"))
	b.Click("#continue")
	b.at(t, "consent")
	b.Click("#deny")
	b.WaitFor("#app-failed")
	if got := b.Text("#why"); !strings.Contains(got, "access_denied") {
		t.Errorf("the application was told %q", got)
	}
}

func TestOwnPagesInAnotherBrowser(t *testing.T) {
	b := sit(t)
	b.Goto(b.app.URL + "/login")
	b.at(t, "signin")
	other := tab{browser.Start(t), b.Provider, b.app, b.own, b.pictures}
	other.Allow("400")
	other.Goto(b.Address()) // the handle alone opens nothing
	other.at(t, "error")
}
