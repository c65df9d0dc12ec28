package keywright_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
)

// busy is a database whose steps somebody else is taking until a line is logged.
type busy struct {
	core.Database
	log *firstLine
}

func (b busy) Migrate(ctx context.Context) error {
	<-b.log.written
	return b.Database.Migrate(ctx)
}

// firstLine keeps the first line of a log.
type firstLine struct {
	once    sync.Once
	text    string
	written chan struct{}
}

func (l *firstLine) Write(b []byte) (int, error) {
	l.once.Do(func() {
		l.text = string(b)
		close(l.written)
	})
	return len(b), nil
}

// A start that has to wait says so, or it would look dead.
func TestStartSaysThatItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, log := sound(t), &firstLine{written: make(chan struct{})}
		c.Logger, c.Database = slog.New(slog.NewTextHandler(log, nil)), busy{memory.New(), log}
		if _, err := keywright.New(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.text, "bringing the schema up to date") {
			t.Error(log.text)
		}
	})
}

// behind is a database that lacks steps and must not be given them.
type behind struct {
	core.Database
	t *testing.T
}

func (b behind) Migrate(context.Context) error {
	b.t.Error("Migrate was called")
	return nil
}

func (b behind) Ready(context.Context) error {
	return core.Unavailable(errors.New("a step is missing"))
}

func TestNoMigrateOnlyLooks(t *testing.T) {
	c := sound(t)
	c.Database, c.NoMigrate = behind{memory.New(), t}, true
	_, err := keywright.New(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "NoMigrate") || !strings.Contains(err.Error(), "a step is missing") {
		t.Error(err)
	}
}
