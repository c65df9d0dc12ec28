// Command api is an API that takes access tokens: two scopes, and one operation that needs two factors.
package main

import (
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/keywright/keywright/core/resource"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	api, err := New(resource.Options{
		Resource:              or("RESOURCE", "http://localhost:4000/notes"),
		Issuers:               []resource.Issuer{{URL: or("ISSUER", "http://localhost:8080")}},
		InsecureAllowLoopback: true, // http for this machine alone
		Logger:                logger,
	})
	if err != nil {
		logger.Error("cannot start", "error", err)
		os.Exit(1)
	}
	server := &http.Server{Addr: or("LISTEN", "localhost:4000"), Handler: api.Handler(), ReadHeaderTimeout: 5 * time.Second}
	logger.Info("listening", "address", server.Addr, "metadata", api.guard.MetadataURL())
	logger.Error("ended", "error", server.ListenAndServe())
}

// or is a setting of the environment, or what stands in for it.
func or(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
