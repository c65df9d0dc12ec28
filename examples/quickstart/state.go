package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// state is what survives from one start to the next.
type state struct {
	folder     string
	secret     []byte // seals the provider's keys
	demoSecret string // what the demo application authenticates with
}

// openState finds or makes the folder and the two secrets in it, for the owner
// alone.
func openState(folder string) (state, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return state{}, fmt.Errorf("the folder for state: %w", err)
	}
	s := state{folder: folder}
	for name, keep := range map[string]func(string){
		"secret":      func(v string) { s.secret = []byte(v) },
		"demo-secret": func(v string) { s.demoSecret = v },
	} {
		value, err := keepSecret(s.path(name))
		if err != nil {
			return state{}, err
		}
		keep(value)
	}
	return s, nil
}

func (s state) path(name string) string { return filepath.Join(s.folder, name) }

func keepSecret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte(rand.Text() + rand.Text())
		err = os.WriteFile(path, b, 0o600)
	}
	return string(b), err
}

// beside makes a small server for an address that is not the provider's.
func beside(origin string, h http.Handler) *http.Server {
	return &http.Server{Addr: address(origin), Handler: h, ReadHeaderTimeout: 5 * time.Second}
}

func address(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Host
}

// start listens at once, so that a taken port is told, and serves beside main.
func start(s *http.Server) error {
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("port %s is taken: stop what uses it, or change the addresses in main.go: %w", s.Addr, err)
	}
	go func() { _ = s.Serve(l) }() // ends with ErrServerClosed when main does
	return nil
}
