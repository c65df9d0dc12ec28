package postgres

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// A server that refuses the first statement of a batch, which is its caller's
// own trouble, and dies before the batch could be run again statement by
// statement: nobody else in it may be told that a key of theirs is taken.
func TestARefusalIsNobodyElsesWhereTheConnectionIsLostAfterIt(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	served := make(chan error, 1)
	go func() { served <- refuseAndDie(listener) }()

	conn, err := pgconn.Connect(context.Background(), "postgres://kw@"+listener.Addr().String()+"/kw?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	batch := []*request{{text: "INSERT 1"}, {text: "INSERT 1"}}
	_ = (&train{conn: conn, end: time.Now().Add(time.Minute), batch: batch}).run()
	for n, r := range batch {
		if r.err == nil {
			t.Fatalf("request %d: done, by a server that did nothing", n)
		}
		if class, text := classify(r.err); class != bunstore.Broken {
			t.Errorf("request %d: class %d (%s), want that of a lost connection", n, class, text)
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func refuseAndDie(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	b := pgproto3.NewBackend(conn, conn)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return err
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for err := b.Flush(); err == nil; err = b.Flush() {
		message, err := b.Receive()
		if err != nil {
			return err
		}
		switch message.(type) {
		case *pgproto3.Parse:
			b.Send(&pgproto3.ParseComplete{})
			b.Send(&pgproto3.ParameterDescription{})
			b.Send(&pgproto3.NoData{})
			b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		case *pgproto3.Execute:
			b.Send(&pgproto3.BindComplete{})
			b.Send(&pgproto3.NoData{})
			b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "23505"})
		case *pgproto3.Terminate:
			return errors.New("the client has left")
		}
		if _, last := message.(*pgproto3.Execute); last {
			return b.Flush()
		}
	}
	return nil
}

// A batch that panics is of unknown outcome to all in it: unavailable, never an
// internal error.
func TestAPanicInABatchIsALostConnectionToOthers(t *testing.T) {
	if class, text := classify(errPanicked); class != bunstore.Broken {
		t.Errorf("class %d (%s), want that of a lost connection", class, text)
	}
}

// A connection on which a name is taken is of no use: on another the statement
// can be prepared.
func TestATakenNameIsStale(t *testing.T) {
	if class := classOf(&pgconn.PgError{Code: "42P05"}); class != bunstore.Stale {
		t.Errorf("class %d, want %d", class, bunstore.Stale)
	}
}

// Two processes behind a proxy prepare statements in different orders.
func TestANameTellsOfItsStatement(t *testing.T) {
	one, other := nameOf("SELECT 1"), nameOf("SELECT 2")
	if one == other || one != nameOf("SELECT 1") || len(one) > 63 {
		t.Errorf("%s and %s", one, other)
	}
}
