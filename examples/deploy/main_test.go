package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

func TestConfigure(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("k", 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ISSUER": "https://id.example.com", "SECRET_FILES": secret, "CLIENTS": "clients.yaml",
		"PROXIES": "10.0.0.0/8 ::1/128", "FIELDNOTES_SECRET": strings.Repeat("s", 32), "FORWARDED_HEADER": "Forwarded", "SMTP": "smtp://mail.example.com", "MAIL_FROM": "id@example.com",
	} {
		t.Setenv(name, value)
	}
	c, err := configure(memory.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keywright.New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if len(c.Secrets[0]) != 64 || len(c.TrustedProxies) != 2 || c.ForwardedHeader != keywright.Forwarded {
		t.Errorf("%d bytes, %d networks, header %q", len(c.Secrets[0]), len(c.TrustedProxies), c.ForwardedHeader)
	}
}

func TestMailer(t *testing.T) {
	for _, server := range []string{"smtp+plain://127.0.0.1:25", "smtps://id:a%2Fb@mail.example.com"} {
		if _, err := mailer(server, "id@example.com"); err != nil {
			t.Errorf("%s: %v", server, err)
		}
	}
	for _, server := range []string{"", "127.0.0.1:25", "smtp+plain://id:word@127.0.0.1"} {
		if _, err := mailer(server, "id@example.com"); err == nil || strings.Contains(err.Error(), "word@") {
			t.Errorf("%s: %v", server, err)
		}
	}
}

func TestPolicy(t *testing.T) {
	p := providertest.New(t, providertest.WithConfig(func(c *keywright.Config) { c.Hooks = policy() }))
	ada := p.Person("ada@example.com", "seven slow trains to Turin")
	for id, want := range map[string]bool{"fieldnotes": true, "other": false} {
		who := p.UserInfo(ada.SignIn(p.Client(clientreg.Seed{ID: id})).Access)
		if strings.Contains(string(who.Body), `"company":"example.com"`) != want {
			t.Errorf("%s hears %s", id, who.Body)
		}
	}
}
