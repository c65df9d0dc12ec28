package bunstore

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/keywright/keywright/core"
)

// How codes are looked for that nobody redeemed. The end of their rows is that of
// the tokens they might have become, since moving it at redemption would write an
// index anew each time; so no index finds them. Their ids do: they begin with the
// instant they were drawn for, and the key is searched by tenant and id. Each
// stretch of time is walked once, tenant by tenant, when whatever code was made in
// it is over.
const (
	walkOfCodes = "codes"
	// walkEvery is how long a stretch is, and so how much later a code may go.
	walkEvery = time.Hour
	// walkPage is how many rows one statement looks at, and holders how many tenants.
	walkPage, holdersPage = 1000, 500
	// walkCall is how many of both one call of Purge looks at.
	walkCall = 20 * walkPage
)

// walk is how far one came: every id of an instant before since is done, and of
// those before until what comes up to a place: a tenant, and where id is set one of
// its ids. Instants are microseconds.
type walk struct {
	stored       bool
	since, until int64
	tenant, id   []byte
}

func (w *walk) over() bool { return w.since == w.until }

// at is the walk as it goes on at an instant; false says that nothing is to do. An
// instant before what was walked comes from a clock that went back, or was wrong
// before: nobody knows then what was made behind it, so it begins anew.
func (w walk) at(now time.Time) (walk, bool) {
	if now.UnixMicro() < w.until {
		w = walk{stored: w.stored}
	}
	end := now.Add(-core.KeepCodes - core.MaxCodeStart).Truncate(walkEvery).UnixMicro()
	if w.over() && w.until < end {
		w.until, w.tenant, w.id = end, nil, nil
	}
	return w, !w.over()
}

// finish ends a walk.
func (w *walk) finish() { w.since, w.tenant, w.id = w.until, nil, nil }

// idAt comes before the ids that are drawn for an instant and after all before
// them: none is equal, since their version is not 0.
func idAt(micros int64) []byte {
	id := make([]byte, len(core.ID{}))
	binary.BigEndian.PutUint64(id, uint64(micros/1000)<<16) // #nosec G115 -- past 1970
	return id
}

// walkHot are the statements of a walk.
type walkHot struct {
	load, add, move *statement
	// holders names tenants that have grants, in order, with the first id of the
	// stretch or NULL; those without one may be left out.
	holders *statement
	// page reads ids of a tenant in order, with the payload of those whose code is
	// still out.
	page *statement
	drop *statement
}

func newWalkHot(db *DB, read, write func(string) *statement) walkHot {
	grants := "grants" + db.dialect.ByKey
	return walkHot{
		load: read("SELECT since, until, tenant, id FROM purge_walks WHERE name = ?"),
		add:  write("INSERT INTO purge_walks (since, until, tenant, id, name) VALUES (?, ?, ?, ?, ?)"),
		move: write("UPDATE purge_walks SET since = ?, until = ?, tenant = ?, id = ?" +
			" WHERE name = ? AND since = ? AND until = ? AND tenant = ? AND id = ?"),
		holders: read(holdersText(db.dialect)),
		page: read("SELECT id, version, keep_until, CASE WHEN state = ? THEN payload END FROM " + grants +
			" WHERE tenant = ? AND id > ? AND id < ? ORDER BY id LIMIT " + strconv.Itoa(walkPage)),
		drop: write("DELETE FROM grants WHERE tenant = ? AND id = ? AND version = ? AND state = ?"),
	}
}

// holdersText goes from tenant to tenant by the key, however many grants each has.
func holdersText(d Dialect) string {
	most := strconv.Itoa(holdersPage)
	if d.GroupsByKey {
		return "SELECT tenant, MIN(id) FROM grants" + d.ByKey + " WHERE tenant > ? AND id > ? AND id < ?" +
			" GROUP BY tenant ORDER BY tenant LIMIT " + most
	}
	return "WITH RECURSIVE h (tenant, n) AS (" +
		"SELECT (SELECT g.tenant FROM grants g WHERE g.tenant > ? ORDER BY g.tenant LIMIT 1), 1 UNION ALL " +
		"SELECT (SELECT g.tenant FROM grants g WHERE g.tenant > h.tenant ORDER BY g.tenant LIMIT 1), h.n + 1" +
		" FROM h WHERE h.tenant IS NOT NULL AND h.n < " + most + ") " +
		"SELECT h.tenant, (SELECT g.id FROM grants g WHERE g.tenant = h.tenant AND g.id > ? AND g.id < ? ORDER BY g.id LIMIT 1)" +
		" FROM h WHERE h.tenant IS NOT NULL"
}

// loadWalk reads how far it came.
func (db *DB) loadWalk(ctx context.Context) (w walk, err error) {
	var since, until number
	var tenant, id octets
	_, err = db.askPool(ctx, db.hot.walk.load, []any{textValue(walkOfCodes)}, []any{&since, &until, &tenant, &id}, func() error {
		w = walk{stored: true, since: since.n, until: until.n, tenant: append([]byte{}, tenant...), id: append([]byte{}, id...)}
		return nil
	})
	return w, err
}

// saveWalk writes down how far it came; false says that somebody else did first,
// whose word then counts.
func (db *DB) saveWalk(ctx context.Context, was, is walk) (bool, error) {
	place := func(w walk) []any { return []any{w.since, w.until, notNull(w.tenant), notNull(w.id)} }
	name, saved := textValue(walkOfCodes), false
	err := db.write(ctx, false, func(r runner) error {
		if !was.stored {
			n, err := r.exec(db.hot.walk.add, append(place(is), name)...)
			saved = n > 0
			return taken(err, "id")
		}
		n, err := r.exec(db.hot.walk.move, append(append(place(is), name), place(was)...)...)
		saved = n > 0
		return err
	})
	if errors.Is(err, core.ErrConflict) {
		return false, nil
	}
	return saved, err
}

func notNull(b []byte) any { return append([]byte{}, b...) }
