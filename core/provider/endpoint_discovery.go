package provider

import (
	"net/http"
	"strings"
)

// discovery answers the metadata document, at the addresses of RFC 8414 and of
// OpenID Connect Discovery alike (DS-01, MA-01, MA-02).
func (p *Provider) discovery(w http.ResponseWriter, r *http.Request) error {
	p.respondDocument(w, r, p.metadata, p.metadataETag)
	return nil
}

// respondDocument writes a public document that caches may keep (DS-07).
func (p *Provider) respondDocument(w http.ResponseWriter, r *http.Request, body []byte, tag string) {
	h := w.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = p.cacheControl
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = contentJSON
	sized(h, len(body))
	_, _ = w.Write(body) // the reader may have left
}

// matches is the weak comparison of RFC 9110 section 13.1.2.
func matches(header, tag string) bool {
	if header == "" {
		return false
	}
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}
