package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// InBrowser sends the person to a browser on this computer, and waits at a
// loopback address for the answer (RFC 8252 section 7.3).
func (a *App) InBrowser(ctx context.Context) (Who, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.HTTP)
	config, m, err := a.discover(ctx)
	if err != nil {
		return Who{}, err
	}
	var listen net.ListenConfig
	at, err := listen.Listen(ctx, "tcp", "127.0.0.1:0") // any port: the provider allows that for loopback
	if err != nil {
		return Who{}, err
	}
	config.RedirectURL = "http://" + at.Addr().String() + "/callback"
	state, verifier := rand.Text(), oauth2.GenerateVerifier()

	answers := make(chan answer, 1)
	server := &http.Server{Handler: callback(state, m.Issuer, answers), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(at) }()
	a.Say("Open " + config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))

	var got answer
	select {
	case got = <-answers:
	case <-ctx.Done():
		got.err = ctx.Err()
	}
	stopping, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	_ = server.Shutdown(stopping) // the page that says "done" is sent first
	if got.err != nil {
		return Who{}, got.err
	}
	tokens, err := config.Exchange(ctx, got.code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Who{}, err
	}
	return a.who(ctx, config, m, tokens)
}

type answer struct {
	code string
	err  error
}

// callback takes the one answer that carries our state and names the issuer that
// was asked (RFC 9207). Whatever else comes to the port is nothing to us.
func callback(state, issuer string, answers chan<- answer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("state") != state || q.Get("iss") != issuer {
			http.Error(w, "This is not the answer that was waited for.", http.StatusBadRequest)
			return
		}
		got := answer{code: q.Get("code")}
		if got.code == "" {
			got.err = errors.New("cli: the provider answered " + q.Get("error"))
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("Done. Go back to the terminal.\n")) // the browser may have left
		select {
		case answers <- got:
		default: // answered before
		}
	})
	return mux
}
