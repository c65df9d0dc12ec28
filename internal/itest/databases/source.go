//go:build unix

package databases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	mysqldriver "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver registers itself

	"github.com/keywright/keywright/internal/dbserver"
)

// kind is what one kind of database has for itself.
type kind struct {
	title, variable, driver string
	creating, dropping      string // what follows the name of a database
	start                   func(context.Context, dbserver.Options) (*dbserver.Server, error)
	image                   image
	at                      func(dsn, database string) (string, error) // the same server, another database
}

var (
	postgres = kind{
		title: "Postgres", variable: "KEYWRIGHT_TEST_POSTGRES", driver: "pgx",
		creating: " TEMPLATE template0", dropping: " WITH (FORCE)",
		start: dbserver.StartPostgres, image: postgresImage, at: postgresAt,
	}
	mysql = kind{
		title: "MySQL", variable: "KEYWRIGHT_TEST_MYSQL", driver: "mysql",
		start: dbserver.StartMySQL, image: mysqlImage, at: mysqlAt,
	}
)

// server is one on which databases can be made.
type server struct {
	kind  kind
	dsn   string
	admin *sql.DB
	// private ends with the last reference to it; nil if it is not ours.
	private *dbserver.Server
}

// find looks for a server: in the environment, as a container, on this machine.
func (k kind) find() (*server, error) {
	dsn := os.Getenv(k.variable)
	if dsn == none {
		return nil, k.without()
	}
	if dsn != "" {
		return k.connect(dsn, nil)
	}
	ctx, cancel := context.WithTimeout(context.Background(), starting)
	defer cancel()
	failed := error(errNoEngine)
	if engineAnswers() {
		if dsn, failed = k.image.start(ctx); failed == nil {
			return k.connect(dsn, nil)
		}
	}
	private, err := k.start(ctx, dbserver.Options{})
	var missing *dbserver.MissingError
	if errors.As(err, &missing) {
		return nil, needs(fmt.Sprintf("%s, or a DSN in %s, or Docker (%v)", missing, k.variable, failed))
	}
	if err != nil {
		return nil, err
	}
	return k.connect(private.DSN(""), private)
}

// without is said where the environment wants no server.
func (k kind) without() needs {
	return needs(fmt.Sprintf("needs %s: unset %s, which says %s", k.title, k.variable, none))
}

func (k kind) connect(dsn string, private *dbserver.Server) (*server, error) {
	admin, err := sql.Open(k.driver, dsn)
	if err == nil {
		err = admin.Ping()
	}
	if err != nil {
		return nil, fmt.Errorf("databases: the %s of %s: %w", k.title, k.variable, err)
	}
	admin.SetMaxIdleConns(1)
	return &server{kind: k, dsn: dsn, admin: admin, private: private}, nil
}

// postgresAt takes both forms of DSN: a URL, or words of which the last counts.
func postgresAt(dsn, database string) (string, error) {
	if !strings.Contains(dsn, "://") {
		return dsn + " dbname=" + database, nil
	}
	at, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("databases: the DSN of Postgres is no URL") // the error would quote its password
	}
	at.Path = "/" + database
	return at.String(), nil
}

func mysqlAt(dsn, database string) (string, error) {
	config, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return "", fmt.Errorf("databases: the DSN of MySQL: %w", err)
	}
	config.DBName = database
	return config.FormatDSN(), nil
}
