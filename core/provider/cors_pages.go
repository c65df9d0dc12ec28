package provider

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/web"
)

// pagesHeaders are what scripts of the operator's own pages may send.
const pagesHeaders = "Accept, Accept-Language, Content-Type"

// preflightPages lets scripts of the one configured origin read the JSON form of
// the flow, with the browser's cookies, and answers their OPTIONS requests. All
// other origins get no such header, on these rows or on any (AZ-07, HDR10); and
// HTML is for nobody to read, not even for that origin.
func (p *Provider) preflightPages(w http.ResponseWriter, r *http.Request, row route) bool {
	if p.pagesOrigin == "" || p.pagesOrigin == p.origin || !p.isFlow(row) {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	asks := r.Method == http.MethodOptions
	if !web.FromPages(r, p.pagesOrigin) || !asks && !wantsJSON(r) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", p.pagesOrigin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if !asks {
		h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
		return false
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(row.methods, ", "))
	h.Set("Access-Control-Allow-Headers", pagesHeaders)
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// isFlow says whether the row is part of the browser flow, and so has a JSON
// form: where it begins, its steps, and where a browser comes back to it.
func (p *Provider) isFlow(row route) bool {
	switch {
	case row.audience != person:
		return false
	case row.path == "/authorize", row.path == devicePath, strings.HasPrefix(row.path, "/interaction/"), strings.HasPrefix(row.path, "/account/"):
		return true
	}
	for _, a := range p.Authenticators {
		if slices.ContainsFunc(a.Endpoints(), func(e core.Endpoint) bool {
			return e.Kind == core.EndpointReturn && e.Path == row.path
		}) {
			return true
		}
	}
	return false
}

// foreign says whether a post may be another site's (SE-10). Scripts of the
// operator's own pages are no strangers where they ask for JSON; they still need
// the token of the form.
func (p *Provider) foreign(r *http.Request) bool {
	if p.pagesOrigin != "" && wantsJSON(r) && web.FromPages(r, p.pagesOrigin) {
		return false
	}
	return web.OriginOf(r, p.origin) == web.Foreign
}

// originOf is the origin of a URL; empty where it has none.
func originOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
