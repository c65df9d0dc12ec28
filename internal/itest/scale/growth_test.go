//go:build unix

package scale

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// leaves are the rows that one act of a person adds, by table. Acts that only
// change a row have none. What a table of docs/scale.md says is this.
var leaves = []struct {
	act  string
	rows map[string]int
}{
	{"account", map[string]int{"accounts": 1, "identifiers": 1, "credentials": 1}},
	{"first sign-in, asked to agree", map[string]int{"interactions": 1, "sessions": 1, "consents": 1, "grants": 1, "events": 3, "limits": 7}},
	{"sign-in at an own application", map[string]int{"interactions": 1, "sessions": 1, "grants": 1, "events": 2}},
	{"authorization while signed in", map[string]int{"grants": 1}},
	{"refresh", map[string]int{}},
}

// person is one who acts.
type person struct {
	*providertest.Person
	address string
	browser *providertest.Browser
	tokens  providertest.Tokens
}

// from is a browser's way to the provider, from the person's own address.
type from struct {
	address string
	way     http.RoundTripper
}

func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.address)
	return f.way.RoundTrip(r)
}

func (p *person) signIn(app *providertest.Client) {
	p.browser = p.Browser()
	p.browser.HTTP().Transport = from{p.address, p.browser.HTTP().Transport}
	request := app.Authorize()
	p.tokens = app.Redeem(request, p.browser.SignIn(request.URL))
}

func (p *person) authorize(app *providertest.Client) {
	request := app.Authorize()
	p.tokens = app.Redeem(request, p.browser.Open(request.URL))
}

func (p *person) refresh(t *testing.T, app *providertest.Client) {
	t.Helper()
	a := app.Refresh(p.tokens.Refresh)
	if a.Status != http.StatusOK {
		t.Fatalf("a refresh is answered by %d %s", a.Status, a.Body)
	}
	p.tokens = a.Tokens
}

// What each act of a person leaves in a database, row by row.
func TestGrowth(t *testing.T) {
	onSQLite(t, grow)
	onServers(t, grow)
}

func grow(t *testing.T, db administered) {
	const n = 3
	p := providertest.New(t, providertest.WithDatabase(db.Database), providertest.WithConfig(func(c *keywright.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}))
	foreign := p.Client(clientreg.Seed{ID: "fieldnotes"})
	own := p.Client(clientreg.Seed{ID: "intranet", FirstParty: true, Rotation: "on"})
	join := func(who *person) { who.Person = p.Person(who.address+"@example.com", "seven slow trains to Turin") }
	people := make([]person, n)
	acts := []func(who *person){
		join,
		func(who *person) { who.signIn(foreign) },
		func(who *person) { who.signIn(own) },
		func(who *person) { who.authorize(own) },
		func(who *person) { who.refresh(t, own) },
	}
	first := &person{address: "192.0.2.1"} // leaves what is there once
	join(first)
	first.signIn(foreign)
	for step, act := range acts {
		before := db.rows(t)
		for i := range people {
			people[i].address = fmt.Sprintf("10.0.0.%d", i)
			p.Advance(100 * time.Millisecond)
			act(&people[i])
		}
		want := map[string]int{}
		for table, rows := range leaves[step].rows {
			want[table] = rows * n
		}
		if diff := cmp.Diff(want, added(before, db.rows(t))); diff != "" {
			t.Errorf("%d times %q: rows (-want +got)\n%s", n, leaves[step].act, diff)
		}
	}
}

// added are the tables that have more rows than before, and how many more.
func added(before, after map[string]int) map[string]int {
	more := maps.Clone(after)
	for table, n := range before {
		if more[table] -= n; more[table] == 0 {
			delete(more, table)
		}
	}
	return more
}
