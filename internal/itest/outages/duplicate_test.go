package outages

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// FLT21: something between repeats each POST. A person signs in and agrees as if
// nothing were, with one session and one code; a token is rotated once; ends and
// questions are answered. A code that was really used twice is spent.
func TestThreat_FLT21_EveryPostComesTwice(t *testing.T) {
	t.Parallel()
	twice := true
	p := providertest.New(t, providertest.WithMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && twice {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				first := r.Clone(r.Context())
				first.Body, r.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
				next.ServeHTTP(httptest.NewRecorder(), first)
			}
			next.ServeHTTP(w, r)
		})
	}))
	app := p.Client(clientreg.Seed{ID: "app", Rotation: "on"})
	ada := p.Person("ada@example.com", word)
	signIn := func() url.Values {
		request := app.Authorize()
		return url.Values{
			"grant_type": {"authorization_code"}, "code": {ada.Browser().SignIn(request.URL).Answer("code")},
			"redirect_uri": {app.RedirectURI}, "code_verifier": {request.Verifier},
		}
	}
	if got := app.Token(signIn()); got.Error != "invalid_grant" {
		t.Errorf("a code that was used twice: %d %s", got.Status, got.Body)
	}
	again := signIn()
	twice = false
	tokens := app.Token(again)
	if tokens.Status != http.StatusOK {
		t.Fatalf("a code: %d %s", tokens.Status, tokens.Body)
	}
	twice = true
	next := app.Refresh(tokens.Refresh)
	if next.Status != http.StatusOK || next.Refresh == tokens.Refresh {
		t.Errorf("a refresh: %d %s", next.Status, next.Body)
	}
	if last := app.Refresh(next.Refresh); last.Status != http.StatusOK {
		t.Errorf("the refresh after it: %d %s", last.Status, last.Body)
	}
	for _, path := range []string{"/introspect", "/revoke", "/introspect"} {
		if got := app.Post(path, url.Values{"token": {next.Access}}); got.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	sessions, err := p.Store().SessionsOf(t.Context(), ada.Account().ID, core.PageOf{Limit: 10})
	if err != nil || len(sessions) != 2 {
		t.Errorf("%d sessions of two sign-ins: %v", len(sessions), err)
	}
}
