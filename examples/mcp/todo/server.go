package todo

import (
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/keywright/keywright/core/resource"
)

// The two scopes of this server. A client begins with the first and asks for the second when a tool needs it.
const (
	ScopeRead  = "todos:read"
	ScopeWrite = "todos:write"
)

// Server is the MCP server.
type Server struct {
	guard *resource.Resource
	mcp   *mcp.Server
	lists lists
	needs map[string]string // the scope that a tool needs, by its name
}

// Options of the server.
type Options struct {
	// Guard checks tokens. Resource, the URL that clients call, and Issuers are required.
	Guard resource.Options
	// Revisions of the protocol that are spoken, the newest first; empty is all that the SDK knows.
	Revisions []string
}

// New makes the server. It fetches nothing, so it may be started before the authorization server.
func New(o Options) (*Server, error) {
	g := o.Guard
	g.Name = "Todos"
	g.Scopes = []string{ScopeRead}                           // what is asked for at the beginning, not all there is
	g.Implies = map[string][]string{ScopeWrite: {ScopeRead}} // who may write may read
	g.Origins, g.KeepToken = append(g.Origins, "*"), true    // clients in browsers; the SDK looks for the header
	guard, err := resource.New(g)
	if err != nil {
		return nil, err
	}
	s := &Server{guard: guard, needs: map[string]string{}}
	s.mcp = mcp.NewServer(&mcp.Implementation{Name: "todos", Version: "1.0.0"}, &mcp.ServerOptions{SupportedProtocolVersions: o.Revisions})
	s.addTools()
	return s, nil
}

// Handler serves the MCP endpoint, with and without a slash at its end, and the metadata that clients look for first. It is stateless:
// the SDK speaks the revision of 2026-07-28 in no other way, any replica may take any request, and there is no session to be stolen.
func (s *Server) Handler() http.Handler {
	streamable := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s.mcp }, &mcp.StreamableHTTPOptions{
		Stateless: true, MaxRequestBodyBytes: maxBody,
	})
	bearer := auth.RequireBearerToken(s.verifier(), &auth.RequireBearerTokenOptions{AllowMissingExpiration: true})
	endpoint := s.guard.Protect(s.requireScope(bearer(streamable)), ScopeRead)
	mux := http.NewServeMux()
	s.guard.Register(mux) // /.well-known/oauth-protected-resource
	mux.Handle(s.path()+"/{$}", endpoint)
	if s.path() != "" {
		mux.Handle(s.path(), endpoint)
	}
	return mux
}
