package todo

import (
	"net/url"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/keywright/keywright/core/resource"
)

// verifier hands the token that the guard has checked to the SDK.
func (s *Server) verifier() auth.TokenVerifier {
	return resource.Verifier(s.guard, describe, auth.ErrInvalidToken)
}

// describe says of a token what the SDK wants to know. UserID ties an MCP session, where a server has any, to a person: nobody else may
// use its id. The time at which the token expires is left out: the guard has judged it, with a tolerance that the SDK does not have.
func describe(t *resource.Token) *auth.TokenInfo {
	return &auth.TokenInfo{Scopes: t.Scopes, UserID: person(t), Extra: map[string]any{"token": t}}
}

// person is whose token it is. The subject alone would not do: two issuers may have the same.
func person(t *resource.Token) string { return t.Issuer + " " + t.Subject }

// tokenOf is the token of one call. It is never taken from the context of a tool: a session lives longer than a request, and its
// context still has the token of the request that began it.
func tokenOf(r *mcp.CallToolRequest) *resource.Token {
	if r.Extra == nil || r.Extra.TokenInfo == nil {
		return nil
	}
	t, _ := r.Extra.TokenInfo.Extra["token"].(*resource.Token)
	return t
}

// path is where the endpoint is: the path of the identifier, which is the URL that clients call. It is empty for the root of a host.
func (s *Server) path() string {
	u, err := url.Parse(s.guard.MetadataURL())
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path[len("/.well-known/oauth-protected-resource"):], "/")
}
