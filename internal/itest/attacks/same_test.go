package attacks_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

// statements hears what a database is asked while it listens: the kind of each
// statement and its table, not its values.
type statements struct {
	mu   sync.Mutex
	list []string
}

var shape = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\b.*?(?:FROM|INTO|UPDATE|)\s+"?([a-z_]+)"?`)

func (s *statements) hear(_ context.Context, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(text, "deliveries") || strings.Contains(text, "lease") {
		return // the mail goes out beside the request
	}
	if m := shape.FindStringSubmatch(strings.ReplaceAll(text, "\n", " ")); m != nil {
		s.list = append(s.list, strings.ToUpper(m[1])+" "+m[2])
	}
}

func (s *statements) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

var drawn = regexp.MustCompile(`kw_[a-z]+_[\w-]+|req-\w+|value="[\w-]{20,}"|[\w.+-]+@example\.com`)

// masked is an answer without what is random or was typed.
func masked(c *caller) string {
	header := c.last.Header().Clone()
	names := []string{}
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	return drawn.ReplaceAllString(fmt.Sprint(c.last.Code, names, header["Set-Cookie"], c.at, c.last.Body), "*")
}

func TestThreat_ENU01_ENU02_ENU03_ENU04_NothingTellsWhoHasAnAccount(t *testing.T) {
	asked := &statements{}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "same.db"), sqlite.OnStatement(asked.hear))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := providertest.New(t, providertest.WithDatabase(db))
	start := p.Client(clientreg.Seed{}).Authorize().URL
	p.Person("xknown@example.com", secret)
	off := p.Person("xoff@example.com", secret).Account()
	off.Disabled, off.Change = true, core.NewID(p.Now())
	if err := p.Store().UpdateAccount(t.Context(), core.AccountChange{Account: off}); err != nil {
		t.Fatal(err)
	}
	gone := p.Person("xgone@example.com", secret).Account()
	gone.Deleted, gone.Change = true, core.NewID(p.Now())
	if err := p.Store().UpdateAccount(t.Context(), core.AccountChange{Account: gone}); err != nil {
		t.Fatal(err)
	}
	early := fresh(p, "203.0.113.99:1")
	for early.get(p.Issuer() + "/jwks"); strings.Contains(strings.Join(asked.taken(), ""), "provider_keys"); {
		early.get(p.Issuer() + "/jwks") // until the keys are made, beside the requests
	}
	for name, act := range map[string]func(c *caller, email string){
		"ENU01 a wrong password": func(c *caller, email string) {
			c.get(start)
			v := c.fields()
			v.Set("identifier", email)
			c.post(c.at, v)
			c.choose("wrong wrong wrong")
		},
		"ENU02 a link": func(c *caller, email string) { c.askReset(start, email) },
		"ENU03 a sign-up": func(c *caller, email string) {
			c.askSignUp(start, email, better)
		},
	} {
		act(fresh(p, "203.0.113.98:1"), "xfirst@example.com") // whose domain it is, is cached: the same for everybody of it
		var answers, costs []string
		for n, email := range []string{"xnobody@example.com", "xknown@example.com", "xoff@example.com", "xgone@example.com"} {
			c := fresh(p, fmt.Sprintf("203.0.113.%d:1", n))
			first := fresh(p, "203.0.113.99:1") // from here on the client and whose domain it is are known
			first.get(start)
			v := first.fields()
			v.Set("identifier", "xfirst@example.com")
			first.post(first.at, v)
			asked.taken()
			act(c, email)
			answers, costs = append(answers, masked(c)), append(costs, strings.Join(asked.taken(), "; "))
		}
		for n := range answers {
			if answers[n] != answers[0] {
				t.Errorf("%s: answer %d differs:\n%s", name, n, difference(answers[n], answers[0]))
			}
			if costs[n] != costs[0] || !strings.Contains(costs[n], "limits") {
				t.Errorf("%s: cost %d differs:\n%s\n%s", name, n, costs[n], costs[0])
			}
		}
	}
}

func TestThreat_PWD01_OnePasswordForManyAccounts(t *testing.T) {
	p := providertest.New(t)
	start := p.Client(clientreg.Seed{}).Authorize().URL
	try := func(from string, n int) int {
		c := fresh(p, from)
		c.get(start)
		v := c.fields()
		v.Set("identifier", fmt.Sprintf("n%d@example.com", n))
		c.post(c.at, v)
		return c.choose("wrong wrong wrong")
	}
	judged := 0
	for n := range 60 {
		if try("198.51.100.1:1", n) == http.StatusUnprocessableEntity {
			judged++
		}
	}
	if judged != 50 {
		t.Errorf("%d of 60 were judged", judged)
	}
	if got := try("198.51.100.2:1", 0); got != http.StatusUnprocessableEntity {
		t.Errorf("from elsewhere: %d", got)
	}
}

// difference is the first line in which two texts differ.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n := range min(len(as), len(bs)) {
		if as[n] != bs[n] {
			return as[n] + "\n" + bs[n]
		}
	}
	return "one is longer"
}
