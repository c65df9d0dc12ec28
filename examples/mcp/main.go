// Command mcp runs an authorization server and an MCP server that it protects, together or one of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core/resource"

	"github.com/keywright/keywright/examples/mcp/idp"
	"github.com/keywright/keywright/examples/mcp/todo"
)

// setup is what the command line says.
type setup struct {
	only, listen, issuer, todo, state, clients, redirects string
}

func main() {
	var s setup
	flag.StringVar(&s.only, "only", "", "run one of the two: idp or todo")
	flag.StringVar(&s.listen, "listen", "", "with -only: the address to listen on, where a proxy has that of the URL")
	flag.StringVar(&s.issuer, "issuer", "http://localhost:8080", "URL of the authorization server")
	flag.StringVar(&s.todo, "todo", "http://localhost:4001/mcp", "URL of the MCP server")
	flag.StringVar(&s.state, "state", ".keywright-mcp", "folder for the database and its secret")
	flag.StringVar(&s.clients, "clients", "", "file of hosted assistants, see hosted.example.yaml")
	flag.StringVar(&s.redirects, "redirects", "", "what clients may register beside loopback, separated by blanks")
	flag.Parse()
	if err := s.run(); err != nil {
		log.Fatal(err)
	}
}

func (s *setup) run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch s.only {
	case "":
		if s.listen != "" {
			return errors.New("-listen is the address of one program: say with -only which")
		}
		return together(ctx, s.runTodo, s.runIDP)
	case "idp":
		return s.runIDP(ctx)
	case "todo":
		return s.runTodo(ctx)
	}
	return fmt.Errorf("-only %q: write idp or todo", s.only)
}

// together runs both until one of them ends.
func together(ctx context.Context, one, other func(context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- one(ctx) }()
	go func() { ended <- other(ctx) }()
	first := <-ended
	stop()
	return errors.Join(first, <-ended)
}

// The account that is ready to sign in with.
const (
	readyEmail    = "alex@example.com"
	readyPassword = "three quiet otters at noon"
)

func (s *setup) runIDP(ctx context.Context) error {
	secret, err := keepSecret(s.state)
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, s.state+"/keywright.db")
	if err != nil {
		return err
	}
	defer db.Close()
	server, err := idp.New(ctx, idp.Options{
		Issuer: s.issuer, Todo: s.todo, Database: db, Secret: secret, ClientsFile: s.clients, Redirects: strings.Fields(s.redirects),
	})
	if err != nil {
		return err
	}
	if err := server.AddPerson(ctx, "Alex Reader", readyEmail, readyPassword); err != nil {
		return err
	}
	return server.Run(ctx, keywright.ServeOptions{Address: s.address(s.issuer), Ready: func(net.Addr) {
		fmt.Printf("authorization server at %s; sign in as %s with: %s\n", s.issuer, readyEmail, readyPassword)
	}})
}

func (s *setup) runTodo(ctx context.Context) error {
	server, err := todo.New(todo.Options{Guard: resource.Options{
		Resource: s.todo, Issuers: []resource.Issuer{{URL: s.issuer}},
		InsecureAllowLoopback: true, // http for this machine alone
		Logger:                slog.Default(),
	}})
	if err != nil {
		return err
	}
	h := &http.Server{Addr: s.address(s.todo), Handler: server.Handler(), ReadHeaderTimeout: 5 * time.Second}
	l, err := net.Listen("tcp", h.Addr)
	if err != nil {
		return err
	}
	fmt.Printf("MCP server at %s\n", s.todo)
	defer context.AfterFunc(ctx, func() { _ = h.Close() })()
	if err := h.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// address is where to listen for a URL.
func (s *setup) address(of string) string {
	u, err := url.Parse(of)
	if s.listen != "" || err != nil {
		return s.listen
	}
	return u.Host
}
