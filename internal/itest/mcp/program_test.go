package mcp

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// tool finds a program that not every machine has.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("needs %s, for MCP clients and judges that are not ours: apt-get install nodejs npm", name)
	}
	return path
}

// npm installs what the lock file in testdata names, and gives the folder. Where it cannot be had, the test is skipped, and says why.
func npm(t *testing.T) string {
	t.Helper()
	tool(t, "node")
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "npm"))); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), tool(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("needs npm packages of MCP, which could not be installed (%v): allow npm to reach a registry\n%.600s", err, out)
	}
	return folder
}

// build makes a program of this module.
func build(t *testing.T, pkg string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", out, pkg).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, text)
	}
	return out
}

// said is a line of a client: one of these.
type said struct {
	Ready     bool
	Open      string
	Connected *struct{ Revision, Client string }
	Tokens    *struct {
		Scope   string
		Refresh bool
	}
	Dropped string
	Revoked int // the status of the answer
	Result  *struct {
		Error bool
		Text  string
	}
	Failed string
}

// patience is how long a client may take for one line.
const patience = 2 * time.Minute

// client is a client in a process of its own.
type client struct {
	t     *testing.T
	in    io.Writer
	lines chan said
}

// begin starts a client, with more in its environment if wanted. It ends with the test.
func begin(t *testing.T, folder string, command []string, settings map[string]any, environment ...string) *client {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	process := exec.CommandContext(t.Context(), command[0], append(command[1:], string(text))...)
	process.Dir, process.Stderr, process.Env = folder, os.Stderr, append(os.Environ(), environment...)
	in, err := process.StdinPipe() // its end is the client's
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, in: in, lines: make(chan said, 16)}
	go func() {
		defer close(c.lines)
		for d := json.NewDecoder(out); ; {
			var line said
			if d.Decode(&line) != nil {
				return
			}
			c.lines <- line
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range c.lines { // until it has ended
		}
		_ = process.Wait()
	})
	if !c.next().Ready {
		t.Fatal("the client does not start")
	}
	return c
}

// next is what the client says next.
func (c *client) next() said {
	c.t.Helper()
	select {
	case line, open := <-c.lines:
		if !open {
			c.t.Fatal("the client has ended")
		}
		return line
	case <-time.After(patience):
		c.t.Fatal("the client says nothing")
	}
	return said{}
}

// order is something for the client to do.
type order map[string]any

// outcome is what came of an order, with all that was said on the way.
type outcome struct {
	said
	opened  []string
	scopes  []string // of each token response
	refresh bool     // the last of them had a refresh token
}

// does has the client do something; person answers the pages that it opens.
func (c *client) does(o order, person func(address string)) outcome {
	c.t.Helper()
	if err := json.NewEncoder(c.in).Encode(o); err != nil {
		c.t.Fatal(err)
	}
	var out outcome
	for {
		line := c.next()
		switch {
		case line.Open != "":
			out.opened = append(out.opened, line.Open)
			person(line.Open)
		case line.Tokens != nil:
			out.scopes, out.refresh = append(out.scopes, line.Tokens.Scope), line.Tokens.Refresh
		case line.Connected != nil, line.Result != nil, line.Failed != "", line.Revoked != 0:
			out.said = line
			return out
		}
	}
}

// asksOrFails has the client do something, and gives the page that it would open for it, or why it does not.
func (c *client) asksOrFails(o order) (address, failed string) {
	c.t.Helper()
	if err := json.NewEncoder(c.in).Encode(o); err != nil {
		c.t.Fatal(err)
	}
	for {
		line := c.next()
		if line.Open != "" || line.Failed != "" {
			return line.Open, line.Failed
		}
		if line.Result != nil {
			c.t.Fatalf("needs nobody: %+v", line)
		}
	}
}
