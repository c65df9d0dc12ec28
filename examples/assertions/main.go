// Command assertions is a workload that starts a deployment: it shows the token
// that its platform gives it, and gets an access token for it. trust.go is the
// other side: what the provider has to know.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err) //nolint:gocritic // nothing is left to be undone
	}
}

func run(ctx context.Context) error {
	token, err := os.ReadFile(os.Getenv("ASSERTION_FILE")) // read anew each time: the platform renews it
	if err != nil {
		return err
	}
	p := provider{http: &http.Client{Timeout: 10 * time.Second}, endpoint: os.Getenv("ISSUER") + "/token"}
	access, err := p.workload(ctx, strings.TrimSpace(string(token)), deployments)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("got a token of %d characters for %s\n", len(access), deployments)
	return err
}
