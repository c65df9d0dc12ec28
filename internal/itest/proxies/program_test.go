package proxies

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const patience = 20 * time.Second

// recipe is one file of examples/deploy/proxies.
type recipe struct {
	program, file, path string // path of the issuer
	health              int    // what strangers hear at /healthz
}

var recipes = []recipe{
	{"nginx", "nginx.conf", "", http.StatusForbidden},
	{"nginx", "nginx-path.conf", "/id", http.StatusNotFound},
	{"caddy", "Caddyfile", "", http.StatusNotFound},
	{"caddy", "Caddyfile-path", "/id", http.StatusNotFound},
}

// proxy is a program that runs with a recipe.
type proxy struct {
	recipe
	t                   *testing.T
	folder, config      string
	https, plain, admin string // ports
	process             *exec.Cmd
	said                *bytes.Buffer
}

// find looks for the program also where PATH does not lead everybody.
func find(t *testing.T, program string) string {
	t.Helper()
	at, err := exec.LookPath(program)
	if err != nil {
		at, err = exec.LookPath("/usr/sbin/" + program)
	}
	if err != nil {
		t.Skipf("needs %s: apt-get install %s", program, program)
	}
	return at
}

// port is one that is free now.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// replace changes each of the pairs, all of which have to be there.
func replace(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file has no %q any more", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// prepare puts a recipe into a folder of the test's own: ports, certificates,
// logs and the addresses of the provider are the test's, all else is the file's.
func prepare(t *testing.T, r recipe) *proxy {
	t.Helper()
	find(t, r.program)
	return &proxy{recipe: r, t: t, folder: t.TempDir(), https: port(t), plain: port(t), admin: port(t), said: &bytes.Buffer{}}
}

func (p *proxy) host() string {
	return map[string]string{"": "id.example.com", "/id": "www.example.com"}[p.path]
}

func (p *proxy) write(replicas []string, certificate, key string) {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../examples/deploy/proxies", p.file))
	if err != nil {
		p.t.Fatal(err)
	}
	text := string(b)
	if p.program == "nginx" {
		user, servers, temporary := "", "", ""
		if os.Getuid() == 0 {
			user = "user root;"
		}
		for _, replica := range replicas {
			servers += "server " + replica + " max_fails=1 fail_timeout=5s;"
		}
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temporary += kind + "_temp_path " + p.folder + "/" + kind + ";\n"
		}
		text = replace(p.t, text, "user www-data;", user, "worker_processes auto;", "worker_processes 1;",
			"/run/nginx.pid", p.folder+"/nginx.pid", "/var/log/nginx/", p.folder+"/", "http {\n", "http {\n"+temporary,
			"server 127.0.0.1:8080 max_fails=1 fail_timeout=5s;", servers, p.host(), "localhost",
			"listen 80;", "listen 127.0.0.1:"+p.plain+";", "listen 443 ssl http2;", "listen 127.0.0.1:"+p.https+" ssl http2;",
			"/etc/ssl/id.pem", certificate, "/etc/ssl/id.key", key)
	} else {
		text = replace(p.t, text, "admin localhost:2019", "admin localhost:"+p.admin+"\nhttp_port "+p.plain+"\nhttps_port "+p.https+"\nskip_install_trust",
			"\n"+p.host()+" {", "\nlocalhost {\nbind 127.0.0.1", "# tls /etc/ssl/id.pem /etc/ssl/id.key", "tls "+certificate+" "+key,
			"127.0.0.1:8080", strings.Join(replicas, " "), "/var/log/caddy/", p.folder+"/")
	}
	p.config = filepath.Join(p.folder, p.file)
	p.save(text)
}

func (p *proxy) save(text string) {
	p.t.Helper()
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// command is the program, which finds nothing of this machine's own settings.
func (p *proxy) command(words ...string) *exec.Cmd {
	p.t.Helper()
	c := exec.CommandContext(context.WithoutCancel(p.t.Context()), find(p.t, p.program), words...)
	c.Dir, c.Stdout, c.Stderr = p.folder, p.said, p.said
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.folder, "XDG_CONFIG_HOME=" + p.folder, "XDG_DATA_HOME=" + p.folder}
	return c
}

// start runs the program until the test ends.
func (p *proxy) start(certificates *tls.Config) {
	p.t.Helper()
	if p.program == "nginx" {
		p.process = p.command("-p", p.folder, "-e", "stderr", "-c", p.config, "-g", "daemon off;")
	} else {
		p.process = p.command("run", "--config", p.config, "--adapter", "caddyfile")
	}
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- p.process.Wait() }()
	p.t.Cleanup(func() {
		_ = p.process.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(patience):
			_ = p.process.Process.Kill()
			<-gone
		}
		if p.t.Failed() {
			p.t.Logf("%s said:\n%s", p.program, p.said)
		}
	})
	dialer := tls.Dialer{Config: certificates}
	p.await("it to answer", func() bool {
		select {
		case err := <-gone:
			gone <- err
			p.t.Fatalf("%s ended at once: %v", p.program, err)
		default:
		}
		c, err := dialer.DialContext(p.t.Context(), "tcp", "127.0.0.1:"+p.https)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// await asks again and again.
func (p *proxy) await(what string, done func() bool) {
	p.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(patience); !done(); <-again.C {
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// reload has the program read its file again, now with a header that shows it.
func (p *proxy) reload() {
	p.t.Helper()
	b, err := os.ReadFile(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	if p.program == "nginx" {
		p.save(replace(p.t, string(b), "server_name localhost;", "server_name localhost; add_header X-Reloaded yes;"))
		if err := p.process.Process.Signal(syscall.SIGHUP); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	p.save(replace(p.t, string(b), "bind 127.0.0.1", "bind 127.0.0.1\nheader X-Reloaded yes"))
	c := p.command("reload", "--config", p.config, "--adapter", "caddyfile", "--address", "localhost:"+p.admin)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Run(); err != nil {
		p.t.Fatalf("caddy reload: %v\n%s", err, &said)
	}
}

// logs is everything that the program has written down.
func (p *proxy) logs() string {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.folder, "*.log"))
	if err != nil || len(files) == 0 {
		p.t.Fatalf("no logs: %v", err)
	}
	text := ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			p.t.Fatal(err)
		}
		text += string(b)
	}
	return text
}
