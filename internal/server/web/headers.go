package web

import "net/http"

// policy is the content security policy of pages (ui.md section 12). form-action
// is left out where a post may end in a redirect to an app, since browsers hold
// the whole chain of redirects to it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// Secure sets what every answer carries. secure is whether the issuer is https.
func Secure(h http.Header, secure bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// SecurePage adds what HTML carries.
func SecurePage(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	NoStore(h)
}

// NoStore forbids caches to keep the answer.
func NoStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}
