package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/keywright/keywright/adapters/internal/bunstore"
)

// train is a batch on its way over one connection.
type train struct {
	conn   *pgconn.PgConn
	end    time.Time
	batch  []*passenger
	unsent bool // the connection was dead: nobody has seen the batch
}

// take runs the batch on a connection of the pool.
func (t *train) take(ctx context.Context, pool *sql.DB) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		fail(t.batch, err)
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.Raw(func(raw any) error { // what went wrong is in the requests
		c, ok := raw.(*stdlib.Conn)
		if !ok {
			fail(t.batch, errDriver)
			return nil
		}
		t.conn = c.Conn().PgConn()
		return t.run()
	})
}

// run answers every request. The batch is one transaction; if a statement in it
// fails nothing was changed, and each request is run again as one of its own, still
// in one round trip. What it returns has the pool drop the connection.
func (t *train) run() error {
	if err := t.conn.Conn().SetDeadline(t.end); err != nil {
		fail(t.batch, err)
		return driver.ErrBadConn
	}
	err := t.send(len(t.batch) == 1)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (len(t.batch) > 1 || len(t.batch[0].requests) > 1) {
		if t.conn.IsClosed() {
			t.lost(refused)
			return driver.ErrBadConn
		}
		t.batch = alone(t.batch)
		err = t.send(true)
	}
	switch {
	case t.conn.IsClosed():
		return driver.ErrBadConn
	case errors.As(err, &refused) && classOf(refused) == bunstore.Stale:
		return driver.ErrBadConn // what was prepared on it is of no use any more
	}
	if t.conn.Conn().SetDeadline(time.Time{}) != nil {
		return driver.ErrBadConn
	}
	return nil
}

// alone gives each request of a batch a statement of its own.
func alone(batch []*passenger) (list []*passenger) {
	for _, p := range batch {
		list = append(list, apart(p.requests)...)
	}
	return list
}

// lost is a connection that ended after something was said of the whole batch. If
// that was about one of its statements it is no answer to the others.
func (t *train) lost(said *pgconn.PgError) {
	switch classOf(said) {
	case bunstore.Retry, bunstore.Broken, bunstore.Unavailable:
	default:
		fail(t.batch, io.ErrUnexpectedEOF)
	}
}

// send sends the batch and reads its answers, with an end of transaction after
// each statement if apart, else after the last one. It returns what went wrong
// first; where the end of a transaction was not confirmed, all of it has.
func (t *train) send(apart bool) error {
	statements, args, err := t.prepare()
	if err != nil {
		fail(t.batch, err)
		t.unsent = t.conn.IsClosed()
		return err
	}
	if len(t.batch) == 1 {
		return t.sendOne(statements[0], args[0])
	}
	p := t.conn.StartPipeline(context.Background())
	for n, who := range t.batch {
		who.clear()
		p.SendQueryStatement(statements[n], args[n], binaryFormat, binaryFormat)
		if apart || n == len(t.batch)-1 {
			p.SendPipelineSync()
		}
	}
	if err = p.Flush(); err == nil {
		err = t.receive(p, apart)
	} else {
		t.unsent = pgconn.SafeToRetry(err)
		fail(t.batch, err)
	}
	if ended := p.Close(); err == nil && ended != nil {
		fail(t.batch, ended)
		err = ended
	}
	return err
}

// sendOne is send for a single statement: a pipeline keeps lists of what it waits for.
func (t *train) sendOne(statement *pgconn.StatementDescription, args [][]byte) error {
	who := t.batch[0]
	who.clear()
	err := who.answer(t.conn.ExecStatement(context.Background(), statement, args, binaryFormat, binaryFormat))
	if err != nil {
		t.unsent = pgconn.SafeToRetry(err)
		fail(t.batch, err)
	}
	return err
}

var binaryFormat = []int16{1}

// receive reads the answers in their order.
func (t *train) receive(p *pgconn.Pipeline, apart bool) (first error) {
	for n, who := range t.batch {
		err := who.read(p)
		if err == nil && (apart || n == len(t.batch)-1) {
			err = ended(p)
		}
		if err == nil {
			continue
		}
		if first == nil {
			first = err
		}
		var refused *pgconn.PgError
		switch {
		case !errors.As(err, &refused): // the connection is lost: nobody knows of what was not confirmed
			if !apart {
				n = 0
			}
			fail(t.batch[n:], err)
			return first
		case !apart:
			fail(t.batch, err)
			return first
		}
		fail(t.batch[n:n+1], err)
		if err := ended(p); err != nil {
			fail(t.batch[n:], err)
			return first
		}
	}
	return first
}

// ended reads the end of a transaction.
func ended(p *pgconn.Pipeline) error {
	answer, err := p.GetResults()
	if err != nil {
		return err
	}
	if _, ok := answer.(*pgconn.PipelineSync); !ok {
		return fmt.Errorf("postgres: %T where a transaction ends", answer)
	}
	return nil
}

// clear makes those who wait as if nothing had been asked.
func (p *passenger) clear() {
	for _, r := range p.requests {
		r.rows, r.changed, r.err = bunstore.Rows{}, 0, nil
	}
}

// read reads the answer to one statement.
func (p *passenger) read(from *pgconn.Pipeline) error {
	answer, err := from.GetResults()
	if err != nil {
		return err
	}
	rows, ok := answer.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("postgres: %T in answer to a statement", answer)
	}
	return p.answer(rows)
}

// answer hands out what one statement gives.
func (p *passenger) answer(rows *pgconn.ResultReader) (err error) {
	fields := rows.FieldDescriptions()
	for rows.NextRow() {
		if err = p.row(fields, rows.Values()); err != nil {
			break
		}
	}
	tag, closed := rows.Close()
	if err := errors.Join(closed, err); err != nil {
		return err
	}
	return p.count(tag.RowsAffected())
}

// count tells those who write how many rows they have changed. Of an update that
// they share the rows that it gave have told.
func (p *passenger) count(changed int64) error {
	shared := len(p.requests) > 1
	switch insert := p.requests[0].statement.Insert != nil; {
	case shared && insert && changed != int64(len(p.requests)):
		return fmt.Errorf("postgres: %d rows were added, not %d", changed, len(p.requests))
	case shared && !insert:
		return nil
	}
	for _, r := range p.requests {
		r.changed = changed / int64(len(p.requests))
	}
	return nil
}

// row gives a row to who asked for it.
func (p *passenger) row(fields []pgconn.FieldDescription, row [][]byte) error {
	r := p.requests[0]
	if len(p.requests) > 1 {
		place := binary.BigEndian.Uint64(row[0])
		r, fields, row = p.requests[place-1], fields[1:], row[1:]
		r.changed = 1
	}
	return decode(&r.rows, fields, row)
}

// decode adds a row.
func decode(rows *bunstore.Rows, fields []pgconn.FieldDescription, row [][]byte) error {
	rows.Begin(len(row))
	for n, b := range row {
		var v bunstore.Value
		switch oid := fields[n].DataTypeOID; {
		case b == nil:
		case oid == pgtype.Int8OID && len(b) == 8:
			v.IsNumber, v.Number = true, int64(binary.BigEndian.Uint64(b))
		case oid == pgtype.ByteaOID:
			v.Bytes = b
		case oid == pgtype.Int8ArrayOID:
			if err := numbers(rows, &v, b); err != nil {
				return err
			}
		default:
			return fmt.Errorf("postgres: a column of type %d", oid)
		}
		rows.Values = append(rows.Values, v)
	}
	rows.Keep()
	return nil
}

// encode writes parameters as the statement takes them.
func encode(args []any, oids []uint32) ([][]byte, error) {
	if len(args) != len(oids) {
		return nil, fmt.Errorf("postgres: %d parameters for %d places", len(args), len(oids))
	}
	list, numbers := make([][]byte, len(args)), make([]byte, 0, 8*len(args))
	for n, arg := range args {
		switch v := arg.(type) {
		case nil:
		case []byte:
			list[n] = v
		case *array:
			whole, err := v.binary()
			if err != nil {
				return nil, err
			}
			list[n] = whole
		case int64:
			at := len(numbers)
			numbers = binary.BigEndian.AppendUint64(numbers, uint64(v))
			list[n] = numbers[at:]
		default:
			return nil, fmt.Errorf("postgres: a parameter of type %T", arg)
		}
		if _, number := arg.(int64); number != (oids[n] == pgtype.Int8OID) && arg != nil {
			return nil, fmt.Errorf("postgres: a parameter of type %T where the statement has type %d", arg, oids[n])
		}
	}
	return list, nil
}

// preparedHere is where a connection keeps the statements that were prepared on
// it.
const preparedHere = "keywright"

// nameOf is the name that a statement is prepared under. It tells of the text, so
// that behind a proxy which hands connections on, and was not noticed, it is never
// that of another statement, prepared there by another process.
func nameOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "keywright_" + hex.EncodeToString(sum[:16])
}

// prepare prepares on this connection what is not yet, and writes the parameters.
func (t *train) prepare() ([]*pgconn.StatementDescription, [][][]byte, error) {
	kept, ok := t.conn.CustomData()[preparedHere].(map[string]*pgconn.StatementDescription)
	if !ok {
		kept = map[string]*pgconn.StatementDescription{}
		t.conn.CustomData()[preparedHere] = kept
	}
	statements, args := make([]*pgconn.StatementDescription, len(t.batch)), make([][][]byte, len(t.batch))
	for n, p := range t.batch {
		s, err := kept[p.text], error(nil)
		if s == nil {
			if s, err = t.conn.Prepare(context.Background(), nameOf(p.text), p.text, nil); err != nil {
				return nil, nil, err
			}
			kept[p.text] = s
		}
		if args[n], err = encode(p.args, s.ParamOIDs); err != nil {
			return nil, nil, err
		}
		statements[n] = s
	}
	return statements, args, nil
}
