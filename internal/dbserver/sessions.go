//go:build unix

package dbserver

import (
	"context"
	"database/sql"
	"strings"
)

// Session is a connection to MySQL or MariaDB, as the server tells of it.
type Session struct {
	ID                               int64
	Address, Command, State, Running string // Running is the first 100 characters of its statement
}

// MySQLSessions are the other connections to the database that db is connected to.
// It asks by SHOW PROCESSLIST: on MySQL information_schema.processlist fails while
// anybody's statement holds bytes that are no text, as built ones do.
func MySQLSessions(ctx context.Context, db *sql.DB) ([]Session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	var own int64
	var here sql.NullString
	if err := conn.QueryRowContext(ctx, "SELECT CONNECTION_ID(), DATABASE()").Scan(&own, &here); err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, "SHOW PROCESSLIST")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all []Session
	for rows.Next() {
		var s Session
		var database, state, running sql.NullString
		into := make([]any, len(columns))
		for n, column := range columns { // MariaDB has one more
			switch strings.ToLower(column) {
			case "id":
				into[n] = &s.ID
			case "host":
				into[n] = &s.Address
			case "db":
				into[n] = &database
			case "command":
				into[n] = &s.Command
			case "state":
				into[n] = &state
			case "info":
				into[n] = &running
			default:
				into[n] = new(any)
			}
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		s.State, s.Running = state.String, running.String
		if database == here && s.ID != own {
			all = append(all, s)
		}
	}
	return all, rows.Err()
}
