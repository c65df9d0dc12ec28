package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright/internal/browser"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"

// site is a small site whose script writes into the page.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		seen := ""
		if c, err := r.Cookie("__Host-seen"); err == nil {
			seen = c.Value
		}
		http.SetCookie(w, &http.Cookie{Name: "__Host-seen", Value: "yes", Path: "/", Secure: true, HttpOnly: true})
		fmt.Fprintf(w, `<!doctype html><title>Site</title><link rel="icon" href="data:,"><p id="seen">%s</p><p id="by">nobody</p>
<form method="get" action="/done"><input id="name" name="name" value="old"><button id="go">Go</button></form>
<script src="/script.js" defer></script>`, seen)
	})
	mux.HandleFunc("GET /script.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `document.getElementById("by").textContent = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"`)
	})
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>Done</title><link rel="icon" href="data:,"><h1 id="done">Hello %s</h1>`, r.FormValue("name"))
	})
	mux.HandleFunc("GET /bad", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprint(w, `<!doctype html><title>Bad</title><link rel="icon" href="data:,"><p id="p" style="color: red">x</p>`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestBrowserFillsInForms(t *testing.T) {
	server := site(t)
	b := browser.Start(t)
	b.Goto(server.URL + "/")
	if got := b.Text("#by"); got != "light" {
		t.Errorf("the script wrote %q", got)
	}
	b.Fill("#name", "Ada")
	b.Click("#go")
	b.WaitFor("#done")
	if got := b.Text("#done"); got != "Hello Ada" || b.Title() != "Done" {
		t.Errorf("got %q, %q", got, b.Title())
	}
	b.Back()
	b.WaitFor("#go")
	other := b.NewTab()
	other.Emulate(true, 390, 800)
	other.Goto(server.URL + "/")
	if seen, by := other.Text("#seen"), other.Text("#by"); seen != "yes" || by != "dark" {
		t.Errorf("the other tab shows %q, %q", seen, by)
	}
	if n := other.Overflow(); n > 0 {
		t.Errorf("%d pixels too wide", n)
	}
	other.Screenshot(filepath.Join(t.TempDir(), "deep", "page.png"))
}

func TestBrowserWithoutScripts(t *testing.T) {
	server := site(t)
	b := browser.Start(t)
	b.NoScript()
	b.Goto(server.URL + "/")
	if got := b.Text("#by"); got != "nobody" {
		t.Errorf("a script ran: %q", got)
	}
	b.Fill("#name", "Grace")
	b.Click("#go")
	b.WaitFor("#done")
	if got := b.Text("#done"); got != "Hello Grace" {
		t.Errorf("got %q", got)
	}
}

func TestBrowserHearsComplaints(t *testing.T) {
	server := site(t)
	b := browser.Start(t)
	b.Goto(server.URL + "/bad")
	b.WaitUntil("the console complains", func() bool { return len(b.ConsoleErrors()) > 0 })
	if got := strings.Join(b.ConsoleErrors(), "\n"); !strings.Contains(got, "Content Security Policy") {
		t.Errorf("heard %q", got)
	}
	b.Allow("Content Security Policy")
}

func TestBrowserStaysOnTheMachine(t *testing.T) {
	b := browser.Start(t)
	b.Goto(site(t).URL + "/done?name=x")
	got := browser.Evaluate[string](b, `(async () => { try { await fetch("http://example.com/"); return "left" } catch { return "stayed" } })()`)
	if got != "stayed" {
		t.Error("a request left the machine")
	}
	b.WaitUntil("the console says so", func() bool { return len(b.ConsoleErrors()) > 0 })
	b.Allow("ERR_NAME_NOT_RESOLVED")
}
