package clientreg

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
	"github.com/keywright/keywright/internal/redirecturi"
)

// Bounds of what a client may say of itself. An id is at most 512 characters
// long, so that most are refused for their length well before.
const (
	maxRedirects   = 16
	maxDynamicName = 100 // bytes
)

// Read judges client metadata (RFC 7591 section 2) and gives what is registered.
// Members that it does not know are ignored, as section 2 asks, and so are those
// that only the operator decides about. What the lane has one answer to is
// replaced by that (section 3.2.1): a client without keys authenticates by none,
// whatever method with a secret it names.
func (l *DynamicLane) Read(t core.Tools, body []byte) (core.ClientMetadata, error) {
	r := reading{lane: l, tools: t, members: members{}}
	if err := jose.StrictClaims(body, &r.members); err != nil {
		return core.ClientMetadata{}, refuseMetadata("the body is not one JSON object of at most 16 KiB, with each member once").Because(err)
	}
	r.software()
	r.redirects()
	r.words()
	r.grants()
	r.authentication()
	r.scopes()
	if r.fault != nil {
		return core.ClientMetadata{}, r.fault
	}
	return l.complete(t, r.m), nil
}

// complete adds what follows from the lane alone.
func (l *DynamicLane) complete(t core.Tools, m core.ClientMetadata) core.ClientMetadata {
	m.AuthMethod = core.AuthNone
	m.ApplicationType = "native"
	if !slices.ContainsFunc(m.RedirectURIs, func(u string) bool { return !redirecturi.IsHTTPS(u) }) {
		m.ApplicationType = "web"
	}
	m.Resources = l.options.Resources
	if len(m.Resources) == 0 {
		m.Resources = t.Offers.Resources
	}
	m.Lifetimes = core.Lifetimes{RefreshIdle: l.options.RefreshIdle, RefreshMax: l.options.RefreshMax}
	if own := t.Lifetimes.RefreshIdle; own > 0 {
		m.Lifetimes.RefreshIdle = min(own, m.Lifetimes.RefreshIdle)
	}
	if own := t.Lifetimes.RefreshMax; own > 0 {
		m.Lifetimes.RefreshMax = min(own, m.Lifetimes.RefreshMax)
	}
	return m
}

// reading is one registration as far as it has been read. The first fault counts.
type reading struct {
	lane    *DynamicLane
	tools   core.Tools
	members members
	m       core.ClientMetadata
	fault   *core.OAuthError
}

func refuseMetadata(description string) *core.OAuthError {
	return core.Refuse(core.InvalidClientMetadata, description)
}

func (r *reading) refuse(code core.ErrorCode, format string, args ...any) {
	if r.fault == nil {
		r.fault = core.Refuse(code, fmt.Sprintf(format, args...))
	}
}

// text reads a member that is a string; what is absent is empty.
func (r *reading) text(name string) string {
	s, ok := r.members.text(name)
	if !ok {
		r.refuse(core.InvalidClientMetadata, "%s is not a string", name)
	}
	return s
}

// texts reads a member that is a list of strings, each once.
func (r *reading) texts(name string, code core.ErrorCode) []string {
	list, ok := r.members.texts(name)
	if !ok {
		r.refuse(code, "%s is not a list of strings", name)
	}
	var once []string
	for _, s := range list {
		if !slices.Contains(once, s) && len(once) <= core.MaxScopes {
			once = append(once, s)
		}
	}
	return once
}

// software statements of nobody are believed (DR-10).
func (r *reading) software() {
	if !r.members.has("software_statement") {
		return
	}
	if s := r.text("software_statement"); strings.Count(s, ".") != 2 {
		r.fault = core.Refuse(core.InvalidSoftwareStatement, "software_statement is not a signed JWT")
		return
	}
	r.refuse(core.UnapprovedSoftwareStatement, "no issuer of software statements is trusted here: leave software_statement out")
}

// redirects are to loopback, or listed by the operator (DCR01, RD-01, RD-08 to
// RD-10, MD-02). post_logout_redirect_uris follow the same rules.
func (r *reading) redirects() {
	r.m.RedirectURIs = r.texts("redirect_uris", core.InvalidRedirectURI)
	if len(r.m.RedirectURIs) == 0 {
		r.refuse(core.InvalidRedirectURI, "redirect_uris is missing or empty")
	}
	r.m.LogoutURIs = r.texts("post_logout_redirect_uris", core.InvalidClientMetadata)
	for _, l := range []struct {
		field string
		code  core.ErrorCode
		uris  []string
	}{
		{"redirect_uris", core.InvalidRedirectURI, r.m.RedirectURIs},
		{"post_logout_redirect_uris", core.InvalidClientMetadata, r.m.LogoutURIs},
	} {
		if len(l.uris) > maxRedirects {
			r.refuse(l.code, "%s holds more than %d", l.field, maxRedirects)
		}
		for i, uri := range l.uris {
			if err := redirecturi.CheckRegistration(uri, redirecturi.Agents()); err != nil {
				r.refuse(l.code, "%s[%d]: %v", l.field, i, err)
			}
			if !r.lane.allows(uri) {
				r.refuse(l.code, "%s[%d] is not http to 127.0.0.1, [::1] or localhost, which alone may be registered here", l.field, i)
			}
		}
	}
	switch r.text("application_type") {
	case "", "web", "native": // the redirect URIs say it better (D9)
	default:
		r.refuse(core.InvalidClientMetadata, "application_type is neither web nor native")
	}
}

// allows says whether the URI may be registered now.
func (l *DynamicLane) allows(uri string) bool {
	return redirecturi.IsLoopback(uri) || slices.Contains(l.options.Redirects, uri)
}

// words are what people are shown. Nobody has checked them (DR-08); links are
// https, or nothing (XSS04). A logo is never shown, and so not registered.
func (r *reading) words() {
	r.m.Name = r.text("client_name")
	if len(r.m.Name) > maxDynamicName || !legible(r.m.Name) {
		r.refuse(core.InvalidClientMetadata, "client_name is longer than %d bytes or holds characters that cannot be seen", maxDynamicName)
	}
	for _, l := range []struct {
		field string
		into  *string
	}{{"client_uri", &r.m.ClientURI}, {"logo_uri", nil}, {"policy_uri", &r.m.PolicyURI}, {"tos_uri", &r.m.TermsURI}} {
		uri := r.text(l.field)
		if uri != "" && !webPage(uri) {
			r.refuse(core.InvalidClientMetadata, "%s is not an https URL", l.field)
		}
		if l.into != nil {
			*l.into = uri
		}
	}
}

// legible text has no control characters, no marks of direction and no line
// breaks. The two joiners are letters of some scripts.
func legible(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return c == unicode.ReplacementChar || !unicode.IsPrint(c) && c != '\u200c' && c != '\u200d'
	})
}

func webPage(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && strings.HasPrefix(uri, "https://") && u.Host != "" && u.User == nil && len(uri) <= core.MaxRedirectURI &&
		!strings.ContainsFunc(uri, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune("\"<>\\^`{|}", c) })
}

// grants are the code and, where asked for, refresh tokens. Those that would
// let a client in without a person are refused (DR-04, DCR02); others, which
// it may have listed for another server, are left out and so not in the answer.
func (r *reading) grants() {
	asked := r.texts("grant_types", core.InvalidClientMetadata)
	for _, g := range asked {
		switch g {
		case core.GrantClientCredentials, "implicit", "password":
			r.refuse(core.InvalidClientMetadata, "grant_types holds one that clients which register themselves do not get")
		}
	}
	if len(asked) > 0 && !slices.Contains(asked, core.GrantAuthorizationCode) {
		r.refuse(core.InvalidClientMetadata, "grant_types lacks authorization_code")
	}
	r.m.GrantTypes = []string{core.GrantAuthorizationCode}
	if slices.Contains(asked, core.GrantRefreshToken) {
		r.m.GrantTypes = append(r.m.GrantTypes, core.GrantRefreshToken)
	}
	for _, t := range r.texts("response_types", core.InvalidClientMetadata) {
		if t != "code" {
			r.refuse(core.InvalidClientMetadata, "response_types holds another one than code")
		}
	}
}

// authentication is by none. A client that names a method with a secret, as is
// the default of RFC 7591, hears that it got none (DR-07); one that would bring
// keys is refused, since nobody fetches or keeps them here.
func (r *reading) authentication() {
	switch core.AuthMethod(r.text("token_endpoint_auth_method")) {
	case "", core.AuthNone, core.AuthSecretBasic, core.AuthSecretPost:
	default:
		r.refuse(core.InvalidClientMetadata, "token_endpoint_auth_method has to be none")
	}
	for _, name := range []string{"jwks", "jwks_uri"} {
		if r.members.has(name) {
			r.refuse(core.InvalidClientMetadata, "%s is for clients with keys, which do not register here", name)
		}
	}
	r.m.IDTokenAlgorithm = r.text("id_token_signed_response_alg")
	offered := r.tools.Offers.Algorithms
	switch {
	case r.m.IDTokenAlgorithm == "":
		r.m.IDTokenAlgorithm = "RS256" // OpenID Connect Registration section 2
	case len(offered) > 0 && !slices.Contains(offered, r.m.IDTokenAlgorithm), r.m.IDTokenAlgorithm == "none":
		r.refuse(core.InvalidClientMetadata, "id_token_signed_response_alg is not one that this provider signs with")
	}
}

// scopes: the client may ask for all that the lane is open for, and begins with those it names here (DR-06). To bind it to these would
// stop step-up (MC-11), since SDKs register with what the first challenge names, and would keep nobody from anything: whoever wants more
// can register again, and people are asked either way. What the lane is not open for is left out of the answer.
func (r *reading) scopes() {
	asked := strings.Fields(r.text("scope"))
	if len(asked) > core.MaxScopes {
		r.refuse(core.InvalidClientMetadata, "scope holds more than %d", core.MaxScopes)
		return
	}
	var some bool
	if r.m.Scopes, r.m.DefaultScopes, some = r.lane.scopes(r.tools, r.m.GrantTypes, asked); !some {
		r.refuse(core.InvalidClientMetadata, "scope holds none that clients which register themselves may ask for")
	}
}

const offlineAccess = "offline_access"

// scopes are those that such clients may ask for now, in the order of the operator, and of these the ones that a client begins with: those
// asked for, or none where that is all of them. offline_access is always granted to a client with the refresh grant, and is never among
// those it begins with. It reports whether there is something to ask for, and something left of what was asked for.
func (l *DynamicLane) scopes(t core.Tools, grants, asked []string) (open, begin []string, some bool) {
	list := l.options.Scopes
	if len(list) == 0 {
		list = t.Offers.Scopes
	}
	for _, s := range list {
		if s == offlineAccess || slices.Contains(t.Offers.Vetted, s) || slices.Contains(open, s) {
			continue
		}
		if open = append(open, s); slices.Contains(asked, s) {
			begin = append(begin, s)
		}
	}
	refresh := slices.Contains(grants, core.GrantRefreshToken)
	some = len(open) > 0 && (len(asked) == 0 || len(begin) > 0 || refresh && slices.Contains(asked, offlineAccess))
	if len(begin) == len(open) {
		begin = nil
	}
	if refresh {
		open = append(open, offlineAccess)
	}
	return open, begin, some
}
