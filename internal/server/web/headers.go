package web

import "net/http"

// policy is the content security policy of pages (ui.md section 12). form-action
// is left out where a post may end in a redirect to an app, since browsers hold
// the whole chain of redirects to it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// The values that every answer carries, made once. They are shared by all
// answers and must not be changed; Header.Set puts another in their place.
var (
	noSniff     = []string{"nosniff"}
	noReferrer  = []string{"no-referrer"}
	sameOrigin  = []string{"same-origin"}
	crossOrigin = []string{"cross-origin"}
	httpsOnly   = []string{"max-age=31536000"}
	notStored   = []string{"no-store"}
	notCached   = []string{"no-cache"}
	ownContent  = []string{policy}
	notFramed   = []string{"DENY"}
	noDevices   = []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}
)

// Secure sets what every answer carries. secure is whether the issuer is https.
func Secure(h http.Header, secure bool) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Cross-Origin-Resource-Policy"] = sameOrigin
	if secure {
		h["Strict-Transport-Security"] = httpsOnly
	}
}

// ShareAcross lets pages of other origins load the answer.
func ShareAcross(h http.Header) { h["Cross-Origin-Resource-Policy"] = crossOrigin }

// SecurePage adds what HTML carries.
func SecurePage(h http.Header) {
	h["Content-Security-Policy"] = ownContent
	h["X-Frame-Options"] = notFramed
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Permissions-Policy"] = noDevices
	NoStore(h)
}

// NoStore forbids caches to keep the answer.
func NoStore(h http.Header) {
	h["Cache-Control"] = notStored
	h["Pragma"] = notCached
}
