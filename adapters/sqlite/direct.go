package sqlite

import (
	"database/sql"
	"slices"
	"sync"

	"github.com/keywright/keywright/adapters/internal/bunstore"
	lib "modernc.org/sqlite/lib"
)

// direct is bunstore.Direct: connections beside those of the pools, for what
// callers repeat.
type direct struct {
	path     string
	settings []string      // what each connection runs
	turns    chan struct{} // one for each that reads at this moment

	write  sync.Mutex  // held by who has writer
	writer *connection // nil where the last could not be used again
	place  place       // of what it writes
	ended  bool        // nobody writes any more

	mu     sync.Mutex
	idle   []*connection // the last that was used at the end: its pages are the freshest
	closed bool
}

func newDirect(path string, readers int) (*direct, error) {
	d := &direct{path: path, settings: settings(), turns: make(chan struct{}, readers)}
	var err error
	if d.writer, err = connect(path, d.settings); err != nil {
		return nil, err
	}
	if d.place, err = placeOf(d.writer); err != nil {
		d.writer.close()
		return nil, err
	}
	return d, nil
}

// Write lends the connection that writes, as long as the file is where it was. One that
// comes back in a transaction, which it could not undo, is closed, which does, and gives
// up the lock on the file.
func (d *direct) Write(do func(bunstore.Connection)) (err error) {
	d.write.Lock()
	defer d.write.Unlock()
	if d.ended {
		return sql.ErrConnDone
	}
	if d.place.seenMoved() {
		return errMoved
	}
	if d.writer == nil {
		if d.writer, err = d.connect(d.settings); err != nil {
			return err
		}
	}
	defer func() {
		if d.writer.spoilt || d.writer.begun() {
			d.writer.close()
			d.writer = nil
		}
	}()
	do(d.writer)
	return nil
}

// Read lends one that reads.
func (d *direct) Read(do func(bunstore.Connection)) error {
	d.turns <- struct{}{}
	defer func() { <-d.turns }()
	c, err := d.take()
	if err != nil {
		return err
	}
	defer d.back(c)
	do(c)
	return nil
}

// take gives one that is idle, or opens one, which may take a while: nobody else
// waits for it. Where Close comes meanwhile, back closes it.
func (d *direct) take() (*connection, error) {
	d.mu.Lock()
	last, closed := len(d.idle)-1, d.closed
	if closed || last < 0 {
		d.mu.Unlock()
		if closed {
			return nil, sql.ErrConnDone
		}
		return d.connect(append(slices.Clip(d.settings), readsOnly))
	}
	c := d.idle[last]
	d.idle = d.idle[:last]
	d.mu.Unlock()
	return c, nil
}

const errMoved = failure(lib.SQLITE_READONLY_DBMOVED)

// connect opens one more connection to the same file. Another in its place would be read
// as if it were the same; and to open an empty one removes the log.
func (d *direct) connect(settings []string) (*connection, error) {
	if d.place.moved() {
		return nil, errMoved
	}
	c, err := connect(d.path, settings)
	if err == nil && d.place.moved() {
		c.close()
		return nil, errMoved
	}
	return c, err
}

func (d *direct) back(c *connection) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || c.spoilt {
		c.close()
		return
	}
	d.idle = append(d.idle, c)
}

// Close closes all, those that are lent once they are back.
func (d *direct) Close() error {
	d.mu.Lock()
	idle := d.idle
	d.idle, d.closed = nil, true
	d.mu.Unlock()
	for _, c := range idle {
		c.close()
	}
	d.write.Lock()
	defer d.write.Unlock()
	d.ended = true
	if d.writer != nil {
		d.writer.close()
		d.writer = nil
	}
	return nil
}
