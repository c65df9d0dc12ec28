package conformance

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
)

// listed is a list that is read in pages.
type listed[V any] struct {
	role  role[V]
	key   func(V) string
	setID func(*V, string)
	page  func(t *trial, like V, after V, limit int) ([]V, error)
}

const whyPages = "whoever walks a list, to revoke, to export, to clean up, must meet everything that was there, once, whatever is added meanwhile"

func pageChecks() []Check {
	const why = whyPages
	return append(organizationPages(), []Check{
		check("grant.pages", why, listed[core.Grant]{
			grants(), func(g core.Grant) string { return string(g.ID[:]) },
			func(g *core.Grant, id string) { g.ID = core.ID([]byte(id)) },
			func(t *trial, like, after core.Grant, limit int) ([]core.Grant, error) {
				return t.s.Grants(t.ctx, core.GrantFilter{Account: like.Account}, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("session.pages", why, listed[core.Session]{
			sessions(), func(s core.Session) string { return string(s.ID[:]) },
			func(s *core.Session, id string) { s.ID = core.ID([]byte(id)) },
			func(t *trial, like, after core.Session, limit int) ([]core.Session, error) {
				return t.s.SessionsOf(t.ctx, like.Account, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("account.pages", why, listed[core.Account]{
			accounts(), func(a core.Account) string { return string(a.ID[:]) },
			func(a *core.Account, id string) { a.ID = core.ID([]byte(id)) },
			func(t *trial, _, after core.Account, limit int) ([]core.Account, error) {
				return t.s.Accounts(t.ctx, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("client.pages", why, listed[core.Client]{
			clients(), func(c core.Client) string { return c.ID },
			func(c *core.Client, id string) { c.ID = textOf(id) },
			func(t *trial, _, after core.Client, limit int) ([]core.Client, error) {
				return t.s.Clients(t.ctx, after.ID, limit)
			}}.walk),
		check("consent.pages", why, listed[core.Consent]{
			consents(), func(c core.Consent) string { return c.Client },
			func(c *core.Consent, id string) { c.Client = textOf(id) },
			func(t *trial, like, after core.Consent, limit int) ([]core.Consent, error) {
				return t.s.Consents(t.ctx, like.Account, after.Client, limit)
			}}.walk),
		check("event.pages", why, eventPages),
		check("list.bounded", "a list without an end takes the memory of the process, and with it everybody's sign-in", listBounded),
	}...)
}

// organizationPages are the lists of organizations and of what belongs to them.
func organizationPages() []Check {
	const why = whyPages
	return []Check{
		check("organization.pages", why, listed[core.Organization]{
			organizations(), func(o core.Organization) string { return string(o.ID[:]) },
			func(o *core.Organization, id string) { o.ID, o.Name = core.ID([]byte(id)), textOf(id) },
			func(t *trial, _, after core.Organization, limit int) ([]core.Organization, error) {
				return t.s.Organizations(t.ctx, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("group.pages", why, listed[core.Group]{
			groups(), func(g core.Group) string { return string(g.ID[:]) },
			func(g *core.Group, id string) { g.ID, g.Name = core.ID([]byte(id)), textOf(id) },
			func(t *trial, like, after core.Group, limit int) ([]core.Group, error) {
				return t.s.Groups(t.ctx, like.Organization, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("connection.pages", why, listed[core.Connection]{
			connections(), func(c core.Connection) string { return string(c.ID[:]) },
			func(c *core.Connection, id string) { c.ID = core.ID([]byte(id)) },
			func(t *trial, like, after core.Connection, limit int) ([]core.Connection, error) {
				return t.s.Connections(t.ctx, like.Organization, core.PageOf{After: after.ID, Limit: limit})
			}}.walk),
		check("membership.pages_of_account", why, listed[core.Membership]{
			memberships(), func(m core.Membership) string { return string(m.Of[:]) },
			func(m *core.Membership, id string) { m.Of = core.ID([]byte(id)) },
			func(t *trial, like, after core.Membership, limit int) ([]core.Membership, error) {
				return t.s.Memberships(t.ctx, like.Account, like.Kind, core.PageOf{After: after.Of, Limit: limit})
			}}.walk),
		check("membership.pages_of_members", why, listed[core.Membership]{
			memberships(), func(m core.Membership) string { return string(m.Account[:]) },
			func(m *core.Membership, id string) { m.Account = core.ID([]byte(id)) },
			func(t *trial, like, after core.Membership, limit int) ([]core.Membership, error) {
				return t.s.Members(t.ctx, like.MembershipKey, core.PageOf{After: after.Account, Limit: limit})
			}}.walk),
	}
}

// orderedIDs are in order as bytes, and made at instants that are not rounded: of
// up to 16, the tenth digit counts, for textOf.
func orderedIDs(n int) []string {
	all, start := make([]string, n), noon.UnixMilli()&^0xfff
	for i := range all {
		id := core.NewID(time.UnixMilli(start + int64(i)<<8 + 0x17))
		all[i] = string(id[:])
	}
	return all
}

// sortedBy gives the ids in the order of what is made of them.
func sortedBy(ids []string, key func(string) string) []string {
	slices.SortFunc(ids, func(a, b string) int { return cmp.Compare(key(a), key(b)) })
	return ids
}

// textOf makes a text of an id that keeps the order of bytes where a collation
// would not: upper case stands before lower case, and both before é.
func textOf(id string) string {
	hex := core.ID([]byte(id)).String()
	return strings.NewReplacer("1", "B", "3", "a", "5", "b", "7", "é").Replace(hex[:13]) + hex[13:]
}

// walk reads a list in pages of three while rows are added before and after.
func (l listed[V]) walk(t *trial) {
	like := l.role.sample()
	key := func(id string) string { v := like; l.setID(&v, id); return l.key(v) }
	put := func(id string) {
		v := l.role.sibling(like)
		l.setID(&v, id)
		t.ok(l.role.create(t.ctx, t.s, v), "create")
	}
	ids := sortedBy(orderedIDs(12), key)
	for _, n := range []int{9, 3, 5, 1, 7, 10, 2, 6} {
		put(ids[n])
	}
	stranger := l.role.sample()
	t.ok(l.role.create(t.ctx, t.neighbour().s, stranger), "create at a neighbour")

	var after V
	got := l.next(t, like, after, ids[1], ids[2], ids[3])
	after = got[2]
	put(ids[0]) // behind the reader: must not shift the pages
	put(ids[4]) // ahead: must be met
	got = l.next(t, like, after, ids[4], ids[5], ids[6])
	got = l.next(t, like, got[2], ids[7], ids[9], ids[10])
	put(ids[11])
	got = l.next(t, like, got[2], ids[11])
	l.next(t, like, got[0])
}

// next wants the next page of three to hold these.
func (l listed[V]) next(t *trial, like, after V, ids ...string) []V {
	got, err := l.page(t, like, after, 3)
	t.ok(err, "reading a page")
	t.that(len(got) == len(ids), "a page of at most 3 holds %d rows, want %d", len(got), len(ids))
	for n, id := range ids {
		want := l.role.sibling(like)
		l.setID(&want, id)
		t.that(l.key(got[n]) == l.key(want), "row %d of a page is %q, want %q: pages are in order of the bytes of the id, after a given one",
			n, shownKey(l.key(got[n])), shownKey(l.key(want)))
		same(t, l.role.at(want, 1), got[n], "a row in a list")
	}
	return got
}

func shownKey(key string) string {
	if len(key) == len(core.ID{}) {
		return core.ID([]byte(key)).String()
	}
	return key
}

func eventPages(t *trial) {
	ids := orderedIDs(8)
	put := func(n int) {
		e := newEvent()
		e.ID = core.ID([]byte(ids[n]))
		e.Deliveries = nil
		t.ok(t.s.Append(t.ctx, e), "Append")
	}
	for _, n := range []int{5, 1, 3, 6, 2} {
		put(n)
	}
	next := func(after core.ID, want ...int) core.ID {
		got, err := t.s.Events(t.ctx, core.EventFilter{Name: core.EventGrantCreated}, core.PageOf{After: after, Limit: 3})
		t.ok(err, "Events")
		t.that(len(got) == len(want), "a page of at most 3 events holds %d, want %d", len(got), len(want))
		for i, n := range want {
			t.that(got[i].ID == core.ID([]byte(ids[n])), "a page of events is not in order of their ids")
		}
		return core.ID([]byte(ids[want[len(want)-1]]))
	}
	last := next(core.ID{}, 1, 2, 3)
	put(0)
	put(4)
	last = next(last, 4, 5, 6)
	put(7)
	next(last, 7)
}

// listBounded asks a store with more than a page for everything at once.
func listBounded(t *trial) {
	const most, batch = 1000, 91
	for range 11 {
		events := make([]core.Event, batch)
		for n := range events {
			events[n] = core.Event{ID: newID(), At: noon, Name: core.EventSignedIn}
		}
		t.ok(t.s.Append(t.ctx, events...), "Append")
	}
	whole, err := t.s.Events(t.ctx, core.EventFilter{}, core.PageOf{Limit: most})
	t.ok(err, "Events, with the greatest limit that is allowed")
	t.that(len(whole) == most, "a page of %d, where there is more, holds %d", most, len(whole))
	for _, limit := range []int{-1, 0, most + 1, 1 << 30} {
		all, err := t.s.Events(t.ctx, core.EventFilter{}, core.PageOf{Limit: limit})
		t.that(err != nil || len(all) <= most, "a limit of %d gives %d rows, want an error or at most %d", limit, len(all), most)
	}
}
