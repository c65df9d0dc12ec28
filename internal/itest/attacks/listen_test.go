package attacks_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/ui"
)

type nowhere struct{}

func (nowhere) Send(context.Context, string, core.Mail) error { return nil }

// listening runs a provider on a port of its own, as main does.
func listening(t *testing.T) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	passwords, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := ui.New(ui.Options{})
	if err != nil {
		t.Fatal(err)
	}
	idp, err := keywright.New(t.Context(), keywright.Config{
		Issuer: "http://" + listener.Addr().String(), Database: memory.New(), Secrets: []keywright.Secret{make([]byte, 32)},
		Clients: []core.ClientLane{clientreg.Seeded()}, Authenticators: []core.Authenticator{passwords}, Pages: pages,
		Mailer: nowhere{}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() {
		if err := idp.Run(ctx, keywright.ServeOptions{Listener: listener}); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); running.Wait() })
	return listener.Addr().String()
}

// say sends bytes as they are and reads the first answer.
func say(t *testing.T, address, request string) (status int, body string) {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(conn, request) }() // the answer may come before the end
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, string(b)
}

func TestThreat_HTP01_HTP02_HTP03_HTP05_HTP07_HDR07_RawRequests(t *testing.T) {
	address := listening(t)
	get := func(path, headers string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n" + headers + "Connection: close\r\n\r\n"
	}
	post := func(path, kind, headers, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			path, address, kind, headers, len(body), body)
	}
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		request string
		status  []int
	}{
		"well formed":             {get("/signed-out", ""), []int{200}},
		"well formed form":        {post("/token", form, "", "grant_type=x&client_id=y"), []int{401}},
		"HTP01 64 kB of headers":  {get("/signed-out", "X-A: "+strings.Repeat("a", 64<<10)+"\r\n"), []int{431}},
		"HTP01 1000 cookies":      {get("/signed-out", "Cookie: "+strings.Repeat("__Host-kw_s_0=x; ", 1000)+"\r\n"), []int{200}},
		"HTP01 5000 cookies":      {get("/signed-out", "Cookie: "+strings.Repeat("__Host-kw_s_0=x; ", 5000)+"\r\n"), []int{431}},
		"HTP02 many parameters":   {post("/token", form, "", strings.Repeat("a=b&", 15_000)), []int{400, 413}},
		"HTP02 10 MB":             {post("/token", form, "", strings.Repeat("a", 10<<20)), []int{400, 413}},
		"HTP02 10 MB to a page":   {post("/authorize", form, "", strings.Repeat("a", 10<<20)), []int{413}},
		"HTP03 multipart":         {post("/authorize", "multipart/form-data; boundary=x", "", "--x--"), []int{415}},
		"HTP05 gzip":              {post("/authorize", form, "Content-Encoding: gzip\r\n", "\x1f\x8b"), []int{415}},
		"HTP07 two lengths":       {post("/token", form, "Content-Length: 3\r\n", "a=b&c=d"), []int{400}},
		"HTP07 length and chunks": {post("/token", form, "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), []int{400, 401}},
		"HTP07 unknown coding":    {post("/token", form, "Transfer-Encoding: gzip\r\n", "0\r\n\r\n"), []int{400, 501}},
		"HTP11 utf-7":             {post("/authorize", form+"; charset=utf-7", "", "a=b"), []int{415}},
		"HDR07 two hosts":         {get("/signed-out", "Host: evil.example\r\n"), []int{400}},
		"HDR07 no host":           {"GET /signed-out HTTP/1.1\r\nConnection: close\r\n\r\n", []int{400}},
		"HDR07 absolute form":     {get("http://evil.example/authorize?client_id=x", ""), []int{400}},
		"HTP09 NUL in the path":   {get("/signed-out%00", ""), []int{404}},
		"HTP09 NUL raw":           {get("/signed-out\x00", ""), []int{400}},
		"a wrong version":         {"GET /signed-out HTTP/9.9\r\nHost: x\r\n\r\n", []int{505}},
		"LEA10 profiles":          {get("/debug/pprof/", ""), []int{404}},
		"LEA10 metrics":           {get("/metrics", ""), []int{404}},
	} {
		status, body := say(t, address, c.request)
		found := false
		for _, want := range c.status {
			found = found || status == want
		}
		if !found || strings.Contains(body, "evil.example") {
			t.Errorf("%s: %d %.200s", name, status, body)
		}
	}
}
