package clientreg

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/keywright/keywright/core"
)

// packed is a registration as an id carries it. What follows from the lane is
// not in it: that is decided anew whenever the id is read.
type packed struct {
	Name      string   `json:"n,omitempty"`
	Redirects []string `json:"r"`
	Logout    []string `json:"l,omitempty"`
	Home      string   `json:"h,omitempty"`
	Policy    string   `json:"p,omitempty"`
	Terms     string   `json:"t,omitempty"`
	Refresh   bool     `json:"g,omitempty"`
	Scopes    []string `json:"s,omitempty"` // what it begins with; none: all of the lane's
	Algorithm string   `json:"a,omitempty"` // none: RS256
}

// words is what registrations have in common, most common last. Ids that are out
// there were written with it, so it never changes: another one needs another
// form.
const words = `"],"l":["http://localhost:8080/logout"],"a":"ES256""EdDSA","p":"https://","t":"https://.com/privacy.io/terms.dev/tos` +
	`cursor://anysphere.cursor-mcp/oauth/callbackvscode://https://vscode.dev/redirecthttps://claude.ai/api/mcp/auth_callback` +
	`read write admin mcp:tools mcp:read mcp:write files"phone","address","groups","s":["openid","profile","email","offline_access"]` +
	`Inspector Desktop Codex ChatGPT Copilot Studio Code Visual Claude Cursor Client MCP CLI ` +
	`,"h":"https://www.https://github.com/modelcontextprotocol/","g":true` +
	`"http://[::1]:3000/","http://127.0.0.1:33418/oauth/callback"],"http://localhost:/auth/callback"],` +
	`{"n":"Claude Code","r":["http://localhost:3118/callback"],"g":true}`

// maxUnpacked bounds what an id grows to when it is read: only this provider
// seals one, so that it is a second line alone.
const maxUnpacked = 16 << 10

var errPacked = errors.New("clientreg: not a packed registration")

// Pack writes what Read gave: compressed, since an id has room for some 330 bytes.
func (l *DynamicLane) Pack(_ core.Tools, m core.ClientMetadata) ([]byte, error) {
	p := packed{
		Name: m.Name, Redirects: m.RedirectURIs, Logout: m.LogoutURIs, Home: m.ClientURI, Policy: m.PolicyURI, Terms: m.TermsURI,
		Refresh: slices.Contains(m.GrantTypes, core.GrantRefreshToken), Scopes: m.DefaultScopes, Algorithm: m.IDTokenAlgorithm,
	}
	if p.Algorithm == "RS256" {
		p.Algorithm = ""
	}
	var out, plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, fmt.Errorf("clientreg: packing a registration: %w", err)
	}
	w, ok := l.packers.Get().(*flate.Writer) // a new one costs a megabyte
	if !ok {
		var err error
		if w, err = flate.NewWriterDict(&out, flate.BestCompression, []byte(words)); err != nil {
			return nil, fmt.Errorf("clientreg: packing a registration: %w", err)
		}
	}
	defer l.packers.Put(w)
	w.Reset(&out) // to where it had the words alone
	_, err := w.Write(bytes.TrimSpace(plain.Bytes()))
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("clientreg: packing a registration: %w", err)
	}
	return out.Bytes(), nil
}

// Unpack reads what Pack wrote. A redirect URI that may no longer be registered,
// or scopes none of which are left, make it core.ErrNotFound.
func (l *DynamicLane) Unpack(t core.Tools, b []byte) (core.ClientMetadata, error) {
	var p packed
	plain, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(bytes.NewReader(b), []byte(words)), maxUnpacked+1))
	if err != nil || len(plain) > maxUnpacked || json.Unmarshal(plain, &p) != nil || len(p.Redirects) == 0 {
		return core.ClientMetadata{}, errPacked
	}
	m := core.ClientMetadata{
		Name: p.Name, RedirectURIs: p.Redirects, LogoutURIs: p.Logout, ClientURI: p.Home, PolicyURI: p.Policy, TermsURI: p.Terms,
		GrantTypes: []string{core.GrantAuthorizationCode}, IDTokenAlgorithm: p.Algorithm,
	}
	if p.Algorithm == "" {
		m.IDTokenAlgorithm = "RS256"
	}
	if p.Refresh {
		m.GrantTypes = append(m.GrantTypes, core.GrantRefreshToken)
	}
	var some bool
	m.Scopes, m.DefaultScopes, some = l.scopes(t, m.GrantTypes, p.Scopes)
	refused := func(uri string) bool { return !l.allows(uri) }
	if !some || slices.ContainsFunc(m.RedirectURIs, refused) || slices.ContainsFunc(m.LogoutURIs, refused) {
		return core.ClientMetadata{}, core.ErrNotFound
	}
	return l.complete(t, m), nil
}
