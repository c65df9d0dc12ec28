package proxies

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// hostile is what strangers write by hand.
func (w *world) hostile(t *testing.T) {
	t.Helper()
	w.smuggled(t)
	w.around(t)
	w.misled(t)
	w.mailed(t)
}

// byHand sends bytes to the proxy and gives the status lines of all answers, until it
// closes or says no more.
func (w *world) byHand(t *testing.T, text string) (statuses []int) {
	t.Helper()
	dialer := tls.Dialer{NetDialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}, Config: w.client}
	conn, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.1:"+w.https)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		return nil // closed already
	}
	for r := bufio.NewReader(conn); ; {
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			return statuses
		}
		statuses = append(statuses, answer.StatusCode)
		_, _ = r.Discard(int(max(0, answer.ContentLength)))
	}
}

// HTP07: of one request that can be read as two, the provider hears no second one.
func (w *world) smuggled(t *testing.T) {
	t.Helper()
	const end = "\r\n"
	inner := "GET " + w.path + "/smuggled HTTP/1.1" + end + "Host: localhost" + end + "X-Forwarded-For: 192.0.2.66" + end + end
	head := "POST " + w.path + "/token HTTP/1.1" + end + "Host: localhost" + end + "Content-Type: application/x-www-form-urlencoded" + end
	for name, text := range map[string]string{
		"both lengths":          head + "Content-Length: 4" + end + "Transfer-Encoding: chunked" + end + end + "0" + end + end + inner,
		"two lengths":           head + "Content-Length: 0" + end + "Content-Length: 4" + end + end + "a=b&" + inner,
		"a list of lengths":     head + "Content-Length: 0, 4" + end + end + "a=b&" + inner,
		"signed length":         head + "Content-Length: +0" + end + end + inner,
		"space before colon":    head + "Transfer-Encoding : chunked" + end + "Content-Length: 5" + end + end + "0" + end + end + inner,
		"unknown coding":        head + "Transfer-Encoding: xchunked" + end + end + "0" + end + end + inner,
		"two codings":           head + "Transfer-Encoding: identity, chunked" + end + end + "0" + end + end + inner,
		"folded":                head + "Transfer-Encoding:" + end + " chunked" + end + "Content-Length: 5" + end + end + "0" + end + end + inner,
		"line feeds in a chunk": head + "Transfer-Encoding: chunked" + end + end + "2;a\nxx\r\n0" + end + end + inner,
	} {
		w.heard.mu.Lock()
		w.heard.last = nil
		w.heard.mu.Unlock()
		statuses := w.byHand(t, text+inner)
		w.heard.mu.Lock()
		last := w.heard.last
		w.heard.mu.Unlock()
		// What the proxy itself takes for a second request it may pass on, with the caller's own address.
		if last != nil && strings.HasSuffix(last.URL.Path, "/smuggled") && strings.Contains(strings.Join(last.Header["X-Forwarded-For"], " "), "192.0.2.66") {
			t.Errorf("%s: the provider hears what was inside: %v, answers %v", name, last.Header, statuses)
		}
		if len(statuses) == 0 && last != nil {
			t.Errorf("%s: no answer, and the provider heard %s", name, last.URL)
		}
	}
}

// HTP10: health is not for the world, however its path is spelt.
func (w *world) around(t *testing.T) {
	t.Helper()
	for _, path := range []string{
		"/healthz", "//healthz", "/%68ealthz", "/./healthz", "/x/../healthz", "/healthz/", "/HEALTHZ", "/healthz%2f", "/healthz;x", "/healthz?x", "/readyz#x",
		"/id/../healthz", "/id/..%2fhealthz", "/id//healthz", "/id/%2e%2e/readyz", "/id/..;/readyz", "/.well-known/../readyz", "/id\\..\\healthz",
	} {
		if got := w.byHand(t, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); len(got) != 1 || got[0] == http.StatusOK || got[0] >= 500 {
			t.Errorf("%s is answered by %d", path, got)
		}
	}
}

// HDR01: plain http leads to this host alone, whatever host is asked for. Caddy goes by
// the host that was asked for, about which no browser can be made to lie.
func (w *world) misled(t *testing.T) {
	t.Helper()
	if w.program == "caddy" {
		return
	}
	r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:"+w.plain+w.path+"/jwks", http.NoBody))
	r.Host = "evil.example"
	answer, err := w.from("127.0.0.9", false).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if to := answer.Header.Get("Location"); strings.Contains(to, "evil") {
		t.Errorf("plain http leads to %q", to)
	}
}

// mailed opens links as they stand in letters; silence says whether the log holds them.
func (w *world) mailed(t *testing.T) {
	t.Helper()
	for _, link := range []string{"/link/", "/email-link/", "/invitation/", "/account/undo/"} {
		answer, _ := w.ask(w.from("127.0.0.9", true), http.MethodGet, w.path+link+"kw_ti_mailed"+strings.ReplaceAll(link, "/", "-"), "", nil)
		if answer.StatusCode >= 500 {
			t.Errorf("%s is answered by %d", link, answer.StatusCode)
		}
	}
}
