package keywright

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Run serves the provider and works beside it until the context ends. Then
// /readyz says so, for the time of notice; after that the requests under way are
// answered, for at most the time to drain, and Run returns nil. The database
// stays open.
func (p *Provider) Run(ctx context.Context, o ServeOptions) error {
	listener := o.Listener
	if listener == nil {
		var err error
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Address); err != nil {
			return fmt.Errorf("keywright: Address %q cannot be listened on: %w", o.Address, err)
		}
	}
	if o.TLS == nil {
		p.watch.Behind(ctx)
	}
	server := newServer(p.Handler(), o, p.config.Logger)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() { p.Work(working) })
	defer func() { stop(); work.Wait() }()

	served := make(chan error, 1)
	go func() { served <- serve(server, listener) }()
	if o.Ready != nil {
		o.Ready(listener.Addr())
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	p.leaving.Store(true)
	select {
	case err := <-served:
		return err
	case <-time.After(o.Notice):
	}
	drain := o.Drain
	if drain == 0 {
		drain = 10 * time.Second
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		return errors.Join(fmt.Errorf("keywright: requests were still under way after %v: %w", drain, err), server.Close())
	}
	return nil
}

// newServer sets every limit that net/http leaves open (HTP01, HTP06).
func newServer(h http.Handler, o ServeOptions, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, TLSConfig: o.TLS,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func serve(server *http.Server, l net.Listener) error {
	err := error(nil)
	if server.TLSConfig != nil {
		err = server.ServeTLS(l, "", "")
	} else {
		err = server.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
