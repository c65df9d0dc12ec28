package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const canary = "CANARY-internal-body"

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// hostile answers each path with something a fetcher must survive. Every answer carries the canary.
func hostile(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "fine") })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %v", r.Method, body, r.Header)
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscan(r.PathValue("code"), &code)
		w.Header().Set("Location", "http://169.254.169.254/"+canary)
		w.WriteHeader(code)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(canary, 1000))
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/announced", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10000000000")
		fmt.Fprint(w, canary)
	})
	mux.HandleFunc("/exact/{n}", func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscan(r.PathValue("n"), &n)
		w.(http.Flusher).Flush() // no Content-Length
		io.WriteString(w, strings.Repeat("x", n))
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write(bytes.Repeat([]byte("a"), 1<<20))
		z.Close()
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Long", strings.Repeat(canary, 60000))
	})
	mux.HandleFunc("/trickle", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "C")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/garbage", func(w http.ResponseWriter, r *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(conn, canary+" not HTTP\r\n\r\n")
		conn.Close()
	})
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func pool(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return roots
}

func open(t *testing.T, server *httptest.Server, change func(*Options)) *Client {
	t.Helper()
	o := Options{InsecureAllowLoopback: true, RootCAs: pool(server), MaxBytes: 1000, Timeout: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

func TestNT01_NT02_hostileServers(t *testing.T) {
	server := hostile(t)
	patient := open(t, server, func(o *Options) { o.Timeout = time.Minute })
	hasty := open(t, server, func(o *Options) { o.Timeout = 300 * time.Millisecond })
	for path, want := range map[string]error{
		"/ok": nil, "/status/204": nil, "/status/304": nil, "/status/404": nil, "/status/500": nil, "/exact/1000": nil,
		"/status/300": ErrRedirect, "/status/301": ErrRedirect, "/status/302": ErrRedirect, "/status/303": ErrRedirect,
		"/status/307": ErrRedirect, "/status/308": ErrRedirect,
		"/exact/1001": ErrTooLarge, "/endless": ErrTooLarge, "/announced": ErrTooLarge, "/headers": ErrTooLarge,
		"/gzip": ErrEncoded, "/trickle": ErrTimeout, "/silent": ErrTimeout, "/garbage": ErrUnreachable,
	} {
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			c := patient
			if errors.Is(want, ErrTimeout) {
				c = hasty
			}
			answer, err := c.Get(t.Context(), server.URL+path, "application/json")
			if !errors.Is(err, want) {
				t.Fatalf("Get: %v, want %v", err, want)
			}
			if err != nil && (strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "169.254") || answer.Body != nil) {
				t.Errorf("the error tells what was fetched: %v", err)
			}
			other, err := c.HTTPClient().Get(server.URL + path)
			if err == nil {
				_, err = io.ReadAll(other.Body)
				other.Body.Close()
			}
			var late net.Error // net/http rewrites a timeout that strikes within the body
			if !errors.Is(err, want) && !(errors.Is(want, ErrTimeout) && errors.As(err, &late) && late.Timeout()) {
				t.Errorf("HTTPClient: %v, want %v", err, want)
			}
			if err != nil && (strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "169.254")) {
				t.Errorf("the library's error tells what was fetched: %v", err)
			}
		})
	}
}

func TestThreat_SSR12_endlessBodyTakesNoMemory(t *testing.T) {
	server := hostile(t)
	c := open(t, server, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := c.Get(t.Context(), server.URL+"/endless", ""); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+1<<20 {
		t.Errorf("heap grew by %d bytes", after.HeapAlloc-before.HeapAlloc)
	}
}

func TestThreat_SSR16_whatIsSent(t *testing.T) {
	server := hostile(t)
	c := open(t, server, nil)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	answer, err := c.Post(t.Context(), server.URL+"/echo", "application/x-www-form-urlencoded", []byte("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	got := string(answer.Body)
	for _, want := range []string{"POST a=b", "Accept-Encoding:[identity]", "User-Agent:[Keywright]", "x-www-form-urlencoded"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	for _, never := range []string{"Cookie", "Authorization", "Forwarded", "Referer"} {
		if strings.Contains(got, never) {
			t.Errorf("%q has %q", got, never)
		}
	}
}

func TestThreat_SSR09_certificates(t *testing.T) {
	server := hostile(t)
	unknown := open(t, server, func(o *Options) { o.RootCAs = x509.NewCertPool() })
	if _, err := unknown.Get(t.Context(), server.URL+"/ok", ""); !errors.Is(err, ErrCertificate) {
		t.Errorf("unknown authority: %v", err)
	}
	c := open(t, server, nil)
	wrong := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	if _, err := c.Get(t.Context(), wrong+"/ok", ""); !errors.Is(err, ErrCertificate) || strings.Contains(err.Error(), "example.com") {
		t.Errorf("wrong name: %v", err)
	}
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	defer old.Close()
	if _, err := open(t, old, nil).Get(t.Context(), old.URL, ""); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	var now, most atomic.Int32
	release := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-release
		now.Add(-1)
	}))
	defer server.Close()
	c := open(t, server, func(o *Options) { o.Concurrency = 2 })
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := c.Get(context.Background(), server.URL, ""); err != nil {
				t.Error(err)
			}
		})
	}
	close(release)
	all.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	if len(c.guard.places) != 0 {
		t.Errorf("%d places were not given back", len(c.guard.places))
	}
}

func TestCallersContextIsKept(t *testing.T) {
	server := hostile(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, server, nil).Get(ctx, server.URL+"/ok", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNT03_egressProxy(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		http.Error(w, canary, http.StatusForbidden)
	}))
	defer proxy.Close()
	var dials atomic.Int32
	c := New(Options{EgressProxy: mustURL(t, proxy.URL), Dialled: func(netip.AddrPort, bool) { dials.Add(1) }})
	defer c.Close()
	if _, err := c.Get(t.Context(), "https://client.example/metadata", ""); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
	if asked.Load() != "CONNECT client.example:443" {
		t.Errorf("the proxy saw %v", asked.Load())
	}
	asked.Store("")
	if _, err := c.Get(t.Context(), "https://169.254.169.254/", ""); !errors.Is(err, ErrRefused) || asked.Load() != "" {
		t.Errorf("literal address through the proxy: %v, %v", err, asked.Load())
	}
}
