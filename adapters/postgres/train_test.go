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
	insert := &bunstore.Statement{Text: "INSERT 1", Insert: &bunstore.Insert{}}
	for name, passengers := range map[string]func(batch []*request) []*passenger{
		"each with a statement": apart,
		"with one for all":      func(batch []*request) []*passenger { return []*passenger{{text: "INSERT 2", requests: batch}} },
	} {
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
		batch := []*request{{statement: insert}, {statement: insert}}
		_ = (&train{conn: conn, end: time.Now().Add(time.Minute), batch: passengers(batch)}).run()
		for n, r := range batch {
			if r.err == nil {
				t.Fatalf("%s: request %d: done, by a server that did nothing", name, n)
			}
			if class, text := classify(r.err); class != bunstore.Broken {
				t.Errorf("%s: request %d: class %d (%s), want that of a lost connection", name, n, class, text)
			}
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
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

// Readers of one kind of row share a statement, in which each key has its place.
func TestReadersOfOneKindShareAStatement(t *testing.T) {
	lookup := func(table string) *bunstore.Statement {
		return &bunstore.Statement{Text: "one of " + table, Lookup: &bunstore.Lookup{
			Columns: "payload AS a", Table: table, Key: []string{"tenant", "id"},
		}}
	}
	grants, clients, other := lookup("grants"), lookup("clients"), &bunstore.Statement{Text: "other"}
	var batch []*request
	for n, s := range []*bunstore.Statement{grants, other, grants, clients, grants, other} {
		batch = append(batch, &request{statement: s, args: []any{[]byte{1}, []byte{byte(n)}}})
	}
	list := (&several{}).read(batch)
	if len(list) != 4 {
		t.Fatalf("%d statements", len(list))
	}
	const text = "SELECT k.place, payload AS a FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS k (k1, k2, place)" +
		" JOIN LATERAL (SELECT * FROM grants WHERE tenant = k.k1 AND id = k.k2 LIMIT 1) r ON TRUE"
	if list[0].text != text || len(list[0].requests) != 3 {
		t.Errorf("%d requests share %s", len(list[0].requests), list[0].text)
	}
	ids, err := list[0].args[1].(*array).binary()
	if want := "\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x11\x00\x00\x00\x03\x00\x00\x00\x01" +
		"\x00\x00\x00\x01\x00\x00\x00\x00\x01\x02\x00\x00\x00\x01\x04"; err != nil || string(ids) != want {
		t.Errorf("keys %q, %v", ids, err)
	}
	for _, alone := range list[1:] {
		if len(alone.requests) != 1 || alone.text != alone.requests[0].statement.Text {
			t.Errorf("%d requests share %s", len(alone.requests), alone.text)
		}
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
