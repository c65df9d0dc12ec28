package legacy_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/conformance"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/examples/customauthenticator/legacy"
)

// old is the old system: who may sign in, by address.
type old struct {
	mu     sync.Mutex
	people map[string]string // address to password
}

func (o *old) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var sent struct{ Name, Password string }
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || r.Header.Get("Authorization") != "Bearer secret" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if word, known := o.people[sent.Name]; !known || word != sent.Password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"id": "old-" + sent.Name, "email": sent.Name, "name": "Mara"})
}

func TestConformance(t *testing.T) {
	system := &old{people: map[string]string{}}
	server := httptest.NewServer(system)
	defer server.Close()
	conformance.TestAuthenticator(t, conformance.Candidate{
		New: func() (core.Authenticator, error) {
			return legacy.New(legacy.Options{URL: server.URL, Token: "secret"})
		},
		Person: func(_ context.Context, at time.Time, email string, _ func(string, []byte) ([]byte, error)) (core.AccountChange, any, error) {
			word := "the word of " + email
			system.mu.Lock()
			defer system.mu.Unlock()
			system.people[email] = word
			return legacy.Account("old-"+email, email, "Mara", at), word, nil
		},
		Prove: func(s conformance.Sight) (url.Values, error) {
			return url.Values{"password": {s.Secret.(string)}}, nil
		},
		Guess: func(conformance.Sight) url.Values { return url.Values{"password": {"a guess"}} },
	})
}
