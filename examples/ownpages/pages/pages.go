// Package pages serves the sign-in pages of the example: one HTML file and a few
// JavaScript modules, as they are.
package pages

import (
	"embed"
	"html/template"
	"net/http"
)

//go:embed files
var files embed.FS

var index = template.Must(template.ParseFS(files, "files/index.html"))

// New serves the pages for the provider at an issuer, by scheme, host and port. They
// talk to it and to nobody else.
func New(issuer string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = index.Execute(w, issuer) // the reader may have left
	})
	mux.Handle("GET /files/", http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A script of another's on these pages could sign in as anybody, so there is
		// none. form-action is left out for applications that ask for form_post.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "+
			"connect-src "+issuer+"; base-uri 'none'; frame-ancestors 'none'")
		w.Header().Set("Referrer-Policy", "strict-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
