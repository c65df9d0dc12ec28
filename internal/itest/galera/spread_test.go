//go:build unix

package galera

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync/atomic"

	mysqldriver "github.com/go-sql-driver/mysql"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/core"
)

// spread opens the database so that each statement, and each transaction, goes to
// another node than the one before it: as a balancer of the worst kind would.
func (w world) spread(connections int) core.Database {
	w.t.Helper()
	c := &spreader{}
	for n := range nodes {
		config, err := mysqldriver.ParseDSN(w.dsn(n))
		w.must(err)
		config.ClientFoundRows, config.RejectReadOnly, config.InterpolateParams = true, true, true
		config.Collation, config.Logger = "utf8mb4_bin", &mysqldriver.NopLogger{}
		config.Params = map[string]string{
			"sql_mode": "'STRICT_ALL_TABLES'", "tx_isolation": "'READ-COMMITTED'", "innodb_lock_wait_timeout": "3", "time_zone": "'+00:00'",
			"wsrep_sync_wait": "7",
		}
		connector, err := mysqldriver.NewConnector(config)
		w.must(err)
		c.nodes[n] = connector
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	w.must(w.open(0).Migrate(w.t.Context())) // a step has to be taken on one connection
	db, err := mysql.New(w.t.Context(), pool)
	w.must(err)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// spreader connects to all nodes at once.
type spreader struct {
	nodes [nodes]driver.Connector
	next  atomic.Uint32
}

func (s *spreader) Driver() driver.Driver { return &mysqldriver.MySQLDriver{} }

func (s *spreader) Connect(ctx context.Context) (driver.Conn, error) {
	c := &spreadConn{next: &s.next}
	for n, node := range s.nodes {
		conn, err := node.Connect(ctx)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.nodes[n] = conn
	}
	return c, nil
}

// spreadConn is a connection to each node.
type spreadConn struct {
	nodes [nodes]driver.Conn
	next  *atomic.Uint32
	tx    driver.Conn // the one that a transaction is on
}

// pick is the node for the next statement. What a session has of its own is on the first.
func (c *spreadConn) pick(text string) driver.Conn {
	switch {
	case c.tx != nil:
		return c.tx
	case strings.Contains(text, "keywright_found_rows"):
		return c.nodes[0]
	}
	return c.nodes[c.next.Add(1)%nodes]
}

func (c *spreadConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return c.pick(text).(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c *spreadConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	return c.pick(text).(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c *spreadConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	node := c.pick("")
	tx, err := node.(driver.ConnBeginTx).BeginTx(ctx, o)
	if err == nil {
		c.tx = node
	}
	return spreadTx{tx, c}, err
}

type spreadTx struct {
	driver.Tx
	conn *spreadConn
}

func (t spreadTx) Commit() error {
	t.conn.tx = nil
	return t.Tx.Commit()
}

func (t spreadTx) Rollback() error {
	t.conn.tx = nil
	return t.Tx.Rollback()
}

func (c *spreadConn) Begin() (driver.Tx, error) { return nil, errors.New("galera: use BeginTx") }

func (c *spreadConn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *spreadConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	s := &spreadStmt{conn: c}
	for n, node := range c.nodes {
		stmt, err := node.(driver.ConnPrepareContext).PrepareContext(ctx, text)
		if err != nil {
			return nil, err
		}
		s.nodes[n] = stmt
	}
	return s, nil
}

func (c *spreadConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.nodes[0].(driver.NamedValueChecker).CheckNamedValue(v)
}

func (c *spreadConn) ResetSession(ctx context.Context) (err error) {
	for _, node := range c.nodes {
		err = errors.Join(err, node.(driver.SessionResetter).ResetSession(ctx))
	}
	return err
}

func (c *spreadConn) IsValid() bool {
	for _, node := range c.nodes {
		if !node.(driver.Validator).IsValid() {
			return false
		}
	}
	return true
}

func (c *spreadConn) Close() (err error) {
	for _, node := range c.nodes {
		if node != nil {
			err = errors.Join(err, node.Close())
		}
	}
	return err
}

// spreadStmt is prepared on all nodes.
type spreadStmt struct {
	conn  *spreadConn
	nodes [nodes]driver.Stmt
}

func (s *spreadStmt) pick() driver.Stmt {
	node := s.conn.pick("")
	for n := range s.nodes {
		if s.conn.nodes[n] == node {
			return s.nodes[n]
		}
	}
	return nil
}

func (s *spreadStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.pick().(driver.StmtExecContext).ExecContext(ctx, args)
}

func (s *spreadStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.pick().(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s *spreadStmt) NumInput() int { return s.nodes[0].NumInput() }

func (s *spreadStmt) Exec([]driver.Value) (driver.Result, error) {
	return nil, errors.New("galera: use ExecContext")
}

func (s *spreadStmt) Query([]driver.Value) (driver.Rows, error) {
	return nil, errors.New("galera: use QueryContext")
}

func (s *spreadStmt) CheckNamedValue(v *driver.NamedValue) error {
	return s.nodes[0].(driver.NamedValueChecker).CheckNamedValue(v)
}

func (s *spreadStmt) Close() (err error) {
	for _, stmt := range s.nodes {
		err = errors.Join(err, stmt.Close())
	}
	return err
}
