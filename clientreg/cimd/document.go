package cimd

import (
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/redirecturi"
)

const (
	maxRedirects = 32
	maxNameRunes = 200
)

// members are those of a document by their exact names.
type members map[string]json.RawMessage

// parse reads a document and judges it (section 4 of the draft). What a client
// may not say of itself is not read at all: trust, secrets, lifetimes (CM-24).
func (l *Lane) parse(a address, body []byte) (core.ClientMetadata, *failure) {
	var m members
	if err := jose.StrictClaims(body, &m); err != nil {
		return core.ClientMetadata{}, fail("json", err)
	}
	if id, failed := m.text("client_id"); failed != nil || id != a.id {
		return core.ClientMetadata{}, fail("client_id", nil) // CM-20
	}
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if _, there := m[name]; there {
			return core.ClientMetadata{}, fail(name, nil) // CM-22
		}
	}
	var c core.ClientMetadata
	for _, part := range []func(members, address, *core.ClientMetadata) *failure{
		readName, readLinks, l.readRedirects, readGrants, l.readScope, readAuthentication, l.readAlgorithm,
	} {
		if failed := part(m, a, &c); failed != nil {
			return core.ClientMetadata{}, failed
		}
	}
	c.Resources = l.resources
	return c, nil
}

// hashOf is over all that was made of a document.
func hashOf(c core.ClientMetadata) core.Hash {
	c.Document = nil
	b, err := json.Marshal(c)
	if err != nil {
		return core.Hash{} // cannot be: strings and lists of them
	}
	return sha256.Sum256(b)
}

// text is a member that is a string; empty where it is missing.
func (m members) text(name string) (string, *failure) {
	raw, there := m[name]
	if !there {
		return "", nil
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return "", fail(name, nil)
	}
	return *text, nil
}

// list is a member that is a list of strings; nil where it is missing.
func (m members) list(name string) ([]string, *failure) {
	raw, there := m[name]
	if !there {
		return nil, nil
	}
	var list []*string
	if json.Unmarshal(raw, &list) != nil || list == nil || slices.Contains(list, nil) {
		return nil, fail(name, nil)
	}
	out := make([]string, 0, len(list))
	for _, one := range list {
		out = append(out, *one)
	}
	return out, nil
}

// readName wants a name that a person can read and that cannot pretend to be
// something else on the page (XSS02).
func readName(m members, _ address, c *core.ClientMetadata) *failure {
	name, failed := m.text("client_name")
	hidden := func(r rune) bool {
		return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Variation_Selector, r)
	}
	if failed != nil || strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxNameRunes || strings.ContainsFunc(name, hidden) {
		return fail("client_name", nil)
	}
	c.Name = name
	return nil
}

// readLinks lets people be sent to https only (OR-04). Logos are not shown: they
// only count as something that may change.
func readLinks(m members, _ address, c *core.ClientMetadata) *failure {
	for _, l := range []struct {
		name string
		into *string
	}{{"client_uri", &c.ClientURI}, {"logo_uri", &c.LogoURI}, {"policy_uri", &c.PolicyURI}, {"tos_uri", &c.TermsURI}} {
		uri, failed := m.text(l.name)
		if failed != nil || uri != "" && !isHTTPS(uri) {
			return fail(l.name, nil)
		}
		*l.into = uri
	}
	return nil
}

func isHTTPS(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && strings.HasPrefix(uri, "https://") && u.Host != "" && u.User == nil && len(uri) <= redirecturi.MaxLength
}

// readRedirects wants them complete and allowed (CM-21, CM-27, CM-31).
func (l *Lane) readRedirects(m members, a address, c *core.ClientMetadata) *failure {
	for _, f := range []struct {
		name string
		into *[]string
	}{{"redirect_uris", &c.RedirectURIs}, {"post_logout_redirect_uris", &c.LogoutURIs}} {
		uris, failed := m.list(f.name)
		if failed != nil || len(uris) > maxRedirects {
			return fail(f.name, nil)
		}
		for _, uri := range uris {
			if err := redirecturi.CheckRegistration(uri, redirecturi.Agents()); err != nil {
				return fail(f.name, err)
			}
			if u, err := url.Parse(uri); l.options.SameHost && redirecturi.IsHTTPS(uri) && (err != nil || !strings.EqualFold(u.Hostname(), a.host)) {
				return fail(f.name, nil)
			}
		}
		*f.into = uris
	}
	if len(c.RedirectURIs) == 0 {
		return fail("redirect_uris", nil)
	}
	kind, failed := m.text("application_type")
	switch {
	case failed != nil || kind != "" && kind != "web" && kind != "native":
		return fail("application_type", nil)
	case kind == "" && redirecturi.Native(c.RedirectURIs):
		kind = "native"
	case kind == "":
		kind = "web"
	}
	c.ApplicationType = kind
	return nil
}

// readGrants takes of the grant types those that such a client may have: one
// document serves providers that offer more.
func readGrants(m members, _ address, c *core.ClientMetadata) *failure {
	types, failed := m.list("grant_types")
	if failed != nil {
		return failed
	}
	if types == nil {
		types = []string{core.GrantAuthorizationCode} // RFC 7591 section 2
	}
	if !slices.Contains(types, core.GrantAuthorizationCode) {
		return fail("grant_types", nil)
	}
	c.GrantTypes = []string{core.GrantAuthorizationCode}
	for _, more := range []string{core.GrantRefreshToken, core.GrantJWTBearer} { // of the second, clients that authenticate have a use
		if slices.Contains(types, more) {
			c.GrantTypes = append(c.GrantTypes, more)
		}
	}
	responses, failed := m.list("response_types")
	if failed != nil || responses != nil && !slices.Contains(responses, "code") {
		return fail("response_types", nil)
	}
	return nil
}

// readScope cuts what the document names to what such clients may ask for.
func (l *Lane) readScope(m members, _ address, c *core.ClientMetadata) *failure {
	text, failed := m.text("scope")
	if failed != nil {
		return failed
	}
	c.Scopes = l.scopes
	if _, there := m["scope"]; !there {
		return nil
	}
	named := strings.Fields(text)
	c.Scopes = slices.DeleteFunc(slices.Clone(l.scopes), func(s string) bool { return !slices.Contains(named, s) })
	return nil
}

// readAlgorithm: an ID token is signed as the client says, or not at all.
func (l *Lane) readAlgorithm(m members, _ address, c *core.ClientMetadata) *failure {
	algorithm, failed := m.text("id_token_signed_response_alg")
	if algorithm == "" {
		algorithm = "RS256"
	}
	if failed != nil || !slices.Contains(l.algorithms, algorithm) {
		return fail("id_token_signed_response_alg", nil)
	}
	c.IDTokenAlgorithm = algorithm
	return nil
}
