package upstream

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/upstream"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// foreign starts the npm package oidc-provider, of the versions in testdata, as an issuer on this machine. Where node, npm or
// the package cannot be had, the test is skipped, and says what is missing.
func foreign(t *testing.T, secret, redirectURI string) (issuer string) {
	t.Helper()
	node, npm := program(t, "node"), program(t, "npm")
	folder := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "server.mjs"} {
		text, err := os.ReadFile(filepath.Join("testdata", "oidcprovider", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("needs the npm package oidc-provider, which could not be installed (%v): allow npm to reach a registry\n%.600s", err, out)
	}
	config, err := json.Marshal(map[string]any{"clientID": clientID, "clientSecret": secret, "redirectURIs": []string{redirectURI}})
	if err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), node, "server.mjs", string(config))
	server.Dir = folder
	stdin, err := server.StdinPipe() // its end is the server's
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = server.Wait() // killed with the test's context at the latest
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	var ready struct{ Issuer string }
	if err != nil || json.Unmarshal(line, &ready) != nil || ready.Issuer == "" {
		t.Fatalf("oidc-provider does not start: %v %q", err, line)
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return ready.Issuer
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("needs %s, for an OpenID provider that is not ours: apt-get install nodejs npm", name)
	}
	return path
}

// RP-04, RP-08 and all that lies between, with an implementation that is not ours: PKCE, nonce, an ID token without an
// address, userinfo, iss in the answer. It has its own pages for signing in and agreeing.
func TestOIDCProvider_signsIn(t *testing.T) {
	const secret = "a secret of both, worth nothing at all"
	var issuer string
	here := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		issuer = foreign(t, secret, c.Issuer+"/upstream/npm/callback")
		a, err := upstream.New(upstream.Provider{
			Name: "npm", Label: "Elsewhere", Issuer: issuer, ClientID: clientID, ClientSecret: secret,
			Domains: []string{"example.com"}, InsecureAllowLoopback: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.JustInTime, c.Authenticators = true, append(c.Authenticators, a)
	}))
	here.Advance(time.Since(here.Now())) // the other one has the real clock
	w := &world{t: t, here: here, app: here.Client(clientreg.Seed{})}
	mara := here.Stranger(email, password)
	signIn := func() string {
		b, request := mara.Browser(), w.app.Authorize()
		b.Open(request.URL)
		b.Submit("ways", nil, "way=upstream:npm")
		if !strings.HasPrefix(b.Landed().URL.String(), issuer) {
			t.Fatalf("led to %v\n%s", b.Landed().URL, b.Landed().Body)
		}
		b.Submit("login", map[string]string{"login": "mara", "password": "anything"})
		b.Submit("prompt", nil)
		who := w.userinfo(w.app.Redeem(request, b.Continue()))
		if who.Email != email || !who.EmailVerified || who.Name != "Person mara" {
			t.Errorf("%+v", who)
		}
		return who.Sub
	}
	if first, again := signIn(), signIn(); first != again || first == "" {
		t.Errorf("subjects %q and %q", first, again)
	}

	b := mara.Browser()
	b.Open(w.app.Authorize().URL)
	b.Submit("ways", nil, "way=upstream:npm")
	at := b.Open(b.Landed().URL.String() + "/abort") // the person changes their mind there
	wantPage(t, at, upstream.PageName)
	if !strings.Contains(at.Body, "was cancelled or not allowed there") {
		t.Errorf("the page says\n%s", at.Body)
	}
}
