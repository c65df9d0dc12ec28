package quickstart

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/ui"
)

// What tells the test's program to be the provider that will be killed.
const (
	childFile    = "KEYWRIGHT_TEST_CHILD_FILE"
	childAddress = "KEYWRIGHT_TEST_CHILD_ADDRESS"
)

var (
	// The configuration of the child is that of the test which fills its database.
	childSecret = []keywright.Secret{[]byte("what the killed provider seals its keys with")}
	crashSeed   = clientreg.Seed{
		ID: "crash", Name: "Crash", AuthMethod: "none", RedirectURIs: []string{"https://crash.example/cb"},
		GrantTypes: []string{core.GrantAuthorizationCode, core.GrantRefreshToken}, Scope: "openid offline_access",
	}
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := beChild(path, os.Getenv(childAddress)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beChild serves until it is killed.
func beChild(path, address string) error {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	passwords, err := password.New(password.Options{})
	if err != nil {
		return err
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		return err
	}
	idp, err := keywright.New(ctx, keywright.Config{
		Issuer: "http://" + address, Database: db, Secrets: childSecret, Clients: []core.ClientLane{clientreg.Seeded(crashSeed)},
		Authenticators: []core.Authenticator{passwords}, Pages: pages, Mailer: nobody{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	return idp.Run(ctx, keywright.ServeOptions{Address: address, Ready: func(net.Addr) { fmt.Println("ready") }})
}

type nobody struct{}

func (nobody) Send(context.Context, string, core.Mail) error { return nil }

// startChild starts the provider as a process of its own and waits for it.
func startChild(t *testing.T, path, address string) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFile+"="+path, childAddress+"="+address)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() }) // it may be dead already
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the provider did not start: %q, %v", line, err)
	}
	return child
}

// family is one grant as its client knows it: a code that waits, or the refresh
// token that was answered last.
type family struct {
	request         providertest.Request
	code, refresh   string
	dead            string // an access token that was answered as revoked
	asked, redeemed bool   // the code was sent; and answered
}

const families = 24

// prepare fills the database with codes that nobody has redeemed.
func prepare(t *testing.T, path string) []*family {
	t.Helper()
	var all []*family
	t.Run("prepare", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
			c.Database, c.Secrets = db, childSecret
			c.Lifetimes.Code = 600e9 // ten minutes: the machine may be busy
		}))
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		app := p.Client(crashSeed)
		browser := p.Person("ada@example.com", passwordOfAda).Browser()
		for range families {
			request := app.Authorize()
			landed := browser.SignInAndRemember(request.URL)
			all = append(all, &family{request: request, code: landed.Answer("code")})
		}
	})
	return all
}

const passwordOfAda = "three quiet otters at noon" // also everybody else's

// A provider is killed while many ask for tokens, three times. What it answered
// holds after each start: tokens it gave work, codes it redeemed are spent, and
// what it revoked stays so.
func TestThreat_CRH02_CRH03_CRH04_CrashKeepsWhatWasAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash.db")
	all := prepare(t, path)
	if t.Failed() {
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		child := startChild(t, path, address)
		c := &crashClient{base: "http://" + address}
		if round > 0 {
			c.audit(t, all)
		}
		storm(c, all, child)
		t.Logf("round %d: killed after %d answers", round, c.answers.Load())
	}
	startChild(t, path, address)
	c := &crashClient{base: "http://" + address}
	c.audit(t, all)
}

// storm asks from all sides until the process is killed in the middle of it.
func storm(c *crashClient, all []*family, child *exec.Cmd) {
	const enough = 150
	var asking sync.WaitGroup
	for _, f := range all {
		asking.Go(func() {
			for c.step(f) {
				if c.answers.Add(1) == enough {
					_ = child.Process.Kill() // the storm ends when nobody answers
				}
			}
		})
	}
	asking.Wait()
	_ = child.Process.Kill()
	_ = child.Wait() // killed: it has no other end
}

type crashClient struct {
	base    string
	answers atomic.Int64
}

type crashAnswer struct {
	status  int
	Error   string `json:"error"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

func (c *crashClient) post(path string, form url.Values) (a crashAnswer, ok bool) {
	form.Set("client_id", crashSeed.ID)
	response, err := http.PostForm(c.base+path, form)
	if err != nil {
		return a, false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	a.status = response.StatusCode
	return a, err == nil && (len(body) == 0 || json.Unmarshal(body, &a) == nil)
}

func (c *crashClient) redeem(f *family) (crashAnswer, bool) {
	return c.post("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {f.code}, "redirect_uri": {crashSeed.RedirectURIs[0]}, "code_verifier": {f.request.Verifier},
	})
}

func (c *crashClient) refresh(f *family) (crashAnswer, bool) {
	return c.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {f.refresh}})
}

// step asks for one thing more; false once there is no answer.
func (c *crashClient) step(f *family) bool {
	if f.refresh == "" {
		if f.asked && !f.redeemed {
			return false // its answer was lost: it is judged by the audit
		}
		f.asked = true
		a, ok := c.redeem(f)
		if ok && a.status == http.StatusOK {
			f.refresh, f.redeemed = a.Refresh, true
		}
		return ok && a.status == http.StatusOK
	}
	a, ok := c.refresh(f)
	if !ok || a.status != http.StatusOK {
		return false
	}
	f.refresh = a.Refresh
	if revoked, ok := c.post("/revoke", url.Values{"token": {a.Access}}); ok && revoked.status == http.StatusOK {
		f.dead = a.Access
	}
	return true
}

// audit holds the provider to what it answered.
func (c *crashClient) audit(t *testing.T, all []*family) {
	t.Helper()
	for i, f := range all {
		if f.dead != "" && c.userInfo(t, f.dead) != http.StatusUnauthorized {
			t.Errorf("family %d: a revoked access token works after the crash", i)
		}
		if f.refresh == "" {
			a, ok := c.redeem(f)
			if !ok || a.status != http.StatusOK && (a.status != http.StatusBadRequest || a.Error != "invalid_grant" || !f.asked) {
				t.Errorf("family %d: a code gave %d %s", i, a.status, a.Error)
			}
			f.refresh, f.redeemed, f.asked = a.Refresh, a.status == http.StatusOK, true
			continue
		}
		a, ok := c.refresh(f)
		if !ok || a.status != http.StatusOK || a.Refresh == "" {
			t.Errorf("family %d: the refresh token that was answered last gave %d %s", i, a.status, a.Error)
			continue
		}
		f.refresh = a.Refresh
	}
	if t.Failed() {
		return
	}
	for i, f := range all { // at the very end, since a replay revokes
		if i%8 == 0 && f.redeemed {
			if a, ok := c.redeem(f); !ok || a.status != http.StatusBadRequest || a.Error != "invalid_grant" {
				t.Errorf("family %d: a spent code gave %d %s", i, a.status, a.Error)
			}
			f.refresh, f.redeemed, f.dead = "", false, ""
		}
	}
}

func (c *crashClient) userInfo(t *testing.T, access string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
