package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// served is what the provider's process is told to serve.
type served struct {
	Store, Source string
	Connections   int    // of its pool, where the store has a server
	Tenant        string // empty is the default one
	BehindProxy   bool   // who asks is who a proxy on this machine says it is
	People        int    // accounts that can sign in; at most people
	Tenants       int    // serve so many instead of one
}

// spawn starts the provider's process and waits for its hello. stop closes its
// input, which ends it.
func spawn(s served) (h hello, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return h, nil, err
	}
	told, err := json.Marshal(s)
	if err != nil {
		return h, nil, err
	}
	child := exec.Command(self, serveArgument)
	child.Env = append(os.Environ(), "KEYWRIGHT_BENCH_SERVE="+string(told)) // a DSN is no argument: those are public
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return h, nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return h, nil, err
	}
	if err := child.Start(); err != nil {
		return h, nil, err
	}
	stop = func() error {
		if err := in.Close(); err != nil {
			return err
		}
		return child.Wait()
	}
	if err := json.NewDecoder(out).Decode(&h); err != nil {
		_ = stop()
		return h, nil, fmt.Errorf("bench: the provider's process said nothing: %w", err)
	}
	return h, stop, nil
}

// serveArgument makes a program that links this package the provider's process.
const serveArgument = "keywright-bench-serve"

// IsChild says whether this process was started to be the provider's; then
// Child is all it does.
func IsChild(arguments []string) bool { return len(arguments) == 2 && arguments[1] == serveArgument }
