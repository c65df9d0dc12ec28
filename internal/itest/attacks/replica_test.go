package attacks_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
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

// callers is how many ask at once, half of them each replica.
const callers = 64

// replicas is two providers of one issuer over one SQLite file.
type replicas struct {
	t    *testing.T
	file string
	all  [2]*providertest.Provider
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	r := &replicas{t: t, file: filepath.Join(t.TempDir(), "replicas.db")}
	for n := range r.all {
		db, err := sqlite.Open(context.WithoutCancel(t.Context()), r.file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		r.all[n] = providertest.New(t, providertest.WithDatabase(db), providertest.WithConfig(func(c *keywright.Config) {
			if n > 0 {
				c.Issuer = r.all[0].Issuer()
			}
		}))
	}
	return r
}

// token posts to the token endpoint of one replica.
func (r *replicas) token(n int, app *providertest.Client, v url.Values) (status int, body string) {
	return r.post(n, "/token", app, v)
}

func (r *replicas) post(n int, path string, app *providertest.Client, v url.Values) (status int, body string) {
	q, err := http.NewRequest(http.MethodPost, r.all[0].Issuer()+path, strings.NewReader(v.Encode()))
	if err != nil {
		r.t.Error(err)
		return 0, ""
	}
	q.RemoteAddr = "198.51.100.9:1"
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.SetBasicAuth(url.QueryEscape(app.ID), url.QueryEscape(app.Secret))
	w := rec()
	r.all[n%2].Handler().ServeHTTP(w, q)
	return w.Code, w.Body.String()
}

// race lets everybody do the same at once and counts the answers.
func race(do func(n int) string) map[string]int {
	var mu sync.Mutex
	var ready, over sync.WaitGroup
	counts, start := map[string]int{}, make(chan struct{})
	for n := range callers {
		ready.Add(1)
		over.Go(func() {
			ready.Done()
			<-start
			got := do(n)
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	ready.Wait()
	close(start)
	over.Wait()
	return counts
}

func redemption(app *providertest.Client, q providertest.Request, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {app.RedirectURI}, "code_verifier": {q.Verifier},
	}
}

func refreshing(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

func TestThreat_TOK01_RFR02_RFR12_RT06_OP05_TwoReplicas(t *testing.T) {
	r := newReplicas(t)
	app := r.all[0].Client(clientreg.Seed{Rotation: "on"})
	ada := r.all[0].Person("ada@example.com", secret)
	for range 3 {
		q := app.Authorize()
		code := ada.Browser().SignIn(q.URL).Answer("code")
		counts := race(func(n int) string {
			status, _ := r.token(n, app, redemption(app, q, code))
			return fmt.Sprint(status)
		})
		if counts["200"] != 1 || counts["400"] != callers-1 {
			t.Errorf("TOK01: %v", counts)
		}
	}
	first := ada.SignIn(app).Refresh
	leaves := map[string]bool{}
	var mu sync.Mutex
	counts := race(func(n int) string {
		status, body := r.token(n, app, refreshing(first))
		if _, after, ok := strings.Cut(body, `"refresh_token":"`); ok {
			mu.Lock()
			defer mu.Unlock()
			leaves[strings.SplitN(after, `"`, 2)[0]] = true
		}
		return fmt.Sprint(status)
	})
	if len(leaves) != 1 || counts["200"] == 0 || counts["200"]+counts["400"]+counts["503"] != callers || counts["503"] > 0 {
		t.Errorf("RFR02: %d leaves, %v", len(leaves), counts)
	}
	for leaf := range leaves {
		if status, body := r.token(1, app, refreshing(leaf)); status != http.StatusOK {
			t.Errorf("the leaf: %d %s", status, body)
		}
	}
}

func TestThreat_STA01_CSR20_WhatOneReplicaEndsIsDeadAtTheOther(t *testing.T) {
	for name, end := range map[string]func(r *replicas, app *providertest.Client, ada *providertest.Person, tokens providertest.Tokens){
		"nothing": func(*replicas, *providertest.Client, *providertest.Person, providertest.Tokens) {},
		"revocation": func(r *replicas, app *providertest.Client, _ *providertest.Person, tokens providertest.Tokens) {
			if status, body := r.post(0, "/revoke", app, url.Values{"token": {tokens.Refresh}}); status != http.StatusOK {
				r.t.Error(body)
			}
		},
		"a disabled account": func(r *replicas, _ *providertest.Client, ada *providertest.Person, _ providertest.Tokens) {
			a := ada.Account()
			a.Disabled, a.Change = true, core.NewID(r.all[0].Now())
			if err := r.all[0].Store().UpdateAccount(r.t.Context(), core.AccountChange{Account: a}); err != nil {
				r.t.Error(err)
			}
		},
	} {
		r := newReplicas(t)
		app := r.all[0].Client(clientreg.Seed{})
		ada := r.all[0].Person("ada@example.com", secret)
		tokens := ada.SignIn(app)
		q := app.Authorize()
		code := ada.Browser().SignIn(q.URL).Answer("code")
		for n := range 2 { // both know everything that they may keep
			if status, _ := r.post(n, "/introspect", app, url.Values{"token": {tokens.Access}}); status != http.StatusOK {
				t.Fatal(status)
			}
		}
		end(r, app, ada, tokens)
		alive := name == "nothing"
		_, body := r.post(1, "/introspect", app, url.Values{"token": {tokens.Access}})
		if strings.Contains(body, `"active":true`) != alive {
			t.Errorf("%s: introspection: %s", name, body)
		}
		if status, _ := r.token(1, app, refreshing(tokens.Refresh)); (status == http.StatusOK) != alive {
			t.Errorf("%s: refresh: %d", name, status)
		}
		if status, _ := r.token(1, app, redemption(app, q, code)); (status == http.StatusOK) != (name != "a disabled account") {
			t.Errorf("%s: a waiting code: %d", name, status)
		}
	}
}

// TestThreat_LEA07_CD06_SE04_KY02_TheDatabaseOpensNothing looks for everything that was handed
// out or typed in the bytes of the database.
func TestThreat_LEA07_CD06_SE04_KY02_TheDatabaseOpensNothing(t *testing.T) {
	r := newReplicas(t)
	p := r.all[0]
	app := p.Client(clientreg.Seed{})
	grace := p.Stranger("grace@example.com", secret)
	q := app.Authorize()
	b := grace.Browser()
	landed := b.SignUp(q.URL)
	mailed := p.LastCode(grace.Email)
	tokens := app.Redeem(q, landed)
	next := app.Refresh(tokens.Refresh)
	other := app.Authorize()
	waiting := grace.Browser().SignIn(other.URL).Answer("code")
	reset := fresh(p, "198.51.100.1:1")
	reset.askReset(app.Authorize().URL, grace.Email)
	link := p.LastLink(grace.Email)
	canaries := map[string]string{
		"password": secret, "code": landed.Answer("code"), "waiting code": waiting, "refresh token": tokens.Refresh,
		"next refresh token": next.Refresh, "access token": tokens.Access, "ID token": tokens.ID, "client secret": app.Secret,
		"verifier": q.Verifier, "mailed link": link[strings.LastIndex(link, "/")+1:], "mailed code": mailed, "secret": "a secret of tests",
	}
	u, _ := url.Parse(strings.Replace(p.Issuer(), "http:", "https:", 1))
	for _, c := range append(b.HTTP().Jar.Cookies(u), reset.jar.Cookies(u)...) {
		canaries["cookie "+c.Name] = c.Value
	}
	var dump []byte
	for _, file := range []string{r.file, r.file + "-wal"} {
		part, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		dump = append(dump, part...)
	}
	if !bytes.Contains(dump, []byte(grace.Email)) {
		t.Fatal("the dump does not hold what it should")
	}
	if len(canaries) < 14 {
		t.Errorf("only %d things to look for", len(canaries))
	}
	for name, value := range canaries {
		if name == "mailed code" {
			continue // six digits are found anywhere
		}
		for _, form := range [][]byte{[]byte(value), []byte(hex.EncodeToString([]byte(value))), []byte(base64.RawURLEncoding.EncodeToString([]byte(value)))} {
			if value == "" || bytes.Contains(dump, form) {
				t.Errorf("the database holds the %s", name)
			}
		}
		// A handle's random bytes are what its holder must know.
		if at := strings.LastIndex(value, "_"); strings.HasPrefix(value, "kw_") && at > 0 {
			raw, err := base64.RawURLEncoding.DecodeString(strings.SplitN(value[6:], ".", 2)[0])
			if err == nil && len(raw) >= 44 && bytes.Contains(dump, raw[28:44]) {
				t.Errorf("the database holds the random bytes of the %s", name)
			}
		}
	}
}
