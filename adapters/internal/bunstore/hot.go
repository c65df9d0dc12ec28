package bunstore

import (
	"slices"
	"strings"
)

// hot are the statements beside those of the tables that are prepared.
type hot struct {
	grant, grantAndAccount          *statement
	moveGrant                       *statement
	session                         *statement
	consent                         *statement
	accountByIdentifier             *statement
	marked, mark, unmark            *statement
	insertEvent, insertDelivery     *statement
	ownIdentifier, insertIdentifier *statement
	deleteIdentifier                *statement
	putCredential, deleteCredential *statement
	addCredential                   *statement
	extendLease, insertLease        *statement
	deleteLease                     *statement
	claimDelivery                   *statement
	finishDelivery, retryDelivery   *statement
	insertTenant, endTenant         *statement
	purgeIdentifiers                *statement
	purgeCredentials                *statement
	purge                           []*statement
	take, taken, forgive            [maxTakes]*statement
	organizationHot
	walk walkHot
}

// maxTakes is how many limits are counted by one statement.
const maxTakes = 8

// aside is a row that a grant depends on, found by its whole key, and the numbers
// that are wanted of it: all NULL where it is not there.
type aside struct {
	table, on string
	numbers   []string
}

// standing is all that a grant depends on.
var standing = []aside{
	{"accounts a", "a.tenant = g.tenant AND a.id = g.account", []string{"a.disabled | a.deleted", "a.sign_in_epoch", "a.grants_epoch"}},
	{"clients c", "c.tenant = g.tenant AND c.id = g.client", []string{"c.disabled | c.deleted", "c.epoch", "c.version"}},
	{"consents o", "o.tenant = g.tenant AND o.account = g.account AND o.client = g.client", []string{"o.epoch"}},
	{"sessions s", "s.tenant = g.tenant AND s.id = g.session", []string{"s.ended", "s.sign_in_epoch", "s.ends", "s.idle_ends"}},
}

// standingColumns are the columns and the joins that give a grant's standing. Arrays
// spare the joins, each of which would pass on all columns of those before it; the
// table that joined names, if any, is joined all the same, as more is wanted of it.
func (db *DB) standingColumns(joined string) (columns []string, joins string) {
	for _, a := range standing {
		switch {
		case !db.dialect.Arrays:
			columns, joins = append(columns, a.numbers...), joins+db.besides(a.table, a.on)
		case a.table == joined:
			columns, joins = append(columns, arrayOf(a.numbers)), joins+db.besides(a.table, a.on)
		default:
			columns = append(columns, "(SELECT "+arrayOf(a.numbers)+" FROM "+a.table+" WHERE "+a.on+")")
		}
	}
	return columns, joins
}

// arrayOf is one column for several numbers; one by itself stays a number.
func arrayOf(numbers []string) string {
	if len(numbers) == 1 {
		return numbers[0]
	}
	return "ARRAY[" + strings.Join(numbers, ", ") + "]"
}

// besides joins the one row of a table, named with its alias, that is found by
// its whole key.
func (db *DB) besides(table, on string) string {
	if db.dialect.Lateral {
		_, alias, _ := strings.Cut(table, " ")
		return " LEFT JOIN LATERAL (SELECT * FROM " + table + " WHERE " + on + " LIMIT 1) " + alias + " ON TRUE"
	}
	return " LEFT JOIN " + table + db.dialect.ByKey + " ON " + on
}

// grantLookups read a grant and all that it depends on, and the account as well.
func grantLookups(db *DB, key []string) (grant, grantAndAccount *statement) {
	own, account := split(prefixed("g", db.tables.grants.columns)), split(prefixed("a", db.tables.accounts.columns))
	columns, joins := db.standingColumns("")
	grant = db.lookup(Lookup{Columns: briefly(slices.Concat(own, columns)), Table: "grants", Alias: "g", Key: key, Joins: joins})
	columns, joins = db.standingColumns("accounts a")
	return grant, db.lookup(Lookup{
		Columns: briefly(slices.Concat(own, columns, account)), Table: "grants", Alias: "g", Key: key, Joins: joins,
	})
}

func newHot(db *DB) hot {
	t := &db.tables
	read := func(text string) *statement { return newStatement(db, db.reader.DB, text) }
	write := func(text string) *statement { return newStatement(db, db.writer.DB, text) }
	key := []string{"tenant", "id"}
	h := hot{
		session: db.lookup(Lookup{
			Columns: brief(sessionColumns(db)), Table: "sessions", Alias: "s", Key: key,
			Joins: db.besides("accounts a", "a.tenant = s.tenant AND a.id = s.account"),
		}),
		consent: read("SELECT " + brief("c.disabled | c.deleted, c.epoch, c.version, "+prefixed("o", t.consents.columns)) +
			" FROM (SELECT 1 AS one) x" + db.besides("clients c", "c.tenant = ? AND c.id = ?") +
			db.besides("consents o", "o.tenant = ? AND o.account = ? AND o.client = ?")),
		accountByIdentifier: read("SELECT " + prefixed("a", t.accounts.columns) + " FROM identifiers i" +
			db.besides("accounts a", "a.tenant = i.tenant AND a.id = i.account") +
			" WHERE i.tenant = ? AND i.kind = ? AND i.value = ? AND a.id IS NOT NULL"),
		marked: read("SELECT c.disabled | c.deleted, c.epoch, c.version, r.hash FROM (SELECT 1 AS one) x" +
			db.besides("clients c", "c.tenant = ? AND c.id = ?") +
			db.besides("replays r", "r.tenant = ? AND r.kind = ? AND r.hash = ?")),
		mark: write("INSERT INTO replays (tenant, kind, hash, keep_until, change) VALUES (?, ?, ?, ?, ?)" +
			db.dialect.OrNothing),
		unmark: write("DELETE FROM replays WHERE tenant = ? AND kind = ? AND hash = ? AND change = ?"),
		insertEvent: write("INSERT INTO events (tenant, id, at, name, account, client, thing, version, keep_until, payload)" +
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
		insertDelivery: write("INSERT INTO deliveries (tenant, id, kind, due, hidden, attempts, keep_until, body)" +
			" VALUES (?, ?, ?, ?, 0, ?, ?, ?)"),
	}
	h.grant, h.grantAndAccount = grantLookups(db, key)
	h.mark.changes("replays", 0, 1, 2)
	h.unmark.changes("replays", 0, 1, 2)
	unmoved := append([]string{"version = ?"}, equal([]string{"account", "client", "session", "user_code"})...)
	h.moveGrant = db.update(Update{
		Table: "grants", Set: []string{"state", "change", "payload"}, Key: key,
		Where: append(unmoved, "COALESCE(keep_until, 0) = ?"), Always: []string{"waiting_code IS NULL"},
	})
	h.addAccount(write)
	h.addWork(write)
	h.organizationHot = newOrganizationHot(t, read, write)
	h.walk = newWalkHot(db, read, write)
	for n := range h.take {
		h.take[n] = write(db.dialect.Take(n + 1))
		keys := "(?" + strings.Repeat(", ?", n) + ")"
		h.taken[n] = write("SELECT hash, attempts, keep_until FROM limits WHERE tenant = ? AND hash IN " + keys)
		h.forgive[n] = write("UPDATE limits SET attempts = attempts - 1" +
			" WHERE tenant = ? AND attempts > 0 AND keep_until > ? AND hash IN " + keys)
	}
	return h
}

// addAccount writes the statements of an account's parts. What is put may be
// there already, as the account's own.
func (h *hot) addAccount(write func(string) *statement) {
	h.ownIdentifier = write("UPDATE identifiers SET account = ?" +
		" WHERE tenant = ? AND kind = ? AND value = ? AND account = ?")
	h.insertIdentifier = write("INSERT INTO identifiers (account, tenant, kind, value) VALUES (?, ?, ?, ?)")
	h.deleteIdentifier = write("DELETE FROM identifiers WHERE tenant = ? AND kind = ? AND value = ? AND account = ?")
	h.putCredential = write("UPDATE credentials SET change = ?, keep_until = ?, payload = ?, version = version + 1" +
		" WHERE tenant = ? AND kind = ? AND handle = ? AND account = ?")
	h.addCredential = write("INSERT INTO credentials (tenant, kind, handle, account, version, change, keep_until, payload)" +
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
	h.deleteCredential = write("DELETE FROM credentials WHERE tenant = ? AND kind = ? AND handle = ? AND account = ?")
}

// addWork writes the statements of what belongs to no tenant.
func (h *hot) addWork(write func(string) *statement) {
	h.extendLease = write("UPDATE leases SET holder = ?, until = ? WHERE name = ? AND (holder = ? OR until <= ?)")
	h.insertLease = write("INSERT INTO leases (holder, until, name) VALUES (?, ?, ?)")
	h.deleteLease = write("DELETE FROM leases WHERE name = ?")
	h.claimDelivery = write("UPDATE deliveries SET hidden = ? WHERE tenant = ? AND id = ? AND hidden = ?")
	h.finishDelivery = write("DELETE FROM deliveries WHERE tenant = ? AND id = ?")
	h.retryDelivery = write("UPDATE deliveries SET due = ?, hidden = 0, attempts = attempts + 1 WHERE tenant = ? AND id = ?")
	h.purgeIdentifiers = write("DELETE FROM identifiers WHERE tenant = ? AND account = ?")
	h.purgeCredentials = write("DELETE FROM credentials WHERE tenant = ? AND account = ?")
	for _, p := range purged {
		h.purge = append(h.purge, write("DELETE FROM "+p.table+" WHERE "+
			strings.ReplaceAll(p.key, ", ", " = ? AND ")+" = ? AND keep_until <= ?"))
	}
	h.insertTenant = write("INSERT INTO tenants (id, name, ended, version, change, keep_until) VALUES (?, ?, ?, 1, ?, ?)")
	h.endTenant = write("UPDATE tenants SET ended = 1, change = ?, version = version + 1 WHERE id = ?")
}

func sessionColumns(db *DB) string {
	return prefixed("s", db.tables.sessions.columns) + ", " + prefixed("a", db.tables.accounts.columns)
}

// brief names columns with one letter each: a driver may make strings of the
// names at every read.
func brief(columns string) string { return briefly(split(columns)) }

func briefly(columns []string) string {
	list := make([]string, len(columns))
	for n, c := range columns {
		list[n] = c + " AS " + string("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[n])
	}
	return strings.Join(list, ", ")
}
