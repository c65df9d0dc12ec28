package bench

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
)

// makeProfiles makes the folder for profiles, if there shall be any.
func (o *Options) makeProfiles() error {
	if o.Profiles == "" {
		return nil
	}
	if err := os.MkdirAll(o.Profiles, 0o750); err != nil {
		return fmt.Errorf("bench: no folder for profiles: %w; name another with -profiles", err)
	}
	return nil
}

// profiled is measure, with a CPU profile of the provider if there shall be one.
func (m *meter) profiled(op operation, kind Crowd, list []*caller, o Options) (result, error) {
	if o.Profiles == "" {
		return m.measure(op, kind, list, o.Duration)
	}
	file := filepath.Join(o.Profiles, fmt.Sprintf("%s, %s, %d %s.prof", m.target.store, op.name, len(list), kind))
	if err := m.profile(file); err != nil {
		return result{}, noProfile(file, err)
	}
	r, err := m.measure(op, kind, list, o.Duration)
	if ended := m.profile(""); ended != nil {
		err = errors.Join(err, noProfile(file, ended))
	}
	return r, err
}

func noProfile(file string, err error) error {
	return fmt.Errorf("bench: the CPU profile %q could not be written: %w; look at the folder that -profiles names, or leave it out", file, err)
}

// profile has the provider's process write a CPU profile to a file from now on;
// no file ends it.
func (m *meter) profile(file string) error {
	var problem string
	err := fetch(m.hello.Control+"/profile?"+url.Values{"file": {file}}.Encode(), &problem)
	if problem != "" {
		err = errors.New(problem)
	}
	return err
}

// profiler writes CPU profiles of this process, one after the other.
type profiler struct {
	mu      sync.Mutex
	written *written // nil while there is none under way
}

// turn ends the profile under way, and begins one if a file is named. It says
// what is wrong, or nothing.
func (p *profiler) turn(name string) string {
	if err := p.turned(name); err != nil {
		return err.Error()
	}
	return ""
}

func (p *profiler) turned(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.written != nil {
		pprof.StopCPUProfile()
		err := errors.Join(p.written.err, p.written.to.Close())
		if p.written = nil; err != nil {
			return err
		}
	}
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := &written{to: file}
	if err := pprof.StartCPUProfile(w); err != nil {
		return errors.Join(err, file.Close())
	}
	p.written = w
	return nil
}

// written keeps the first error, which pprof does not look at: of a full disk,
// for instance.
type written struct {
	to  io.WriteCloser
	err error
}

func (w *written) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	if w.err == nil {
		w.err = err
	}
	return n, err
}
