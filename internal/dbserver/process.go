//go:build unix

package dbserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// process is one run of a server.
type process struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when it and its children have ended
}

// start runs a program until it says that it is ready.
func start(ctx context.Context, name string, h *home, command []string, says string) (*process, error) {
	said := &output{awaited: says, heard: make(chan struct{})}
	// Not CommandContext: the server lives on when the wait for it is over.
	p := &process{cmd: h.command(command), gone: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = said, said
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("dbserver: %s: %w", name, err)
	}
	h.warden.watch(p.cmd.Process.Pid)
	go func() {
		// Waits for the end of the output too, which all its children hold.
		_ = p.cmd.Wait()
		close(p.gone)
	}()
	select {
	case <-said.heard:
		return p, nil
	case <-p.gone:
		h.warden.watch(0)
		return nil, &startError{name: name, why: "ended at once", log: said.text()}
	case <-ctx.Done():
		p.kill()
		h.warden.watch(0)
		return nil, &startError{name: name, why: ctx.Err().Error(), log: said.text()}
	}
}

// kill ends the process and its children at once, and waits for that.
func (p *process) kill() {
	if p.ended() {
		return // its id may be somebody else's by now
	}
	pid := p.cmd.Process.Pid
	children := readProcesses().below(pid)
	_ = p.cmd.Process.Kill() // first, so that it does not act on the end of a child
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-p.gone
}

// ended says whether the process is gone.
func (p *process) ended() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// command is a program that runs as the account of the home, and inside it.
func (h *home) command(words []string) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = h.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/sbin:/usr/bin:/bin", "HOME=" + h.folder, "TMPDIR=" + h.folder, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: h.account.credential()}
	return cmd
}

// must runs a program to its end.
func (h *home) must(ctx context.Context, command []string, input string) error {
	cmd := h.command(command)
	cmd.Stdin = strings.NewReader(input)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("dbserver: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return &startError{name: command[0], why: err.Error(), log: said.String()}
	}
	return nil
}

// startError is a program that did not do what it was started for.
type startError struct{ name, why, log string }

// Error ends with the last that the program said.
func (e *startError) Error() string {
	lines := strings.Split(strings.TrimSpace(e.log), "\n")
	return fmt.Sprintf("dbserver: %s %s; the last it said:\n%s", e.name, e.why, strings.Join(lines[max(0, len(lines)-12):], "\n"))
}

func (e *startError) said(text string) bool { return strings.Contains(e.log, text) }

// output keeps the first and so most telling part of what a server says.
type output struct {
	awaited string
	heard   chan struct{} // closed when the awaited was said

	mu   sync.Mutex
	kept []byte
	done bool
}

// logged is how much of an output is kept, in bytes.
const logged = 64 << 10

// Write never fails: a server must not stop because nobody listens.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if room := logged - len(o.kept); room > 0 {
		o.kept = append(o.kept, b[:min(room, len(b))]...)
	}
	if !o.done && strings.Contains(string(o.kept), o.awaited) {
		o.done = true
		close(o.heard)
	}
	return len(b), nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.kept)
}
