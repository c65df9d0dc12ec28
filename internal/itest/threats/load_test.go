package threats

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/ui"
)

// LOD03: while passwords are hashed, one at a time, and many wait for it, tokens
// are refreshed: the hashes have a gate of their own.
func TestThreat_LOD03_SignInsDoNotHoldUpTokens(t *testing.T) {
	passwords, err := password.New(password.Options{Cost: password.Cost{Memory: 32 << 10, Passes: 2, Threads: 1}, Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, providertest.WithConfig(func(c *keywright.Config) { c.Authenticators = []core.Authenticator{passwords} }))
	tokens := w.ada.SignIn(w.app)
	const flood = 10
	browsers := make([]*providertest.Browser, flood)
	for n := range browsers {
		browsers[n] = w.Stranger(fmt.Sprintf("eve%d@example.com", n), word).Browser()
		browsers[n].Open(w.app.Authorize().URL)
		browsers[n].Submit("signin", map[string]string{"identifier": fmt.Sprintf("eve%d@example.com", n)})
	}
	var hashing sync.WaitGroup
	var over atomic.Int32
	for _, b := range browsers {
		hashing.Go(func() {
			if status := w.guess(b); status != http.StatusUnprocessableEntity && status != http.StatusServiceUnavailable {
				t.Errorf("a guess: %d", status)
			}
			over.Add(1)
		})
	}
	for n := range 20 {
		if got := w.app.Refresh(tokens.Refresh); got.Status != http.StatusOK {
			t.Errorf("refresh %d: %d %s", n, got.Status, got.Body)
		}
		if n == 0 && over.Load() == flood {
			t.Error("the first tokens came after every hash")
		}
	}
	hashing.Wait()
}

// running is a provider on a port of its own, until stop is called; over then
// says how it ended.
func running(t *testing.T) (address string, stop context.CancelFunc, over <-chan error) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	idp := composed(t, "http://"+listener.Addr().String())
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- idp.Run(ctx, keywright.ServeOptions{Listener: listener, Drain: 5 * time.Second}) }()
	return listener.Addr().String(), stop, ended
}

// composed is a provider on a file, with one client that is a program.
func composed(t *testing.T, issuer string) *keywright.Provider {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "run.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	robot := clientreg.Seed{
		ID: "robot", Secret: clientreg.Secret{Text: "a secret of some length for tests"}, AuthMethod: "client_secret_post",
		GrantTypes: []string{core.GrantClientCredentials}, Scope: "openid",
	}
	idp, err := keywright.New(t.Context(), keywright.Config{
		Issuer: issuer, Database: db, Secrets: []keywright.Secret{make([]byte, 32)},
		Clients: []core.ClientLane{clientreg.Seeded(robot)}, Authenticators: []core.Authenticator{passwords}, Pages: pages, Mailer: nowhere{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return idp
}

type nowhere struct{}

// Send keeps nothing.
func (nowhere) Send(context.Context, string, core.Mail) error { return nil }

// LOD06, small: told to stop, the provider takes no more requests, answers those
// it has, slow ones too, and then ends without an error.
func TestThreat_LOD06_RequestsUnderWayAreAnswered(t *testing.T) {
	const body = "grant_type=client_credentials&client_id=robot&client_secret=a+secret+of+some+length+for+tests"
	address, stop, over := running(t)
	defer stop()
	const callers = 8
	slow := make([]net.Conn, callers)
	for n := range slow {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		head := fmt.Sprintf("POST /token HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", address, len(body))
		if _, err := io.WriteString(conn, head); err != nil {
			t.Fatal(err)
		}
		// The interim answer says that the request is under way.
		line := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		if _, err := io.ReadFull(conn, line); err != nil || !strings.Contains(string(line), " 100 ") {
			t.Fatalf("%q, %v", line, err)
		}
		slow[n] = conn
	}
	stop()
	for { // until nobody is let in any more
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	select {
	case err := <-over:
		t.Fatalf("ended while requests were under way: %v", err)
	default:
	}
	for n, conn := range slow {
		if _, err := io.WriteString(conn, body); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("request %d: %v", n, err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != http.StatusOK {
			t.Errorf("request %d: %s", n, answer.Status)
		}
	}
	if err := <-over; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// LOD06: told to stop, the provider first says so to who asks whether it is
// ready, and goes on taking requests until that was noticed.
func TestThreat_LOD06_ReadinessEndsFirst(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	idp := composed(t, "http://"+listener.Addr().String())
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- idp.Run(ctx, keywright.ServeOptions{Listener: listener, Notice: time.Hour}) }()
	status := func(path string) int {
		answer, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if got := status("/readyz"); got != http.StatusOK {
		t.Errorf("before: /readyz answers %d", got)
	}
	stop()
	for status("/readyz") != http.StatusServiceUnavailable { // until Run has heard
		runtime.Gosched()
	}
	for _, path := range []string{"/healthz", "/jwks", "/.well-known/openid-configuration"} {
		if got := status(path); got != http.StatusOK {
			t.Errorf("while leaving: %s answers %d", path, got)
		}
	}
	_ = listener.Close() // the hour is not waited for
	<-ended
}

// FLT14, FLT23: many at once on one file, reading and writing: none waits for a
// connection that it holds itself.
func TestThreat_FLT14_FLT23_ManyRequestsOneFile(t *testing.T) {
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "many.db"), sqlite.Readers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := newWorld(t, providertest.WithDatabase(db))
	request, code := w.code()
	tokens := w.ada.SignIn(w.app)
	const callers = 200
	var all sync.WaitGroup
	var good atomic.Int32
	begun := time.Now()
	for n := range callers {
		all.Go(func() {
			var status int
			switch n % 4 {
			case 0:
				status = w.app.Refresh(tokens.Refresh).Status
			case 1:
				status = w.UserInfo(tokens.Access).Status
			case 2:
				status = w.ada.Browser().Open(w.app.Authorize().URL).Status
			default:
				if status = w.app.Token(w.redemption(request, code)).Status; status == http.StatusBadRequest {
					return // a spent code
				}
			}
			if status != http.StatusOK {
				t.Errorf("request %d: %d", n, status)
				return
			}
			good.Add(1)
		})
	}
	all.Wait()
	if got := good.Load(); got != callers*3/4+1 {
		t.Errorf("%d good answers", got)
	}
	t.Logf("%d requests in %v", callers, time.Since(begun))
}
