package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/core"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456000, time.UTC)

// newGrant is a grant as a refresh would find it.
func newGrant(account core.ID) core.Grant {
	return core.Grant{
		ID: core.NewID(noon), Row: core.Row{Change: core.NewID(noon), KeepUntil: noon.Add(time.Hour)},
		State: core.GrantActive, Account: account, Client: "app", Session: core.NewID(noon),
		GrantTerms: core.GrantTerms{
			Lane: core.LaneSeeded, AuthMethod: core.AuthNone, Secret: core.Hash{1}, Challenge: "challenge",
			Access:  []core.Access{{Scopes: []string{"openid", "profile", "offline_access"}}},
			AMR:     []string{"pwd"},
			Offline: true, CreatedAt: noon, Ends: noon.Add(time.Hour), IdleEnds: noon.Add(time.Minute),
			Generation: 3, RotatedAt: noon, Refreshable: true,
		},
	}
}

// filled is a store with one grant and all that it depends on.
func filled(tb testing.TB) (core.Store, core.Grant) {
	tb.Helper()
	ctx, s := context.Background(), memory.New().Tenant(core.NewID(noon))
	account := core.Account{ID: core.NewID(noon)}
	g := newGrant(account.ID)
	for _, err := range []error{
		s.CreateAccount(ctx, core.AccountChange{Account: account}),
		s.CreateClient(ctx, core.Client{ID: "app", Lane: core.LaneSeeded}),
		s.CreateSession(ctx, core.Session{ID: g.Session, Account: account.ID, Ends: noon.Add(time.Hour), IdleEnds: noon.Add(time.Hour)}),
		s.CreateConsent(ctx, core.Consent{Account: account.ID, Client: "app"}),
		s.CreateGrant(ctx, g),
	} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	g.Version = 1
	return s, g
}

func TestNothingReadSharesMemoryWithWhatIsKept(t *testing.T) {
	ctx := context.Background()
	s, g := filled(t)
	g.Access[0].Scopes[0] = "stolen"
	read, _, err := s.Grant(ctx, g.ID)
	if err != nil {
		t.Fatal(err)
	}
	if read.Access[0].Scopes[0] != "openid" {
		t.Fatal("a change to what was written reached the store")
	}
	read.Access[0].Scopes[0] = "stolen"
	if again, _, _ := s.Grant(ctx, g.ID); again.Access[0].Scopes[0] != "openid" {
		t.Fatal("a change to what was read reached the store")
	}
}

func TestCloseRefusesFurtherCalls(t *testing.T) {
	db := memory.New()
	s := db.Tenant(core.NewID(noon))
	if err := db.Ready(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Client(context.Background(), "app"); !errors.Is(err, core.ErrUnavailable) {
		t.Fatalf("a read after Close gave %v", err)
	}
}

func BenchmarkGrant(b *testing.B) {
	s, g := filled(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := s.Grant(context.Background(), g.ID); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkUpdateGrant(b *testing.B) {
	s, g := filled(b)
	b.ReportAllocs()
	for b.Loop() {
		g.Generation++
		if err := s.UpdateGrant(context.Background(), g); err != nil {
			b.Fatal(err)
		}
		g.Version++
	}
}
