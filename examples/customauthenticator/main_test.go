package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
)

// walker is a browser without scripts: it keeps cookies and posts forms.
type walker struct {
	t      *testing.T
	client *http.Client
	at     *url.URL
	page   string
}

func (w *walker) took(r *http.Response, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.at, w.page = r.Request.URL, string(body)
	if to, err := r.Location(); err == nil {
		w.at = to
	}
}

var (
	action = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// post fills in the first form of the page.
func (w *walker) post(name, value string) {
	w.t.Helper()
	to := action.FindStringSubmatch(w.page)
	if to == nil {
		w.t.Fatalf("no form on\n%s", w.page)
	}
	form := url.Values{name: {value}}
	for _, h := range hidden.FindAllStringSubmatch(w.page, -1) {
		form.Set(h[1], html.UnescapeString(h[2]))
	}
	target, err := w.at.Parse(html.UnescapeString(to[1]))
	if err != nil {
		w.t.Fatal(err)
	}
	w.took(w.client.PostForm(target.String(), form))
}

// Somebody who is only known to the old system signs in, gets an account here, and
// goes back to the app with a code. A wrong password does not get there.
func TestSignIn(t *testing.T) {
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Name, Password string }
		if json.NewDecoder(r.Body).Decode(&sent) != nil || sent.Name != "mara@example.com" || sent.Password != "open" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"id": "17", "email": sent.Name, "name": "Mara"})
	}))
	defer old.Close()
	t.Setenv("LEGACY_URL", old.URL)
	t.Setenv("KEYWRIGHT_SECRET", strings.Repeat("k", 64))
	db := memory.New()
	config, err := configure(db)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	config.Issuer = "http://localhost:" + server.Listener.Addr().String()[strings.LastIndex(server.Listener.Addr().String(), ":")+1:]
	idp, err := keywright.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = idp.Handler()
	server.Start()
	defer server.Close()

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &walker{t: t, client: &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
	w.took(w.client.Get(config.Issuer + "/authorize?" + url.Values{
		"client_id": {"app"}, "response_type": {"code"}, "redirect_uri": {"http://localhost:9090/callback"}, "scope": {"openid email"},
		"state": {"s"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode()))
	w.post("identifier", "mara@example.com")
	w.post("password", "wrong")
	if !strings.Contains(w.page, "do not match") {
		t.Fatalf("a wrong password gives\n%s", w.page)
	}
	w.post("password", "open")
	w.post("decision", "allow")
	if w.at.Path != "/callback" || w.at.Query().Get("code") == "" || w.at.Query().Get("state") != "s" {
		t.Fatalf("the app gets %s\n%s", w.at, w.page)
	}
}
