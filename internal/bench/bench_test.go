package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets this program be the provider's process as well.
func TestMain(m *testing.M) {
	if !IsChild(os.Args) {
		os.Exit(m.Run())
	}
	if err := Child(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The bench itself, for moments: every operation with every crowd must work, on
// a store without statements and on one with.
func TestRunWithoutErrors(t *testing.T) {
	var out bytes.Buffer
	found, failed, err := Run(t.Context(), Options{
		Stores: []string{"memory", "sqlite"}, Callers: []int{1, 3}, Crowds: Crowds(), Connections: 4, Duration: 5 * time.Millisecond, Out: &out,
	})
	if err != nil || failed > 0 {
		t.Fatalf("%d failed, %v\n%s", failed, err, out.String())
	}
	for _, s := range found.Stores {
		if want := 2 * (len(operations()) + 6 + 3); len(s.Operations) != want {
			t.Errorf("%s: %d operations, want %d", s.Store, len(s.Operations), want)
		}
		for _, o := range s.Operations {
			if o.Rate <= 0 || o.Median <= 0 || o.Bare <= 0 {
				t.Errorf("%s, %s: %+v", s.Store, o.Name, o)
			}
			if s.Store == "sqlite" && o.Name == refreshing && o.Crowd == People && (o.Statements < 2 || o.Statements > 2.5) {
				t.Errorf("a refresh took %.2f statements", o.Statements)
			}
		}
	}
	if len(found.Stores[1].Ratios) != 4 || len(found.Stores[1].Limits) == 0 {
		t.Errorf("beside the bare statements: %+v", found.Stores[1])
	}
}

func TestScaleOnAFewRows(t *testing.T) {
	var out bytes.Buffer
	o := ScaleOptions{
		Options: Options{Stores: []string{"sqlite"}, Connections: 4, Duration: time.Millisecond, Out: &out},
		Parts:   []string{"rows"}, SignIns: people / 8,
	}
	found, _, err := Scale(t.Context(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	rows := map[string]TableFinding{}
	for _, f := range found.Scale[0].Rows.Tables {
		rows[f.Name] = f
	}
	if g := rows["grants"]; g.PerSignIn != 1 || g.PerFlow != 1 || g.RowBytes < 300 {
		t.Errorf("grants: %+v", g)
	}
	if s := rows["sessions"]; s.PerSignIn != 1 || s.PerFlow != 0 {
		t.Errorf("sessions: %+v", s)
	}
}

func TestAnAbsentStoreIsNoError(t *testing.T) {
	_, err := newTarget(t.Context(), "mysql", Options{MySQL: "keywright@tcp(127.0.0.1:1)/x"})
	if err == nil || strings.Contains(err.Error(), errAbsent.Error()) {
		t.Errorf("a server that was named and is not there: %v", err)
	}
}

// A round trip is a client that speaks after its server has: what is sent at
// once is one.
func TestWireCountsRoundTrips(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		c, err := server.Accept()
		if err == nil {
			_, _ = io.Copy(c, c) // says what it hears
			_ = c.Close()
		}
	}()
	w, err := listenWire(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", w.addr())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Write([]byte("two words")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 9)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if n := w.trips.Load(); n != 3 {
		t.Errorf("%d round trips, want 3", n)
	}
}

func TestParseProcess(t *testing.T) {
	const line = "42 (a (b) c) S 7 42 42 0 -1 4194304 100 0 0 0 150 50 30 20 20 0 3 0 9 1 2"
	p, err := parseProcess(42, line)
	want := process{pid: 42, parent: 7, name: "a (b) c", threads: 3, own: 2 * time.Second, reaped: 500 * time.Millisecond}
	if err != nil || p != want {
		t.Errorf("%+v, %v; want %+v", p, err, want)
	}
	if _, err := parseProcess(1, "no parentheses"); err == nil {
		t.Error("a line of another form is read")
	}
}

func TestDSNsAtAnotherAddress(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://u:p@db:5432/a?sslmode=disable": "postgres://u:p@127.0.0.1:9/a?sslmode=disable",
		"host=db user=u dbname=a":                  "host=db user=u dbname=a host=127.0.0.1 port=9",
	} {
		if got := postgresAt(dsn, "127.0.0.1:9", ""); got != want {
			t.Errorf("%s becomes %s, want %s", dsn, got, want)
		}
	}
	if got := postgresAt("postgres://u@db/a", "", "b"); got != "postgres://u@db/b" {
		t.Errorf("another database: %s", got)
	}
	if got, err := mysqlAt("u:p@tcp(db:3306)/a", "127.0.0.1:9"); err != nil || got != "u:p@tcp(127.0.0.1:9)/a" {
		t.Errorf("%s, %v", got, err)
	}
}
