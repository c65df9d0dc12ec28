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
	path     string
	methods  []string
	audience audience
	serve    func(*Provider, http.ResponseWriter, *http.Request) error
}

// table lists every URL below the issuer. Methods not listed get 405.
func table() []route {
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	both := []string{http.MethodGet, http.MethodPost}
	return []route{
		{"/authorize", both, person, (*Provider).authorization},
		{"/interaction/{handle}/{step}", both, person, (*Provider).interaction},
		{"/end-session", both, person, (*Provider).endSession},
		{"/signed-out", get, person, (*Provider).signedOut},
		{"/account/password", get, person, (*Provider).changePassword},
		{"/assets/{name}", get, everyone, (*Provider).asset},

		{"/token", post, client, (*Provider).token},
		{"/revoke", post, client, (*Provider).revocation},
		{"/introspect", post, client, (*Provider).introspection},
		{"/userinfo", both, bearer, (*Provider).userInfo},

		{"/jwks", get, everyone, (*Provider).jwks},
		{"/.well-known/openid-configuration", get, everyone, (*Provider).discovery},
	}
}

// Register puts the table below the issuer's path, and the well-known documents
// at both places that clients try for an issuer with a path (MA-01, MA-02).
func (p *Provider) Register(mux *http.ServeMux) {
	rows := append(table(), p.authenticatorRoutes()...)
	for _, r := range rows {
		mux.Handle(p.base+r.path, p.serve(r))
	}
	document := route{"", []string{http.MethodGet}, everyone, (*Provider).discovery}
	mux.Handle("/.well-known/oauth-authorization-server"+p.base, p.serve(document))
	if p.base != "" {
		mux.Handle("/.well-known/openid-configuration"+p.base, p.serve(document))
	}
	mux.Handle("/", p.serve(noRoute))
}

// ServeHTTP answers a request below the issuer's path or at its well-known
// addresses.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.routes.ServeHTTP(w, r) }

// Straight answers 404 where a ServeMux would clean the path, and leaves all
// else to the mux that Register filled. A mux cleans by a 307, without any of
// our headers, and what a browser repeats then may be a password or a code
// (AZ-09). No address of ours has more than one spelling (MA-03).
func (p *Provider) Straight(mux *http.ServeMux) http.Handler {
	unknown := p.serve(noRoute)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isClean(r.URL.Path) {
			mux.ServeHTTP(w, r)
			return
		}
		unknown.ServeHTTP(w, r)
	})
}

// isClean says whether a ServeMux takes the path as it is.
func isClean(p string) bool {
	clean := path.Clean(p)
	return p == clean || p == clean+"/" && clean != "/"
}

// noRoute is every address that is not in the table.
var noRoute = route{"", []string{http.MethodGet, http.MethodPost}, person, (*Provider).notFound}

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
