package cost

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const apiJWT = "https://jwt.example"

// rig is a provider on SQLite with somebody signed in, and what it says to its
// database.
type rig struct {
	*providertest.Provider
	heard   statements
	app     *providertest.Client // the person has agreed to it
	job     *providertest.Client // client_credentials, introspection
	browser *providertest.Browser
	tokens  providertest.Tokens
}

// statements hears what a provider asks of its database to answer requests: what is
// done beside them comes when it likes.
type statements struct {
	mu    sync.Mutex
	texts []string
}

type ofRequest struct{}

// mark has what is asked for a request be heard.
func mark(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ofRequest{}, true)))
	})
}

func (s *statements) hear(ctx context.Context, text string) {
	if ctx.Value(ofRequest{}) == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, text)
}

// take gives what was said since the last time, each statement as its verb and
// the tables it names.
func (s *statements) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var said []string
	for _, text := range s.texts {
		said = append(said, brief(text))
	}
	s.texts = nil
	return strings.Join(said, "; ")
}

func brief(text string) string {
	words := strings.Fields(text)
	named := []string{strings.ToLower(words[0])}
	for n, word := range words[:len(words)-1] {
		names := word == "FROM" || word == "JOIN" || word == "INTO" || word == "UPDATE"
		if names && !strings.HasPrefix(words[n+1], "(") {
			named = append(named, words[n+1])
		}
	}
	return strings.Join(named, " ")
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "cost.db"), sqlite.OnStatement(r.heard.hear))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r.Provider = providertest.New(t, providertest.WithDatabase(db), providertest.WithMiddleware(mark), providertest.WithConfig(func(c *keywright.Config) {
		c.Resources = []core.Resource{{URI: apiJWT, Scopes: []string{"things"}, Format: core.JWT, Algorithm: "ES256"}}
		c.Scopes = []core.Scope{{Name: "jobs"}}
		c.Exchange.Rules = []core.ExchangeRule{{Client: "job", From: []string{c.Issuer}, To: apiJWT, Scopes: []string{"things"}, OtherScopes: true}}
	}))
	r.app = r.Client(clientreg.Seed{AuthMethod: "none", IDTokenAlgorithm: "ES256"})
	r.job = r.Client(clientreg.Seed{
		ID: "job", GrantTypes: []string{core.GrantClientCredentials, core.GrantTokenExchange}, Scope: "jobs things", Resources: []string{apiJWT}, Serves: []string{r.Issuer()},
	})
	r.browser = r.Person("ada@example.com", "three quiet otters at noon").Browser()
	asked := r.app.Authorize()
	r.tokens = r.app.Redeem(asked, r.browser.SignInAndRemember(asked.URL))
	return r
}

func (r *rig) get(t testing.TB, path string) {
	t.Helper()
	answer, err := r.HTTP().Get(r.Issuer() + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d", path, answer.StatusCode)
	}
}

func ok(t testing.TB, a providertest.Answer) providertest.Answer {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("answered %d: %s", a.Status, a.Body)
	}
	return a
}

func (r *rig) clientCredentials(scope, resource string) url.Values {
	return url.Values{"grant_type": {core.GrantClientCredentials}, "scope": {scope}, "resource": {resource}}
}

func (r *rig) tokenExchange(token string) url.Values {
	return url.Values{
		"grant_type": {core.GrantTokenExchange}, "resource": {apiJWT},
		"subject_token": {token}, "subject_token_type": {core.TokenTypeAccessToken},
	}
}
