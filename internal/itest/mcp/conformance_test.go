package mcp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// limit is how long the runner may take, with the server that it judges.
const limit = 5 * time.Minute

// MC-02, MC-03, MC-04, MC-07: the authorization-server scenarios of the conformance runner of MCP, against the program of examples/mcp in a
// process of its own. It opens an authorization request and waits for somebody to sign in.
func TestConformance_authorizationServer(t *testing.T) {
	folder := npm(t)
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	port := freePort(t)
	issuer, server := serveExample(ctx, t)
	runner := exec.CommandContext(ctx, tool(t, "node"), "--import", "./node20.mjs", "node_modules/@modelcontextprotocol/conformance/dist/index.js",
		"authorization", "--url", issuer, "--client-id", "conformance", "--resource", server, "--port", port, "-o", "results")
	runner.Dir = folder
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	runner.Stderr = runner.Stdout
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	// The account is that of the example; the provider of the test only lends a browser.
	alex := providertest.New(t).Stranger("alex@example.com", "three quiet otters at noon")
	var said strings.Builder
	for lines := bufio.NewScanner(io.TeeReader(out, &said)); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, issuer+"/authorize?") {
			if landed := alex.Browser().SignIn(line); landed.Status != http.StatusOK || !strings.Contains(landed.Body, "OK.") {
				t.Errorf("the person is at %q %d", landed.Page(), landed.Status)
			}
		}
	}
	if err := runner.Wait(); err != nil {
		t.Errorf("the runner: %v", err)
	}
	t.Log(said.String())
	checks := readChecks(t, filepath.Join(folder, "results"))
	for _, id := range []string{"authorization-server-metadata", "authorization-server-metadata-cimd", "authorization-code-grant"} {
		if len(checks[id]) == 0 {
			t.Errorf("%s was not checked", id)
		}
	}
	for id, statuses := range checks {
		t.Logf("%s: %v", id, statuses)
		if slices.ContainsFunc(statuses, func(s string) bool { return s != "SUCCESS" }) { // a warning, too
			t.Errorf("%s: %v", id, statuses)
		}
	}
}

// readChecks gives what the runner found, by the name of the check.
func readChecks(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, file := range files {
		var checks []struct{ ID, Status string }
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &checks)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			all[c.ID] = append(all[c.ID], c.Status)
		}
	}
	return all
}

// serveExample runs examples/mcp, both halves, with a client for the runner, and gives their URLs.
func serveExample(ctx context.Context, t *testing.T) (issuer, server string) {
	t.Helper()
	issuer, server = "http://localhost:"+freePort(t), "http://localhost:"+freePort(t)+"/mcp"
	folder := t.TempDir()
	clients := filepath.Join(folder, "clients.yaml")
	if err := os.WriteFile(clients, fmt.Appendf(nil, `clients:
  - client_id: conformance
    client_name: Conformance
    redirect_uris: [http://127.0.0.1/callback]
    token_endpoint_auth_method: none
    scope: %s %s
    resources: [%s]
`, todo.ScopeRead, todo.ScopeWrite, server), 0o600); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(context.WithoutCancel(ctx), build(t, "../../../examples/mcp"), "-issuer", issuer, "-todo", server, "-state", filepath.Join(folder, "state"), "-clients", clients)
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Signal(os.Interrupt)
		if err := program.Wait(); err != nil {
			t.Errorf("the example ended with %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for ready := 0; ready < 2 && lines.Scan(); {
		if strings.Contains(lines.Text(), issuer) || strings.Contains(lines.Text(), server) {
			ready++
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return issuer, server
}

// freePort is a port that nobody used a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
