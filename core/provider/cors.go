package provider

import (
	"net/http"
	"strings"

	"github.com/keywright/keywright/internal/server/web"
)

// corsHeaders are what scripts may send. The last two are of MCP clients, which
// send them to every address (IN-12).
const corsHeaders = "Authorization, Content-Type, DPoP, MCP-Protocol-Version, Mcp-Method, Mcp-Name"

// Shared by all answers, and so never changed.
var (
	anyOrigin   = []string{"*"}
	varyOrigin  = []string{"Origin"}
	corsExposed = []string{"DPoP-Nonce, WWW-Authenticate, Retry-After"}
)

// preflight sets the CORS headers of a row and answers an OPTIONS request
// (CO-01 to CO-04). Pages have none (AZ-07), but for an operator's own
// (cors_pages.go). No answer here ever depends on a cookie, and none allows
// credentials: a page of another origin learns only what it could have asked for
// by itself, with a token or a code it holds.
func (p *Provider) preflight(w http.ResponseWriter, r *http.Request, row route) bool {
	if row.audience == person {
		return p.preflightPages(w, r, row)
	}
	h := w.Header()
	web.ShareAcross(h)
	if row.audience == everyone {
		h["Access-Control-Allow-Origin"] = anyOrigin
		return p.answerOptions(w, r, row) // an error exposes its headers in respond.go
	}
	origin := r.Header.Get("Origin")
	if origin == "" { // no page asks; what no cache may keep need not say that it varies
		return p.answerOptions(w, r, row)
	}
	h["Vary"] = varyOrigin
	if !p.allowsOrigin(r.Context(), origin) {
		return p.answerOptions(w, r, row)
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h["Access-Control-Expose-Headers"] = corsExposed
	return p.answerOptions(w, r, row)
}

// answerOptions ends an OPTIONS request; without an allowed origin it names no
// method, and so the browser refuses.
func (p *Provider) answerOptions(w http.ResponseWriter, r *http.Request, row route) bool {
	if r.Method != http.MethodOptions {
		return false
	}
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", strings.Join(row.methods, ", "))
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h["Access-Control-Expose-Headers"] = corsExposed
		h.Set("Access-Control-Max-Age", "600")
	}
	h.Set("Allow", strings.Join(allowed(row), ", "))
	w.WriteHeader(http.StatusNoContent)
	return true
}
