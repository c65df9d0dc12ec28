package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	"github.com/keywright/keywright/core"
	_ "modernc.org/sqlite" // the driver registers itself
	lib "modernc.org/sqlite/lib"
)

// Option changes how Open opens.
type Option func(*options)

type options struct {
	readers     int
	code        func(error) (int, bool)
	onStatement func(ctx context.Context, text string)
}

// Readers sets how many connections read at once: 1 to 64, 4 by default.
func Readers(n int) Option {
	return func(o *options) { o.readers = min(max(n, 1), 64) }
}

// OnStatement hears every statement, with values: for tests that count.
func OnStatement(hear func(ctx context.Context, text string)) Option {
	return func(o *options) { o.onStatement = hear }
}

// ResultCode tells New how another driver's errors carry SQLite's extended result
// code (sqlite.org/rescode.html); ok is false for errors that have none.
func ResultCode(code func(error) (n int, ok bool)) Option {
	return func(o *options) { o.code = code }
}

// Memory as a path gives a database of its own in a temporary folder that Close
// removes. It is a file because an SQLite database in memory has no WAL: its
// readers would wait for its writer, and a test would see another store than
// the one in production.
const Memory = ":memory:"

// Open opens the database in the file at path and makes the file, for its owner
// alone, where there is none. Its schema is brought up to date by Migrate.
func Open(ctx context.Context, path string, opts ...Option) (core.Database, error) {
	o := optionsOf(opts)
	folder := ""
	if path == Memory {
		var err error
		if folder, err = os.MkdirTemp("", "keywright-"); err != nil {
			return nil, core.Unavailable(err)
		}
		path = filepath.Join(folder, "memory.db")
	}
	db, err := open(ctx, path, o)
	if folder == "" {
		return db, err
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &temporary{Database: db, folder: folder}, nil
}

func optionsOf(opts []Option) options {
	o := options{readers: 4, code: resultCode}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// New is Open for a pool of the caller's own, for example of a driver that uses
// cgo: see ResultCode. Its connections have to be set as Open sets them, which is
// checked on one of them: in WAL mode, synchronous FULL, busy_timeout of a second
// or more. Each transaction begins with a write, so that it need not be opened as
// immediate. Writes go one after another, so that more connections only help
// reads. Close closes the pool.
func New(ctx context.Context, pool *sql.DB, opts ...Option) (core.Database, error) {
	o := optionsOf(opts)
	busy := func(err error) bool {
		n, ok := o.code(err)
		return ok && n&0xff == lib.SQLITE_BUSY
	}
	if err := whileBusy(ctx, busy, func() error { return checkPool(ctx, pool) }); err != nil {
		return nil, core.Unavailable(err)
	}
	return bunstore.New(dialect(o.code), pool, pool, bunstore.Options{OnStatement: o.onStatement}), nil
}

// temporary removes its file when it is closed.
type temporary struct {
	core.Database
	folder string
}

// Close closes the database and removes it.
func (t *temporary) Close() error {
	return errors.Join(t.Database.Close(), os.RemoveAll(t.folder))
}

func open(ctx context.Context, path string, o options) (core.Database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, core.Unavailable(err)
	}
	if err := touch(path); err != nil {
		return nil, core.Unavailable(fmt.Errorf("sqlite: %w: %w", errUnwritable, err))
	}
	if err := checkFileSystem(path); err != nil {
		return nil, err
	}
	writer, err := pool(path, 1, "&_txlock=immediate")
	if err != nil {
		return nil, core.Unavailable(err)
	}
	reader, err := pool(path, o.readers, asked(readsOnly))
	if err != nil {
		return nil, core.Unavailable(errors.Join(err, writer.Close()))
	}
	err = prepareFile(ctx, writer)
	if err == nil {
		err = reader.PingContext(ctx)
	}
	var beside *direct
	if err == nil {
		beside, err = newDirect(path, o.readers)
	}
	if err != nil {
		return nil, core.Unavailable(errors.Join(fmt.Errorf("sqlite: %s: %w", path, explained(err)), reader.Close(), writer.Close()))
	}
	return bunstore.New(dialect(o.code), writer, reader,
		bunstore.Options{OnStatement: o.onStatement, Direct: beside}), nil
}

var errUnwritable = errors.New("the file and its folder must be writable")

// touch makes the file, where there is none, for its owner alone; SQLite gives the
// files beside it the same mode. One that is there is not opened: to close it would
// let go of all locks that this process has on it, those of connections that
// another Open has made included. Somebody else could then take the log away from
// under them, with what was answered in it.
func touch(path string) error {
	is, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if to, err := os.Readlink(path); err == nil { // to a file that is not there yet
			if !filepath.IsAbs(to) {
				to = filepath.Dir(path) + string(filepath.Separator) + to
			}
			return touch(to)
		}
		if err = create(path); errors.Is(err, fs.ErrExist) { // somebody else was first
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	if !is.Mode().IsRegular() {
		return errors.New("it is no file")
	}
	return nil
}

// create makes the file under another name and closes it before it has its own, for the
// same reason: another Open may use it from that moment on. Where a file system cannot
// give a file a second name it is made as it is.
func create(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".keywright-") // for its owner alone
	if err != nil {
		return err
	}
	err = f.Close()
	if err == nil {
		if err = os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
			err = createInPlace(path)
		}
	}
	return errors.Join(err, os.Remove(f.Name()))
}

func createInPlace(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// explained says what to do where SQLite has found out that it may not write.
func explained(err error) error {
	switch n, _ := resultCode(err); n & 0xff {
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("%w: %w", errUnwritable, err)
	}
	return err
}

// settings are what every connection runs.
func settings() []string {
	return []string{
		"PRAGMA busy_timeout(5000)", "PRAGMA synchronous(FULL)", "PRAGMA foreign_keys(1)",
		"PRAGMA trusted_schema(0)", "PRAGMA journal_size_limit(67108864)",
	}
}

// readsOnly is run by those that read.
const readsOnly = "PRAGMA query_only(1)"

// asked writes a setting as the driver is asked for it.
func asked(setting string) string { return "&_pragma=" + strings.TrimPrefix(setting, "PRAGMA ") }

// pool opens connections that stay: settings and prepared statements are theirs.
func pool(path string, size int, more string) (*sql.DB, error) {
	file := url.URL{Path: path}
	source := "file:" + file.EscapedPath() + "?_dqs=0"
	for _, setting := range settings() {
		source += asked(setting)
	}
	db, err := sql.Open("sqlite", source+more)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// prepareFile checks the library and puts the file into WAL mode, which stays.
func prepareFile(ctx context.Context, writer *sql.DB) error {
	var version string
	if err := writer.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if older(version, oldest) {
		return fmt.Errorf("sqlite: version %s is linked, at least %s is needed", version, oldest)
	}
	return enterWAL(ctx, writer)
}
