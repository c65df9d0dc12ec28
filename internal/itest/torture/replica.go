//go:build unix

package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/work"
)

// child holds the Setting of a process that is to be a replica.
const child = "KEYWRIGHT_TORTURE_REPLICA"

// What a replica says on its standard output, a line each.
const (
	saysReady = "ready" // and its address
	saysLease = "lease" // it holds the lease of the purge
	saysPurge = "purge" // and how many rows it removed
	saysMail  = "mail"  // a letter was sent
)

// How often work is done here, in real time: what replicas do every half minute, they do every few seconds.
const (
	tendEvery  = 3 * time.Second
	purgeEvery = time.Second
)

// Replica makes this process a replica, if it was started as one, and then does not return. Call it first in main
// and TestMain.
func Replica() {
	text := os.Getenv(child)
	if text == "" {
		return
	}
	var s Setting
	err := json.Unmarshal([]byte(text), &s)
	if err == nil {
		err = s.serve(context.Background(), os.Stdin, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve is a replica until in is closed: then whoever started it is gone.
func (s Setting) serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	db, err := s.open(ctx)
	if err != nil {
		return err
	}
	told := told{db, out}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	idp, err := s.compose(ctx, faulty(told, s.Broken), log, s.Clock.Now, postman{out})
	if err != nil {
		return err
	}
	go often(ctx, tendEvery, func(ctx context.Context) { idp.Work(ctx) })
	purger := &work.Worker{Database: told, Now: s.Clock.Now, Logger: log}
	go often(ctx, purgeEvery, func(ctx context.Context) {
		if err := purger.Purge(ctx); err != nil && ctx.Err() == nil {
			log.Warn("purging", slog.Any("error", err))
		}
		<-ctx.Done()
	})
	return idp.Run(ctx, keywright.ServeOptions{Address: "127.0.0.1:0", Ready: func(a net.Addr) { fmt.Fprintln(out, saysReady, a) }})
}

// often does something anew each time that the duration has passed, until the context ends. It is told when to stop.
func often(ctx context.Context, every time.Duration, do func(context.Context)) {
	for ctx.Err() == nil {
		turn, over := context.WithTimeout(ctx, every)
		do(turn)
		over()
	}
}

// told is a database that says what its replica does as a worker.
type told struct {
	core.Database
	out io.Writer
}

// Lease says that the lease of the purge was taken.
func (t told) Lease(ctx context.Context, name string, holder core.ID, now, until time.Time) (bool, error) {
	held, err := t.Database.Lease(ctx, name, holder, now, until)
	if held && name == "purge" {
		fmt.Fprintln(t.out, saysLease)
	}
	return held, err
}

// Purge says how much was removed.
func (t told) Purge(ctx context.Context, now time.Time, limit int) (n int, more bool, err error) {
	n, more, err = t.Database.Purge(ctx, now, limit)
	if n > 0 {
		fmt.Fprintln(t.out, saysPurge, n)
	}
	return n, more, err
}

// postman says that a letter was sent.
type postman struct{ out io.Writer }

// Send says so.
func (p postman) Send(context.Context, string, core.Mail) error {
	_, err := fmt.Fprintln(p.out, saysMail)
	return err
}
