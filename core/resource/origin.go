package resource

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
)

// checkLocal protects a resource on this machine from pages of elsewhere whose name has been made to lead here (threat PRM11). A token
// would not save it: such a page may have one of its own.
func (s *Resource) checkLocal(r *http.Request) error {
	if !s.localOnly {
		return nil
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if !isLoopback(trimBrackets(host)) {
		return forbiddenOrigin("Host")
	}
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(s.options.Origins, origin) {
		return nil
	}
	if u, err := url.Parse(origin); err != nil || !isLoopback(u.Hostname()) {
		return forbiddenOrigin("Origin")
	}
	return nil
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

func forbiddenOrigin(what string) *Error {
	return &Error{
		kind: ErrForbiddenOrigin, Description: "This resource is for this machine alone.",
		Cause: errors.New(what + " is of elsewhere"),
	}
}

// allowOrigin lets scripts of the configured origins read the answer, with the headers that they have to act upon. Credentials of the
// browser are never allowed: the token is all that counts.
func (s *Resource) allowOrigin(w http.ResponseWriter, r *http.Request) {
	if len(s.options.Origins) == 0 {
		return
	}
	header, origin := w.Header(), r.Header.Get("Origin")
	switch {
	case slices.Contains(s.options.Origins, "*"):
		header.Set("Access-Control-Allow-Origin", "*")
	case origin != "" && slices.Contains(s.options.Origins, origin):
		header.Set("Access-Control-Allow-Origin", origin)
		header.Add("Vary", "Origin")
	default:
		header.Add("Vary", "Origin")
		return
	}
	header.Set("Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id")
}

// mcpHeaders are what MCP clients put on each request, of documents too; one that a preflight does not allow stops a browser (requirement
// IN-12). Mcp-Method and Mcp-Name came with the revision of 2026-07-28.
const mcpHeaders = "Mcp-Protocol-Version, Mcp-Method, Mcp-Name"

// answerOptions answers a preflight (Fetch standard, section 3.2), and every other OPTIONS alike.
func (s *Resource) answerOptions(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if header.Get("Access-Control-Allow-Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, DPoP, Last-Event-ID, Mcp-Session-Id, "+mcpHeaders)
		header.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}
