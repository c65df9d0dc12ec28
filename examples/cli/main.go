// Command cli is a command-line application that signs a person in: in a browser
// on this computer, or, with -device, in a browser anywhere.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	app := App{HTTP: &http.Client{Timeout: 30 * time.Second}, Say: func(s string) { fmt.Fprintln(os.Stderr, s) }}
	flag.StringVar(&app.Issuer, "issuer", "http://localhost:8080", "the provider")
	flag.StringVar(&app.ClientID, "client", "cli", "the client_id of this application")
	device := flag.Bool("device", false, "show a code to type in another browser: over SSH, on a screen without one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)

	signIn := app.InBrowser
	if *device {
		signIn = app.ByDevice
	}
	who, err := signIn(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("Hello,", who.Name, who.Email)
}
