//go:build unix

package dbserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Options say what a server is like. The zero value is a quick one with the
// settings that its makers chose.
type Options struct {
	// Durable has each commit on the disk before it is answered, as production
	// has. Otherwise as little waits for the disk as the adapters bear: what was
	// answered survives Kill, but maybe not a crash of the machine.
	Durable bool
	// Settings of the server by name, such as sql_mode or timezone. They win over
	// those that this package makes.
	Settings map[string]string
}

// Server is one private server. Its methods may be called from several
// goroutines.
type Server struct {
	engine  engine
	options Options
	home    *home
	port    int

	mu     sync.Mutex
	run    *process // nil while it is down
	spent  time.Duration
	closed bool
}

// engine is what one kind of server has for itself.
type engine interface {
	// name of the kind, as in errors.
	name() string
	// prepare writes what the program reads at each start.
	prepare(h *home, port int, o Options) error
	// command is the program that serves from the folder, with its arguments.
	command(h *home, port int, o Options) []string
	// says is what it prints once it accepts connections.
	says() string
	// dsn names a database as the driver wants it; the default one if it is empty.
	dsn(h *home, address, database string) string
	// stopSignal asks it to finish what is under way and end.
	stopSignal() os.Signal
}

// portTaken is what both kinds print of a port that is not free.
const portTaken = "Address already in use"

// attempts are how often another port is tried.
const attempts = 10

// open starts a server for the first time. It takes the home over.
func open(ctx context.Context, e engine, h *home, o Options) (*Server, error) {
	s := &Server{engine: e, options: o, home: h}
	for n := 1; ; n++ {
		var err error
		if s.port, err = freePort(); err == nil {
			err = s.Start(ctx)
		}
		if err == nil {
			return s, nil
		}
		var failed *startError
		if n == attempts || !errors.As(err, &failed) || !failed.said(portTaken) {
			return nil, errors.Join(err, h.remove())
		}
	}
}

// Address is where the server listens: host and port.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// DSN names a database of the server for the driver: pgx or go-sql-driver/mysql.
// An empty name is the database that is there from the start, and empty. Its
// user may do everything, such as creating others.
func (s *Server) DSN(database string) string { return s.DSNAt(s.Address(), database) }

// DSNAt is the DSN for what listens at another address before the server, such
// as a proxy or a pooler.
func (s *Server) DSNAt(address, database string) string {
	return s.engine.dsn(s.home, address, database)
}

// Start starts the server again on the same data and port, after Stop or Kill.
// It returns once connections are accepted. The context bounds only that wait.
// A server that runs is left alone.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running() {
		return nil
	}
	if s.closed {
		return errors.New("dbserver: " + s.engine.name() + " was closed, and its data is gone")
	}
	if err := s.engine.prepare(s.home, s.port, s.options); err != nil {
		return err
	}
	run, err := start(ctx, s.engine.name(), s.home, s.engine.command(s.home, s.port, s.options), s.engine.says())
	if err != nil {
		return err
	}
	s.run = run
	return nil
}

// stopping is how long a server may take to end in order.
const stopping = 30 * time.Second

// Stop ends the server in order: what is under way is cut off, what was
// answered is kept. It returns once the server is gone.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running() {
		return nil
	}
	_ = s.run.cmd.Process.Signal(s.engine.stopSignal())
	late := time.NewTimer(stopping)
	defer late.Stop()
	select {
	case <-s.run.gone:
		s.down()
		return nil
	case <-late.C:
		s.run.kill()
		s.down()
		return fmt.Errorf("dbserver: %s did not stop within %s and was killed", s.engine.name(), stopping)
	}
}

// Kill ends the server and all its processes at once, as a crash does. It
// returns once they are gone.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running() {
		s.run.kill()
		s.down()
	}
}

// Restart ends the server in order and starts it again with other settings, which
// take the place of Options.Settings from then on. Those that are fixed when the
// data is made must stay as they are. The context bounds only the wait for the
// start.
func (s *Server) Restart(ctx context.Context, settings map[string]string) error {
	if err := s.Stop(); err != nil {
		return err
	}
	s.mu.Lock()
	s.options.Settings = settings
	s.mu.Unlock()
	return s.Start(ctx)
}

// running says whether the server is up, and notes where it has ended by itself.
func (s *Server) running() bool {
	if s.run != nil && s.run.ended() {
		s.down()
	}
	return s.run != nil
}

// down forgets a process that is gone, except for its time.
func (s *Server) down() {
	<-s.run.gone
	state := s.run.cmd.ProcessState
	s.spent += state.UserTime() + state.SystemTime()
	s.run = nil
	s.home.warden.watch(0)
}

// CPU is the processor time, user and system, of the server's processes, the
// ended ones included, in steps of 10 ms. Without /proc it knows only of runs
// that have ended.
func (s *Server) CPU() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running() {
		return s.spent
	}
	return s.spent + readProcesses().cpu(s.run.cmd.Process.Pid)
}

// Close kills the server and removes all it kept. Closing it again does nothing.
func (s *Server) Close() error {
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.home.remove()
}

// freePort finds a port that nobody listens on. It stays below those that the
// system hands out for outgoing connections, so that nobody gets it while the
// server is down.
func freePort() (int, error) {
	const lowest, count = 12000, 16000
	for range 100 {
		var b [2]byte
		if _, err := rand.Read(b[:]); err != nil {
			return 0, err
		}
		port := lowest + (int(b[0])<<8|int(b[1]))%count
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("dbserver: no free port on 127.0.0.1")
}

// home is the folder of one server, and who watches over it.
type home struct {
	folder   string
	data     string // below folder
	programs programs
	account  account
	password string
	warden   *warden
}

// newHome makes an empty folder that only the account may open.
func newHome(kind string, p programs, signal string) (*home, error) {
	a, err := accountFor(kind)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "keywright-"+kind+"-")
	if err != nil {
		return nil, err
	}
	w, err := newWarden(folder, signal)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	h := &home{folder: folder, data: filepath.Join(folder, "data"), programs: p, account: a, warden: w}
	if err := a.own(folder); err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return h, nil
}

// write makes a file that only the account may read.
func (h *home) write(name, text string) error {
	path := filepath.Join(h.folder, name)
	return errors.Join(os.WriteFile(path, []byte(text), 0o600), h.account.own(path))
}

// remove ends the warden, who removes the folder.
func (h *home) remove() error { return h.warden.end() }
