package migrations

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	sqlitedriver "modernc.org/sqlite"

	"github.com/keywright/keywright/adapters/mysql"
	"github.com/keywright/keywright/adapters/postgres"
	"github.com/keywright/keywright/adapters/sqlite"
	"github.com/keywright/keywright/core"
)

// cutter stands between a store and its database, and hears each request. While
// it is armed, the first request that it has not heard before is lost, and
// nothing after it gets through: as if the process had died there.
type cutter struct {
	after    bool   // lose the answer, once the request has taken effect
	only     string // lose only a request that holds it
	killWith int    // kill this process instead, with the n-th request sent

	mu    sync.Mutex
	armed bool
	heard map[string]bool
	all   []string
	lost  string // the last that was lost
}

var errCut = errors.New("cut")

// arm begins an attempt.
func (c *cutter) arm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed, c.lost = true, ""
	if c.heard == nil {
		c.heard = map[string]bool{}
	}
}

// disarm ends it and says what was lost.
func (c *cutter) disarm() (lost string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = false
	return c.lost
}

// fate is what becomes of a request.
type fate int

const (
	passes fate = iota
	losesItself
	losesItsAnswer
)

// hears decides about a request.
func (c *cutter) hears(request string) fate {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, request)
	switch {
	case c.armed && c.lost != "":
		return losesItself
	case !c.armed || c.heard[request] || !strings.Contains(request, c.only):
		return passes
	}
	c.heard[request], c.lost = true, request
	if c.after {
		return losesItsAnswer
	}
	return losesItself
}

// dead says that nothing gets through any more.
func (c *cutter) dead() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.armed && c.lost != ""
}

// sent kills this process if it is time to.
func (c *cutter) sent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killWith > 0 && len(c.all) == c.killWith {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// count is how often a request with the text came by.
func (c *cutter) count(text string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, request := range c.all {
		if strings.Contains(request, text) {
			n++
		}
	}
	return n
}

// cutConn is a connection over TCP. Both drivers write a request at once.
type cutConn struct {
	net.Conn
	*cutter
	losing atomic.Bool
}

// Write sends a request, or loses it.
func (c *cutConn) Write(b []byte) (int, error) {
	fate := c.hears(string(b))
	if fate == losesItself {
		_ = c.Close()
		return 0, errCut
	}
	c.losing.Store(fate == losesItsAnswer)
	n, err := c.Conn.Write(b)
	c.sent()
	return n, err
}

// Read gives an answer, or loses it.
func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.losing.Load() {
		_ = c.Close()
		return 0, errCut
	}
	return n, err
}

func (c *cutter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.dead() {
		return nil, errCut
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: conn, cutter: c}, nil
}

func cutPostgres(ctx context.Context, dsn string, c *cutter) (core.Database, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.DialFunc, config.DefaultQueryExecMode = c.dial, pgx.QueryExecModeExec
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(1)
	return postgres.New(ctx, pool)
}

var networks atomic.Int64

// cutMySQL registers a network for the cutter: the adapter makes the connector.
func cutMySQL(ctx context.Context, dsn string, c *cutter) (core.Database, error) {
	config, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	network := config.Net
	config.Net = "cut" + string(rune('a'+networks.Add(1)))
	mysqldriver.RegisterDialContext(config.Net, func(ctx context.Context, address string) (net.Conn, error) {
		return c.dial(ctx, network, address)
	})
	return mysql.Open(ctx, config.FormatDSN(), mysql.Connections(1))
}

func cutSQLite(ctx context.Context, dsn string, c *cutter) (core.Database, error) {
	pool := sql.OpenDB(cutConnector{"file:" + dsn + sqliteSettings, c})
	pool.SetMaxOpenConns(1)
	return sqlite.New(ctx, pool)
}

// cutConnector opens connections to a file through the driver itself.
type cutConnector struct {
	dsn string
	*cutter
}

// Driver is the driver below.
func (c cutConnector) Driver() driver.Driver { return &sqlitedriver.Driver{} }

// Connect opens a connection.
func (c cutConnector) Connect(context.Context) (driver.Conn, error) {
	if c.dead() {
		return nil, errCut
	}
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &cutFile{conn.(sqliteConn), c.cutter, false}, nil
}

type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

// cutFile is a connection to a file.
type cutFile struct {
	sqliteConn
	*cutter
	gone bool
}

// IsValid tells the pool of a connection that is gone.
func (c *cutFile) IsValid() bool { return !c.gone }

// Close closes what is open.
func (c *cutFile) Close() error {
	if c.gone {
		return nil
	}
	c.gone = true
	return c.sqliteConn.Close()
}

// ExecContext runs a statement, or loses it.
func (c *cutFile) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (r driver.Result, err error) {
	err = c.ask(text, func() error {
		r, err = c.sqliteConn.ExecContext(ctx, text, args)
		return err
	})
	return r, err
}

// QueryContext runs a statement, or loses it.
func (c *cutFile) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (r driver.Rows, err error) {
	err = c.ask(text, func() error {
		r, err = c.sqliteConn.QueryContext(ctx, text, args)
		return err
	})
	return r, err
}

func (c *cutFile) ask(text string, run func() error) error {
	if c.gone {
		return driver.ErrBadConn
	}
	fate := c.hears(text)
	if fate == losesItself {
		return errors.Join(errCut, c.Close())
	}
	err := run()
	c.sent()
	if fate == losesItsAnswer {
		return errors.Join(errCut, c.Close())
	}
	return err
}
