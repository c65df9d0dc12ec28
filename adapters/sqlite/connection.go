package sqlite

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// failure is an extended result code of SQLite. Its words are left out: they may
// repeat a part of the statement.
type failure int32

// Error gives the code.
func (f failure) Error() string { return "sqlite: result code " + strconv.Itoa(int(f)) }

// connection is one to the file that speaks to the library without the driver: for
// a row of 20 columns the driver asks 100 times, each time under two locks, makes a
// string of each name, and copies each value and parameter by itself. It is one
// caller's at a time, which is what lets the library do without locks.
type connection struct {
	tls *libc.TLS
	db  uintptr
	// room is memory that SQLite can read, of so many bytes, for the parameters of
	// the statement that runs.
	room uintptr
	size int
	// statements that callers repeat, and the limits of transactions.
	statements map[*bunstore.Statement]*prepared
	plain      map[string]*prepared
	// spoilt is set where pages made no sense. They stay in its cache, though the file
	// may be right again or have been so all the time, so that it is of no use any more.
	spoilt bool
}

// prepared is a statement on one connection.
type prepared struct {
	at                  uintptr
	parameters, columns int
}

// connect opens a connection that stays, to a file that is there, and has it run
// the settings.
func connect(path string, settings []string) (*connection, error) {
	c := &connection{
		tls: libc.NewTLS(), statements: map[*bunstore.Statement]*prepared{}, plain: map[string]*prepared{},
	}
	err := c.open(path)
	for _, setting := range settings {
		if err == nil {
			err = c.set(setting)
		}
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

const pointer = 8 // bytes of one, at most

func (c *connection) open(path string) error {
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	at := c.tls.Alloc(pointer)
	defer c.tls.Free(pointer)
	rc := lib.Xsqlite3_open_v2(c.tls, name, at,
		lib.SQLITE_OPEN_READWRITE|lib.SQLITE_OPEN_NOMUTEX|lib.SQLITE_OPEN_PRIVATECACHE, 0)
	c.db = libc.AtomicLoadPUintptr(at) // there to be closed even after an error
	if rc != lib.SQLITE_OK {
		return failure(rc)
	}
	if lib.Xsqlite3_db_readonly(c.tls, c.db, 0) != 0 { // it was opened all the same
		return failure(lib.SQLITE_READONLY)
	}
	if rc = lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1); rc != lib.SQLITE_OK {
		return failure(rc)
	}
	if err := c.strict(); err != nil {
		return err
	}
	return c.grow(4096)
}

// strict takes what stands in double quotes for a name, never for a string. It comes
// before the first statement.
func (c *connection) strict() error {
	list := c.tls.Alloc(2 * pointer)
	defer c.tls.Free(2 * pointer)
	for _, strings := range []int32{lib.SQLITE_DBCONFIG_DQS_DDL, lib.SQLITE_DBCONFIG_DQS_DML} {
		rc := lib.Xsqlite3_db_config(c.tls, c.db, strings, libc.VaList(list, int32(0), uintptr(0)))
		if rc != lib.SQLITE_OK {
			return failure(rc)
		}
	}
	return nil
}

// grow makes room for so many bytes.
func (c *connection) grow(size int) error {
	if size <= c.size {
		return nil
	}
	room := lib.Xsqlite3_malloc64(c.tls, lib.Tsqlite3_uint64(size))
	if room == 0 {
		return failure(lib.SQLITE_NOMEM)
	}
	lib.Xsqlite3_free(c.tls, c.room)
	c.room, c.size = room, size
	return nil
}

// close lets everything go. The connection is of no use any more.
func (c *connection) close() {
	for _, p := range c.statements {
		lib.Xsqlite3_finalize(c.tls, p.at)
	}
	for _, p := range c.plain {
		lib.Xsqlite3_finalize(c.tls, p.at)
	}
	if c.db != 0 {
		lib.Xsqlite3_close_v2(c.tls, c.db)
	}
	lib.Xsqlite3_free(c.tls, c.room)
	c.tls.Close()
}

// set runs a setting once.
func (c *connection) set(text string) error {
	p, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer lib.Xsqlite3_finalize(c.tls, p.at)
	_, err = c.exec(p, nil)
	return err
}

func (c *connection) prepare(text string) (*prepared, error) {
	words, err := libc.CString(text)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, words)
	at := c.tls.Alloc(pointer)
	defer c.tls.Free(pointer)
	if rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, words, -1, lib.SQLITE_PREPARE_PERSISTENT, at, 0); rc != lib.SQLITE_OK {
		return nil, c.failed(rc)
	}
	p := &prepared{at: libc.AtomicLoadPUintptr(at)}
	p.parameters = int(lib.Xsqlite3_bind_parameter_count(c.tls, p.at))
	p.columns = int(lib.Xsqlite3_column_count(c.tls, p.at))
	return p, nil
}

func (c *connection) statement(s *bunstore.Statement) (*prepared, error) {
	if p := c.statements[s]; p != nil {
		return p, nil
	}
	p, err := c.prepare(s.Text)
	if err == nil {
		c.statements[s] = p
	}
	return p, err
}

var errParameters = errors.New("sqlite: parameters that do not fit the statement")

// bind puts parameters in their places. All of them, so that none is left of the
// last time, whose bytes are gone.
func (c *connection) bind(p *prepared, args []any) error {
	size := 0
	for _, arg := range args {
		if b, ok := arg.([]byte); ok {
			size += len(b)
		}
	}
	if len(args) != p.parameters {
		return errParameters
	}
	if err := c.grow(size); err != nil {
		return err
	}
	used := 0
	for n, arg := range args {
		place, rc := int32(n)+1, int32(0)
		switch v := arg.(type) {
		case nil:
			rc = lib.Xsqlite3_bind_null(c.tls, p.at, place)
		case int64:
			rc = lib.Xsqlite3_bind_int64(c.tls, p.at, place, v)
		case []byte:
			if v == nil {
				rc = lib.Xsqlite3_bind_null(c.tls, p.at, place)
				break
			}
			copy(libc.GoBytes(c.room+uintptr(used), len(v)), v)
			rc = lib.Xsqlite3_bind_blob(c.tls, p.at, place, c.room+uintptr(used), int32(len(v)), lib.SQLITE_STATIC)
			used += len(v)
		default:
			return fmt.Errorf("%w: a %T", errParameters, arg)
		}
		if rc != lib.SQLITE_OK {
			return failure(rc)
		}
	}
	return nil
}

// step runs a statement up to its next row and says whether there is one.
func (c *connection) step(p *prepared) (bool, error) {
	switch rc := lib.Xsqlite3_step(c.tls, p.at); rc {
	case lib.SQLITE_ROW:
		return true, nil
	case lib.SQLITE_DONE:
		return false, nil
	default:
		return false, c.failed(rc)
	}
}

// failed is what a statement failed by.
func (c *connection) failed(rc int32) error {
	if code := rc & 0xff; code == lib.SQLITE_CORRUPT || code == lib.SQLITE_NOTADB {
		c.spoilt = true
	}
	return failure(rc)
}

// Query runs a statement to its end and gives all its rows.
func (c *connection) Query(s *bunstore.Statement, args []any) (rows bunstore.Rows, err error) {
	p, err := c.statement(s)
	if err != nil {
		return rows, err
	}
	if err := c.bind(p, args); err != nil {
		return rows, err
	}
	defer lib.Xsqlite3_reset(c.tls, p.at) // repeats the error of the step
	for {
		more, err := c.step(p)
		if err != nil || !more {
			return rows, err
		}
		c.row(p, &rows)
	}
}

// row adds the row that p is at. A value for which there is no room is an empty one;
// the next step fails then.
func (c *connection) row(p *prepared, rows *bunstore.Rows) {
	rows.Begin(p.columns)
	for n := range int32(p.columns) {
		var v bunstore.Value
		switch lib.Xsqlite3_column_type(c.tls, p.at, n) {
		case lib.SQLITE_NULL:
		case lib.SQLITE_INTEGER:
			v.IsNumber, v.Number = true, lib.Xsqlite3_column_int64(c.tls, p.at, n)
		default:
			v.Bytes = []byte{} // where there are none SQLite gives no address
			from := lib.Xsqlite3_column_blob(c.tls, p.at, n)
			if length := lib.Xsqlite3_column_bytes(c.tls, p.at, n); length > 0 {
				v.Bytes = libc.GoBytes(from, int(length))
			}
		}
		rows.Values = append(rows.Values, v)
	}
	rows.Keep()
}

// Exec runs a statement to its end and says how many rows it changed.
func (c *connection) Exec(s *bunstore.Statement, args []any) (int64, error) {
	p, err := c.statement(s)
	if err != nil {
		return 0, err
	}
	return c.exec(p, args)
}

func (c *connection) exec(p *prepared, args []any) (int64, error) {
	if err := c.bind(p, args); err != nil {
		return 0, err
	}
	defer lib.Xsqlite3_reset(c.tls, p.at)
	for {
		if more, err := c.step(p); err != nil {
			return 0, err
		} else if !more {
			return int64(lib.Xsqlite3_changes(c.tls, c.db)), nil
		}
	}
}

// Do runs what has no parameters and gives nothing.
func (c *connection) Do(text string) error {
	p := c.plain[text]
	if p == nil {
		var err error
		if p, err = c.prepare(text); err != nil {
			return err
		}
		c.plain[text] = p
	}
	_, err := c.exec(p, nil)
	return err
}

// Begin begins a transaction that may write at once.
func (c *connection) Begin() error { return c.Do("BEGIN IMMEDIATE") }

// Commit ends the transaction; it is durable then.
func (c *connection) Commit() error { return c.Do("COMMIT") }

// Rollback undoes the transaction, if one is left: an error may have undone it.
func (c *connection) Rollback() error {
	if !c.begun() {
		return nil
	}
	return c.Do("ROLLBACK")
}

// begun says whether a transaction is left.
func (c *connection) begun() bool { return lib.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }
