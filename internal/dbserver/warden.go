//go:build unix

package dbserver

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// wardenScript reads which process to watch, a line for each that takes the
// place of the one before. Where its input ends, the process that wrote it has
// ended, or wants this: it ends the watched one and removes the folder. Postgres
// that was killed leaves a segment of shared memory, named in its pid file.
const wardenScript = `trap '' HUP INT TERM
pid=0
while read -r line; do pid=$line; done
if [ "$pid" -ne 0 ]; then
	kill "-$2" "$pid" 2>/dev/null
	n=0
	while [ "$n" -lt 50 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; n=$((n + 1)); done
	kill -KILL "$pid" 2>/dev/null
fi
segment=$(sed -n '7s/^ *[0-9]* *\([0-9]\{1,\}\) *$/\1/p' "$1/data/postmaster.pid" 2>/dev/null)
[ -z "$segment" ] || ipcrm -m "$segment" 2>/dev/null
rm -rf "$1"
`

// warden is a process that ends what this one leaves behind, also where this one
// is killed. It is a shell at the other end of a pipe, since the end of a
// process closes its pipes whatever else goes wrong.
type warden struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// newWarden watches over a folder. signal ends a server that is watched.
func newWarden(folder, signal string) (*warden, error) {
	cmd := exec.Command("/bin/sh", "-c", wardenScript, "warden", folder, signal)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the process that it watches
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("dbserver: a shell to clean up with: %w", err)
	}
	return &warden{cmd: cmd, pipe: pipe}, nil
}

// watch names the process that must not outlive this one; 0 is none.
func (w *warden) watch(pid int) {
	_, _ = fmt.Fprintln(w.pipe, pid) // a warden who is gone cannot be helped
}

// end has the folder removed and waits for that.
func (w *warden) end() error {
	if err := w.pipe.Close(); err != nil {
		return err
	}
	return w.cmd.Wait()
}
