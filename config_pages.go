package keywright

import (
	"net/netip"
	"net/url"
	"strings"
)

// checkPagesURL wants an address that the issuer's cookies reach: they are
// SameSite=Lax, so a page of another site would always find nobody.
func (c *Config) checkPagesURL(p *problems) {
	if c.PagesURL == "" {
		return
	}
	const remedy = "give a page at the issuer's site, such as https://login.example.com/ for https://id.example.com"
	issuer, err := url.Parse(c.Issuer)
	if err != nil {
		return // said of Issuer
	}
	u, err := url.Parse(c.PagesURL)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Opaque != "", u.Scheme != "https" && u.Scheme != "http", strings.Contains(c.PagesURL, "#"):
		p.add("PagesURL", "is not an absolute URL without a fragment", remedy)
	case u.Host != strings.ToLower(u.Host) || strings.HasSuffix(u.Host, ":") || u.Scheme+":"+u.Port() == "https:443" || u.Scheme+":"+u.Port() == "http:80":
		p.add("PagesURL", "has a host that browsers write in another way", "use lower case and leave the scheme's own port out")
	case u.Scheme != issuer.Scheme:
		p.add("PagesURL", "has another scheme than Issuer", "use the same: browsers hold the two for different sites")
	case !sameSite(u.Hostname(), issuer.Hostname()):
		p.add("PagesURL", "is not at the issuer's site", remedy)
	}
}

// sameSite says whether two hosts may be of one site: the same, or with the last
// two labels in common. Where those are a public suffix, such as co.uk, browsers
// know better, and keep the cookies back.
func sameSite(a, b string) bool {
	if a == b {
		return true
	}
	if _, err := netip.ParseAddr(a); err == nil {
		return false
	}
	last := func(host string) string {
		labels := strings.Split(host, ".")
		return strings.Join(labels[max(0, len(labels)-2):], ".")
	}
	return strings.Contains(a, ".") && last(a) == last(b)
}
