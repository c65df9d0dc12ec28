// Command goclient is an MCP client on the official Go SDK, as an application on a person's computer has it: it waits for orders on stdin,
// a line of JSON each, and says on stdout what came of them. Where a person has to agree it says which page to open.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

// settings are those of the command line, as JSON.
type settings struct{ Server, Issuer, Lane, ClientID, Revision string }

// order is a line of stdin.
type order struct {
	Connect bool
	Revoke  bool
	Tool    string
	Input   map[string]any
}

// program is the client at work.
type program struct {
	settings
	out     *json.Encoder
	arrived chan url.Values // where the browser comes back to
	session *mcp.ClientSession
	client  string        // its client_id
	held    *oauth2.Token // the last that it got
	handler *auth.AuthorizationCodeHandler
}

func main() {
	p := &program{out: json.NewEncoder(os.Stdout), arrived: make(chan url.Values, 1)}
	if len(os.Args) != 2 || json.Unmarshal([]byte(os.Args[1]), &p.settings) != nil {
		log.Fatal("usage: goclient '{…}'")
	}
	if err := p.run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func (p *program) run(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, http.HandlerFunc(p.callback)) }()
	if p.handler, err = auth.NewAuthorizationCodeHandler(p.authorization("http://" + l.Addr().String() + "/callback")); err != nil {
		return err
	}
	p.say("ready", true)
	in := json.NewDecoder(os.Stdin)
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return nil // its end is ours
		}
		p.obey(ctx, o)
	}
}

func (p *program) say(name string, what any) { _ = p.out.Encode(map[string]any{name: what}) }

func (p *program) callback(w http.ResponseWriter, r *http.Request) {
	_, _ = fmt.Fprintln(w, "You may close this window.")
	p.arrived <- r.URL.Query()
}

// authorization is how the SDK gets tokens.
func (p *program) authorization(redirect string) *auth.AuthorizationCodeHandlerConfig {
	c := &auth.AuthorizationCodeHandlerConfig{
		RedirectURL: redirect, RequestRefreshToken: true, AuthorizationCodeFetcher: p.fetch, NewTokenSource: p.source,
	}
	switch p.Lane {
	case "cimd":
		c.ClientIDMetadataDocumentConfig = &auth.ClientIDMetadataDocumentConfig{URL: p.ClientID}
	case "seeded":
		c.PreregisteredClient = &oauthex.ClientCredentials{ClientID: p.ClientID}
	default:
		c.DynamicClientRegistrationConfig = &auth.DynamicClientRegistrationConfig{Metadata: &oauthex.ClientRegistrationMetadata{
			ClientName: "Test client", RedirectURIs: []string{redirect}, TokenEndpointAuthMethod: "none",
			GrantTypes: []string{"authorization_code", "refresh_token"}, ResponseTypes: []string{"code"},
		}}
	}
	return c
}

// fetch has the person open a page, and waits for where it leads.
func (p *program) fetch(ctx context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
	p.say("open", args.URL)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case q := <-p.arrived:
		if code := q.Get("error"); code != "" {
			return nil, errors.New(code)
		}
		return &auth.AuthorizationResult{Code: q.Get("code"), State: q.Get("state"), Iss: q.Get("iss")}, nil
	}
}

// source is the SDK's own, and tells of each new token.
func (p *program) source(ctx context.Context, c *oauth2.Config, t *oauth2.Token) (oauth2.TokenSource, error) {
	p.client = c.ClientID
	s := &source{p: p, from: c.TokenSource(ctx, t)}
	_, err := s.Token()
	return s, err
}

type source struct {
	p    *program
	from oauth2.TokenSource
	mu   sync.Mutex
	last string
}

func (s *source) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.from.Token()
	if err == nil && t.AccessToken != s.last {
		s.last, s.p.held = t.AccessToken, t
		s.p.say("tokens", map[string]any{"scope": t.Extra("scope"), "refresh": t.RefreshToken != ""})
	}
	return t, err
}

func (p *program) obey(ctx context.Context, o order) {
	if o.Connect {
		client := mcp.NewClient(&mcp.Implementation{Name: "test-client", Version: "1.0.0"}, nil)
		session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: p.Server, OAuthHandler: p.handler},
			&mcp.ClientSessionOptions{ProtocolVersion: p.Revision})
		if err != nil {
			p.say("failed", err.Error())
			return
		}
		p.session = session
		p.say("connected", map[string]string{"revision": session.InitializeResult().ProtocolVersion})
		return
	}
	if o.Revoke {
		p.say("revoked", p.revoke(ctx))
		return
	}
	result, err := p.session.CallTool(ctx, &mcp.CallToolParams{Name: o.Tool, Arguments: o.Input})
	if err != nil {
		p.say("failed", err.Error())
		return
	}
	text := ""
	for _, c := range result.Content {
		if t, ok := c.(*mcp.TextContent); ok {
			text += t.Text
		}
	}
	p.say("result", map[string]any{"error": result.IsError, "text": text})
}

// revoke gives the refresh token back, as an application does when somebody signs out of it (RFC 7009). The SDK has nothing for that beyond
// the metadata. It gives the status.
func (p *program) revoke(ctx context.Context) int {
	meta, err := auth.GetAuthServerMetadata(ctx, p.Issuer, http.DefaultClient)
	if err != nil || meta == nil {
		return 0
	}
	answer, err := http.PostForm(meta.RevocationEndpoint, url.Values{
		"token": {p.held.RefreshToken}, "token_type_hint": {"refresh_token"}, "client_id": {p.client},
	})
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
