package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

func TestConfigure(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("k", 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ISSUER": "https://id.example.com", "SECRET_FILES": secret, "CLIENTS": "clients.yaml",
		"PROXIES": "10.0.0.0/8 ::1/128", "FIELDNOTES_SECRET": strings.Repeat("s", 32),
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
	if len(c.Secrets[0]) != 64 || len(c.TrustedProxies) != 2 {
		t.Errorf("%d bytes, %d networks", len(c.Secrets[0]), len(c.TrustedProxies))
	}
}

func TestRelaySends(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	go func() { got <- receive(l) }()
	m := core.Mail{To: "ada@example.com", Subject: "Ihr Code für heute", Text: "123 456\n"}
	if err := (relay{l.Addr().String(), "id@example.com"}).Send(t.Context(), "id1", m); err != nil {
		t.Fatal(err)
	}
	if text := <-got; !strings.Contains(text, "123 456") || !strings.Contains(text, "=?utf-8?q?Ihr_Code") {
		t.Errorf("got %q", text)
	}
	m.To += "\r\nBcc: eve@example.com"
	if err := (relay{l.Addr().String(), "id@example.com"}).Send(t.Context(), "id2", m); err == nil {
		t.Error("an address with a line break was taken")
	}
}

// receive is a mail server for one message.
func receive(l net.Listener) string {
	c, err := l.Accept()
	if err != nil {
		return ""
	}
	defer c.Close()
	var text strings.Builder
	answer := func(code int) { fmt.Fprintf(c, "%d ok\r\n", code) }
	answer(220)
	for in, data := bufio.NewScanner(c), false; in.Scan(); {
		switch line := in.Text(); {
		case data && line == ".":
			data = false
			answer(250)
		case data:
			text.WriteString(line + "\n")
		case line == "DATA":
			data = true
			answer(354)
		case line == "QUIT":
			answer(221)
			return text.String()
		default:
			answer(250)
		}
	}
	return text.String()
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
