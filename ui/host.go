package ui

import (
	"html"
	"html/template"
	"net/netip"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
)

// cleanHost makes a host fit to be shown. Punycode is shown raw; a letter
// outside ASCII is percent-encoded, since it could imitate another. Nothing is
// cut: the end of a host is the part that matters.
func cleanHost(s string) string {
	const hex = "0123456789ABCDEF"
	if len(s) > 300 {
		s = "…" + s[len(s)-300:]
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c > ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// hostHTML isolates a host from the sentence around it, left to right in every
// language. All of it is bold: which part is the registrable domain cannot be
// told without a list of public suffixes, and a wrong guess would mislead.
func hostHTML(s string) template.HTML {
	return template.HTML(`<bdi class="host" dir="ltr">` + html.EscapeString(cleanHost(s)) + `</bdi>`) // #nosec G203 -- escaped
}

// loopback says whether a host, with or without a port, is this computer.
func loopback(host string) bool {
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && (strings.Count(host, ":") == 1 || host[i-1] == ']') {
		host = host[:i]
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// safeLink lets through paths on this origin, http and https URLs, and
// private-use schemes, which hold a dot (RFC 8252 section 7.1). All else,
// "javascript:" and its relatives, becomes an empty string (XSS04).
func safeLink(s string) template.URL {
	u, err := url.Parse(s)
	if err != nil || s == "" {
		return ""
	}
	switch {
	case u.Scheme == "" && (strings.HasPrefix(s, "//") || strings.HasPrefix(s, `/\`)):
		return ""
	case u.Scheme == "" && (s[0] == '/' || s[0] == '?' || s[0] == '#'):
	case (u.Scheme == "https" || u.Scheme == "http") && u.Host != "":
	case strings.Contains(u.Scheme, "."):
	default:
		return ""
	}
	return template.URL(s) // #nosec G203 -- the scheme was checked
}

// outsideLink lets through https URLs only: where others say they live.
func outsideLink(s string) template.URL {
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return template.URL(s) // #nosec G203 -- https only
}

// postTarget lets through what a form may be posted to (XSS04, RED08).
func postTarget(s string) template.URL {
	if u, err := url.Parse(s); err != nil || strings.Contains(u.Scheme, ".") {
		return ""
	}
	return safeLink(s)
}

// claimed says that the name of an app is its own claim.
func claimed(a *core.AppView) bool { return a != nil && a.Lane == core.LaneDCR }
