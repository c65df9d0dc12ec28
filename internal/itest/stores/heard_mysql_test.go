package stores

import (
	"context"
	"database/sql/driver"
	"regexp"
	"strings"
	"sync"
)

// mysqlShared are the statements for several rows that a pool has run, each with the
// values that named most rows.
type mysqlShared struct {
	mu    sync.Mutex
	found bool // since begin
	said  map[string]said
}

func (h *mysqlShared) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = false
}

// several says whether many shared a statement since begin.
func (h *mysqlShared) several() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.found
}

const fewAtLeast = 5 // rows, for which a statement is padded

var rowsByKey = regexp.MustCompile(`(?:FROM|UPDATE) (\w+) .*\.?id\) IN \((\(\?, \?\)(?:, \(\?, \?\))*)\)`)

// hear keeps what was said with a statement.
func (h *mysqlShared) hear(text string, args []driver.NamedValue) {
	match := rowsByKey.FindStringSubmatch(text)
	if match == nil {
		return
	}
	s := said{table: match[1], rows: strings.Count(match[2], "(")}
	for _, a := range args {
		s.args = append(s.args, a.Value)
	}
	keys := s.args[:2*s.rows]
	if strings.HasPrefix(text, "UPDATE") { // keys, and a text for each row, come last
		keys = s.args[len(s.args)-3*s.rows : len(s.args)-s.rows]
	}
	distinct := map[string]bool{}
	for n := 0; n < len(keys); n += 2 {
		tenant, _ := keys[n].([]byte)
		id, _ := keys[n+1].([]byte)
		distinct[string(tenant)+string(id)] = true
	}
	s.distinct = len(distinct)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = h.found || s.distinct >= fewAtLeast
	if s.distinct > h.said[text].distinct {
		h.said[text] = s
	}
}

// heardConnector makes connections whose prepared statements are heard.
type heardConnector struct {
	driver.Connector
	heard *mysqlShared
}

func (c heardConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return heardConn{conn.(mysqlConn), c.heard}, nil
}

// mysqlConn is all that the driver's connections can.
type mysqlConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

type heardConn struct {
	mysqlConn
	heard *mysqlShared
}

func (c heardConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	statement, err := c.mysqlConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return heardStmt{statement.(mysqlStmt), text, c.heard}, nil
}

// mysqlStmt is all that the driver's statements can.
type mysqlStmt interface {
	driver.Stmt
	driver.NamedValueChecker
	driver.StmtExecContext
	driver.StmtQueryContext
}

type heardStmt struct {
	mysqlStmt
	text  string
	heard *mysqlShared
}

func (s heardStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.heard.hear(s.text, args)
	return s.mysqlStmt.ExecContext(ctx, args)
}

func (s heardStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.heard.hear(s.text, args)
	return s.mysqlStmt.QueryContext(ctx, args)
}
