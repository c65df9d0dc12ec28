package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/handle"
	"github.com/keywright/keywright/internal/server/keys"
)

// presented is a replica that hands out tokens, one that does not know their keys,
// and what a client does with each of them there.
type presented struct {
	r             *rig // lends its clock
	behind, ahead *rig
	rows          *KeyRows
	app           core.Client
	acts          map[string]func() answer
	done          map[string]func(answer) bool // whether the act has had its effect
}

func present(t *testing.T) *presented {
	t.Helper()
	p := &presented{r: newRig(t), acts: map[string]func() answer{}, done: map[string]func(answer) bool{}}
	p.behind, p.ahead, p.rows = p.r.replicas()
	p.app = p.r.client("app")
	tokens := func(of []core.Access) answer { return p.ahead.ok(p.ahead.redeem(p.app, p.ahead.code(p.app, of))) }
	own, api := tokens(ownAccess), tokens(apiAccess)
	if strings.HasPrefix(own.text("access_token"), "kw_at_") == strings.HasPrefix(api.text("access_token"), "kw_at_") {
		t.Fatal("both access tokens are of one form")
	}
	add := func(name string, act func() answer, done func(answer) bool) { p.acts[name], p.done[name] = act, done }
	ok := func(a answer) bool { return a.status == http.StatusOK }
	active := func(a answer) bool { return ok(a) && a.json["active"] == true }
	for name, token := range map[string]string{
		"opaque": own.text("access_token"), "JWT": api.text("access_token"), "refresh token": own.text("refresh_token"),
	} {
		add("introspection, "+name, func() answer { return p.behind.introspectAs(p.app, token) }, active)
	}
	opaque, signed := tokens(ownAccess), tokens(apiAccess)
	for name, token := range map[string]string{
		"opaque": opaque.text("access_token"), "JWT": signed.text("access_token"), "refresh token": tokens(ownAccess).text("refresh_token"),
	} {
		add("revocation, "+name, func() answer { return p.behind.post("/revoke", as(p.app, "token", token)) },
			func(a answer) bool { return ok(a) && !p.ahead.active(p.app, token) })
	}
	code := p.ahead.code(p.app, apiAccess)
	rotated := tokens(ownAccess).text("refresh_token")
	add("userinfo", func() answer { return p.behind.person(own.text("access_token")) }, ok)
	add("refresh", func() answer { return p.behind.refresh(p.app, rotated) }, ok)
	add("code", func() answer { return p.behind.redeem(p.app, code) }, ok)
	return p
}

// KEY03: whatever a replica behind is asked first, it answers as one that knows.
func TestThreat_KEY03_TokensOfNewKeysCountEverywhere(t *testing.T) {
	for name := range present(t).acts {
		t.Run(name, func(t *testing.T) {
			p := present(t)
			if a := p.acts[name](); !p.done[name](a) {
				t.Errorf("%d %s", a.status, a.body)
			}
			if n := p.rows.Reads.Load(); n != 1 {
				t.Errorf("the keys were read %d times", n)
			}
		})
	}
}

// KEY03, KEY08: where it cannot read the keys it says so, and nothing has happened:
// the same request has its effect later.
func TestThreat_KEY03_KEY08_NoTokenIsInvalidForWantOfKeys(t *testing.T) {
	p := present(t)
	p.rows.Cut.Store(true)
	p.r.store.Reset()
	for name, act := range p.acts {
		p.behind.unavailable(name, act())
	}
	if n := p.rows.Reads.Load(); n != 1 {
		t.Errorf("%d readings in one instant", n)
	}
	seen := p.r.store.Seen()
	for name := range seen {
		if name != "Client" && name != "Take" { // the client is authenticated, and its attempts counted
			t.Errorf("the store was asked for %v", seen)
		}
	}
	p.rows.Cut.Store(false)
	p.r.pass(keys.RenewAfter)
	for name, act := range p.acts {
		if a := act(); !p.done[name](a) {
			t.Errorf("%s afterwards: %d %s", name, a.status, a.body)
		}
	}
}

// KEY03, INV-X3: who makes tokens up hears what anybody hears while the keys were
// read lately, and a wrong proof under a known key is refused though none can be.
func TestThreat_KEY03_InventedKeysAreInvalid(t *testing.T) {
	p := present(t)
	stranger := newRig(t)
	_, second, _ := stranger.replicas()
	_, third, _ := second.replicas() // its roots could be the next ones here
	app := stranger.client("app")
	made := third.ok(third.redeem(app, third.code(app, ownAccess)))
	refresh, access := made.text("refresh_token"), made.text("access_token")
	code := third.Keys.Ring().Mint(handle.Code, handle.Content{ID: core.NewID(stranger.clock())})
	judge := func() {
		t.Helper()
		p.behind.refuses(p.behind.refresh(p.app, refresh), http.StatusBadRequest, core.InvalidGrant)
		p.behind.refuses(p.behind.redeem(p.app, code), http.StatusBadRequest, core.InvalidGrant)
		p.behind.refuses(p.behind.person(access), http.StatusUnauthorized, core.InvalidToken)
		for _, token := range []string{refresh, access, made.text("id_token")} {
			if p.behind.active(p.app, token) {
				t.Error("a stranger's token is active")
			}
			p.behind.ok(p.behind.post("/revoke", as(p.app, "token", token)))
		}
	}
	for range 20 {
		judge()
	}
	if n := p.rows.Reads.Load(); n != 1 {
		t.Errorf("%d readings in one instant", n)
	}
	p.rows.Cut.Store(true)
	judge() // they were read a moment ago
	p.r.pass(keys.RenewAfter)
	p.behind.unavailable("a stranger's token", p.behind.refresh(p.app, refresh))
	known := p.behind.Keys.Ring().Mint(handle.Refresh, handle.Content{ID: core.NewID(p.r.clock())})
	p.behind.refuses(p.behind.refresh(p.app, known[:70]+"AAAA"+known[74:]), http.StatusBadRequest, core.InvalidGrant)
}
