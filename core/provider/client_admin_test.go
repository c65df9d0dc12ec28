package provider_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/core/provider"
)

var byOla = admin.Act{By: "ola@example.com", Reason: "it leaked its tokens"}

// A client can be kept out before it was ever seen, and let in again.
func TestOperator_disableInAdvance(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneCIMD, core.LaneDCR} {
		t.Run(string(lane), func(t *testing.T) {
			l := newLanesWorld(t, false)
			id, c := l.ids[lane], l.admin(l.world.provider)
			row, err := c.Disable(t.Context(), id, byOla)
			if err != nil || row.Version != 1 || row.Lane != lane || row.Record.DisabledBy != byOla.By || !row.Record.DisabledAt.Equal(l.now()) {
				t.Fatalf("%+v, %v", row, err)
			}
			l.browser().wantError(l.browser().get(l.ask(id)), core.PageAppOff)
			_, err = c.Enable(t.Context(), id, byOla)
			l.must(err)
			_, refresh, access := l.tokens(id)
			if a, b, c := l.stands(id, refresh, access); !a || !b || !c {
				t.Errorf("enabled: refreshed %v, userinfo %v, active %v", a, b, c)
			}
			row, err = c.Client(t.Context(), id)
			if err != nil || row.Record.AdmittedAt.IsZero() || len(l.happened(id, core.EventClientAdmitted)) != 1 || row.Record.DisabledReason != byOla.Reason {
				t.Errorf("%+v, %v", row.Record, err)
			}
		})
	}
	l := newLanesWorld(t, false)
	for _, id := range []string{"nobody", "kw_cl_forged", "http://notes.example/x"} {
		if _, err := l.admin(l.world.provider).Disable(t.Context(), id, byOla); !errors.Is(err, core.ErrNotFound) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// DM-02: what a client replaces by RFC 7592 is not what the operator decided. (Where
// clients wait for an operator, one that shows itself differently waits again.)
func TestOperator_theRecordOutlivesReplacement(t *testing.T) {
	l := newLanesWorld(t, false)
	m := l.registerManaged()
	_, err := l.admin(l.world.provider).Approve(t.Context(), m.id, byOla)
	l.must(err)
	if r := m.put(`"redirect_uris":["http://127.0.0.1/cb"],"client_name":"New"`); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.text)
	}
	row, err := l.admin(l.world.provider).Client(t.Context(), m.id)
	if err != nil || row.Name != "New" || row.Record.ApprovedBy != byOla.By {
		t.Errorf("%+v, %v", row, err)
	}
}

// The use of a client is written by the worker, once a day, and costs a request
// nothing.
func TestOperator_lastUsed(t *testing.T) {
	for _, lane := range []core.Lane{core.LaneSeeded, core.LaneCIMD, core.LaneDCR} {
		t.Run(string(lane), func(t *testing.T) {
			l := newLanesWorld(t, false)
			id, p := l.ids[lane], l.world.provider
			_, refresh, _ := l.tokens(id)
			row, err := l.store.Client(t.Context(), id)
			l.must(err)
			if !row.Record.UsedAt.IsZero() {
				t.Fatal("written by a request")
			}
			used := l.now()
			l.pass(time.Minute)
			l.must(p.WriteUses(t.Context()))
			row, err = l.store.Client(t.Context(), id)
			if err != nil || !row.Record.UsedAt.Equal(used) || !row.LastUsed().Equal(used) {
				t.Fatalf("%+v, %v", row.Record, err)
			}
			version := row.Version
			refresh = l.refresh(id, refresh).says("refresh_token") // reads the client anew, once
			l.store.Reset()
			for range 10 {
				l.pass(time.Hour)
				r := l.refresh(id, refresh)
				refresh = r.says("refresh_token")
				l.must(p.WriteUses(t.Context()))
			}
			if got := l.store.Seen(); got["Grant"] != 10 || got["UpdateGrant"] != 10 || got["UpdateClient"] != 0 {
				t.Errorf("ten refreshes: %v", got)
			}
			l.browser().get(l.ask(id)) // waits for a document that is on its way
			l.pass(core.ClientUsePeriod)
			l.refresh(id, refresh)
			l.must(p.WriteUses(t.Context()))
			if row, err = l.store.Client(t.Context(), id); err != nil || row.Version <= version || !row.Record.UsedAt.Equal(l.now()) {
				t.Errorf("a day later: version %d, used %v, %v", row.Version, row.Record.UsedAt, err)
			}
		})
	}
}

// DCR05: a client that is let go because nobody used it stays if somebody does, by a
// refresh token or by agreeing to it anew.
func TestOperator_whatIsUsedAgainStays(t *testing.T) {
	for _, again := range []string{"refresh", "consent"} {
		t.Run(again, func(t *testing.T) {
			l := newLanesWorld(t, false)
			id, p := l.ids[core.LaneCIMD], l.world.provider
			b, refresh, _ := l.tokens(id)
			row, err := l.store.Client(t.Context(), id)
			l.must(err)
			row.KeepUntil, row.Change = l.now().Add(time.Hour), core.NewID(l.now())
			l.must(l.store.UpdateClient(t.Context(), row))
			if again == "refresh" {
				l.refresh(id, refresh)
				l.must(p.WriteUses(t.Context()))
			} else {
				l.redeem(id, b.approve(l.ask(id, "prompt", "consent")).Get("code"))
			}
			l.pass(2 * time.Hour)
			l.purge()
			if row, err = l.store.Client(t.Context(), id); err != nil || !row.KeepUntil.IsZero() {
				t.Errorf("%v, kept until %v", err, row.KeepUntil)
			}
		})
	}
}

// What cannot be written now is written later.
func TestOperator_usesSurviveAnOutage(t *testing.T) {
	l := newLanesWorld(t, false)
	p := l.replica()
	l.at(p)
	l.tokens("desk")
	l.store.Arm(lostClient(1, false))
	if err := p.WriteUses(t.Context()); !errors.Is(err, core.ErrUnavailable) {
		t.Errorf("an outage is %v", err)
	}
	l.must(p.WriteUses(t.Context()))
	if row, err := l.store.Client(t.Context(), "desk"); err != nil || !row.Record.UsedAt.Equal(l.now()) {
		t.Errorf("%v, %v", row.Record, err)
	}
}

// A client that gets tokens for itself rests on no grant: another replica may take
// core.MaxClientStale to notice, and no longer. What it got has ended at once.
func TestOperator_disabledClientCredentials(t *testing.T) {
	l := newLanesWorld(t, false)
	here, there := l.world.provider, l.replica()
	ask := func(p *provider.Provider) reply {
		l.at(p)
		return l.token("client_id", "api", "client_secret", "a secret of full entropy, or so it says", "grant_type", "client_credentials")
	}
	got := ask(there)
	if got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.text)
	}
	_, err := l.admin(here).Revoke(t.Context(), "api", byOla)
	l.must(err)
	if _, _, active := l.stands("api", "kw_rt_x", got.says("access_token")); active {
		t.Error("revoked: the token that it had is active")
	}
	_, err = l.admin(here).Disable(t.Context(), "api", byOla)
	l.must(err)
	if r := ask(here); r.says("error") != "invalid_client" || strings.Contains(r.text, "leaked") {
		t.Errorf("on the replica of the act: %s", r.text)
	}
	l.pass(core.MaxClientStale)
	if r := ask(there); r.says("error") != "invalid_client" {
		t.Errorf("on the other, %v later: %s", core.MaxClientStale, r.text)
	}
}
