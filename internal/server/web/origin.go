package web

import "net/http"

// Origin says where a request comes from, as far as the browser tells.
type Origin int

// The three answers.
const (
	Unknown Origin = iota // no browser of today: the form token must decide
	Ours                  // a page of this very origin
	Foreign               // any other page, a neighbour of the site included (CSR21)
)

// OriginOf reads Sec-Fetch-Site and Origin. Pages of ours send no referrer, for
// which browsers write "Origin: null" even to ourselves; then Sec-Fetch-Site
// alone can tell, and without it null is foreign (SE-10, CSR01).
func OriginOf(r *http.Request, origin string) Origin {
	site, from := r.Header.Values("Sec-Fetch-Site"), r.Header.Values("Origin")
	if len(site) > 1 || len(from) > 1 {
		return Foreign
	}
	if len(from) == 1 && from[0] != origin && from[0] != "null" {
		return Foreign
	}
	switch {
	case len(site) == 1 && (site[0] == "same-origin" || site[0] == "none"):
		return Ours
	case len(site) == 1:
		return Foreign
	case len(from) == 0:
		return Unknown
	case from[0] == origin:
		return Ours
	}
	return Foreign
}

// FromPages says whether a request comes from a script of exactly this origin, at
// this site: the browser must name the origin, and where it also says how near
// that is, it must be the same site (SE-10, HDR10).
func FromPages(r *http.Request, origin string) bool {
	site, from := r.Header.Values("Sec-Fetch-Site"), r.Header.Values("Origin")
	if origin == "" || len(site) > 1 || len(from) != 1 || from[0] != origin {
		return false
	}
	return len(site) == 0 || site[0] == "same-site" || site[0] == "same-origin"
}
