package provider

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/keywright/keywright/internal/server/web"
)

// audience says who an endpoint answers, and so how its errors look.
type audience string

const (
	person   audience = "person"   // a browser: pages
	client   audience = "client"   // an OAuth client: JSON, RFC 6749 section 5.2
	bearer   audience = "bearer"   // who presents an access token: RFC 6750 section 3
	everyone audience = "everyone" // public bytes
)

// route is one row of the table of URLs.
type route struct {
	path     string // a pattern of http.ServeMux
	methods  []string
	audience audience
	serve    func(*Provider, http.ResponseWriter, *http.Request) error
}

const discoveryPath = "/.well-known/openid-configuration"

// table lists every URL below the issuer. Methods not listed get 405.
func table() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	both := []string{http.MethodGet, http.MethodPost}
	return []route{
		{"/authorize", both, person, (*Provider).authorization},
		{"/interaction/{handle}/{step}", both, person, (*Provider).interaction},
		{"/end-session", both, person, (*Provider).endSession},
		{"/signed-out", get, person, (*Provider).signedOut},
		{"/account", both, person, (*Provider).accountPage},
		{appsPath, both, person, (*Provider).appsPage},
		{"/account/undo/{handle}", both, person, (*Provider).undo},
		{"/invitation/{handle}", get, person, (*Provider).arriveInvited},
		{"/account/password", get, person, (*Provider).changePassword},
		{"/assets/{name}", get, everyone, (*Provider).asset},

		{"/token", post, client, (*Provider).token},
		{"/revoke", post, client, (*Provider).revocation},
		{"/introspect", post, client, (*Provider).introspection},
		{"/userinfo", both, bearer, (*Provider).userInfo},

		{"/jwks", get, everyone, (*Provider).jwks},
		{discoveryPath, get, everyone, (*Provider).discovery},
	}
}

// Register puts the table below the issuer's path, and the well-known documents
// at both places that clients try for an issuer with a path (MA-01, MA-02).
func (p *Provider) Register(mux *http.ServeMux) {
	rows := append(table(), p.authenticatorRoutes()...)
	if p.FirstPartyApps {
		rows = append(rows, route{challengePath, []string{http.MethodPost}, client, (*Provider).authorizationChallenge})
	}
	if p.DeviceGrant {
		rows = append(rows, deviceRoutes()...)
	}
	rows = append(rows, p.registrationRoutes()...)
	for _, r := range rows {
		mux.Handle(p.base+r.path, p.serve(r))
		if p.base != "" && r.audience == everyone && strings.HasPrefix(r.path, "/.well-known/") && r.path != discoveryPath {
			mux.Handle(r.path, p.serve(r)) // of an authenticator: browsers ask the host alone
		}
	}
	document := route{"", []string{http.MethodGet}, everyone, (*Provider).discovery}
	mux.Handle("/.well-known/oauth-authorization-server"+p.base, p.serve(document))
	if p.base != "" {
		mux.Handle("/.well-known/openid-configuration"+p.base, p.serve(document))
	}
	mux.Handle("/", p.serve(p.missing()))
}

// ServeHTTP answers a request below the issuer's path or at its well-known
// addresses.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.routes.ServeHTTP(w, r)
}

// Literal lets through to next what names its route to the letter. Every other
// spelling of a path is not found (HTP10): http.ServeMux would answer it with a
// redirect that bears none of our headers, repeats the query and, by 307, has
// clients send their secrets again.
func (p *Provider) Literal(next http.Handler) http.Handler {
	missing := p.serve(p.missing())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !literal(r.URL.Path) {
			missing.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// literal says whether a ServeMux takes the path as it is.
func literal(at string) bool {
	clean := path.Clean(at)
	return strings.HasPrefix(at, "/") && (at == clean || at == clean+"/" && clean != "/")
}

// missing is the row of every address that has none.
func (p *Provider) missing() route {
	return route{"", []string{http.MethodGet, http.MethodPost}, person, (*Provider).notFound}
}

// serve wraps one row: request number, headers, method, then the endpoint; what
// it returns becomes bytes in respond.go.
func (p *Provider) serve(row route) http.Handler {
	allow := strings.Join(allowed(row), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.NumberRequest(w, r)
		defer p.recover(w, r, row)
		p.secure(w, r, row)
		if p.preflight(w, r, row) {
			return
		}
		if !slices.Contains(row.methods, r.Method) && !(r.Method == http.MethodHead && row.audience == everyone) {
			w.Header().Set("Allow", allow)
			p.respondMethod(w, r, row)
			return
		}
		if err := row.serve(p, w, r); err != nil {
			p.respondError(w, r, row, err)
		}
	})
}

func allowed(row route) []string {
	out := slices.Clone(row.methods)
	if row.audience == client || row.audience == bearer || row.audience == everyone {
		out = append(out, http.MethodOptions)
	}
	return out
}
