// Package resourceuri compares the URIs of protected resources (RFC 8707).
package resourceuri

import (
	"net/url"
	"strings"
)

// longest is how long the URI of a resource can be, in bytes.
const longest = 2048

// Canonical is the form in which two spellings of a resource are compared:
// scheme and host in lower case, a lone root slash dropped, all else byte for
// byte (RI-03). It is empty for what cannot be a resource: relative, opaque, too
// long, or with a fragment or user name (RFC 8707 section 2, RI-01).
func Canonical(uri string) string {
	if len(uri) > longest || strings.ContainsAny(uri, "#\\ ") {
		return ""
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil {
		return ""
	}
	path := u.EscapedPath()
	if path == "/" {
		path = ""
	}
	canonical := strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host) + path
	if u.RawQuery != "" {
		canonical += "?" + u.RawQuery
	}
	return canonical
}

// Same says whether both are one resource.
func Same(a, b string) bool {
	return a == b || Canonical(a) != "" && Canonical(a) == Canonical(b)
}

// WithoutQuery cuts the query from a canonical form.
func WithoutQuery(canonical string) string {
	without, _, _ := strings.Cut(canonical, "?")
	return without
}
