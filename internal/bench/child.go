package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Store measures one store: it starts the provider's process twice, the second
// time on the database that the first has migrated, and loads that one. It
// returns how many operations failed.
func Store(store string, o Options) (int64, error) {
	folder, err := os.MkdirTemp("", "keywright-bench-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	if _, stop, err := spawn(store, folder, ""); err != nil {
		return 0, err
	} else if err := stop(); err != nil {
		return 0, err
	}
	h, stop, err := spawn(store, folder, o.Profile)
	if err != nil {
		return 0, err
	}
	failed, err := Run(store, h, o)
	if stopped := stop(); err == nil {
		err = stopped
	}
	return failed, err
}

// spawn starts the provider's process and waits for its hello. stop closes its
// input, which ends it.
func spawn(store, folder, profile string) (h hello, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return h, nil, err
	}
	child := exec.Command(self, "-serve", store, "-folder", folder, "-profile", profile)
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
	if err := json.NewDecoder(out).Decode(&h); err != nil {
		return h, nil, fmt.Errorf("the provider's process said nothing: %w", err)
	}
	return h, func() error {
		if err := in.Close(); err != nil {
			return err
		}
		return child.Wait()
	}, nil
}
