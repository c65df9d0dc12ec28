package threats

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core/providertest"
)

// CLK01: two replicas whose clocks differ. No code is good twice, and what one
// gave the other takes.
func TestThreat_CLK01_ReplicasWithOtherClocks(t *testing.T) {
	for _, skew := range []time.Duration{-30 * time.Second, 30 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			start := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
			db := memory.New()
			one := newWorld(t, providertest.WithDatabase(db), providertest.WithStart(start))
			two := providertest.New(t, providertest.WithDatabase(db), providertest.WithStart(start.Add(skew)))
			there := two.Client(clientreg.Seed{ID: one.app.ID, Name: "App", RedirectURIs: []string{callback}, LogoutURIs: []string{"https://app.example/bye"}, Secret: clientreg.Secret{Text: clientreg.SecretText(one.app.Secret)}})
			request, code := one.code()
			got := there.Token(one.redemption(request, code))
			if got.Status != http.StatusOK {
				t.Fatalf("a code of the other replica: %d %s", got.Status, got.Body)
			}
			if info := one.UserInfo(got.Access); info.Status != http.StatusOK {
				t.Errorf("a token of the other replica: %d %s", info.Status, info.Body)
			}
			if again := one.app.Token(one.redemption(request, code)); again.Error != "invalid_grant" {
				t.Errorf("a code is good twice: %d %s", again.Status, again.Body)
			}
		})
	}
}

// RACE: 64 redemptions of one code through two replicas: one succeeds, none fails
// in another way than as a spent code.
func TestThreat_TOK01_ParallelRedemptionsAtTwoReplicas(t *testing.T) {
	db := memory.New()
	one := newWorld(t, providertest.WithDatabase(db))
	two := providertest.New(t, providertest.WithDatabase(db))
	there := two.Client(clientreg.Seed{ID: one.app.ID, Name: "App", RedirectURIs: []string{callback}, LogoutURIs: []string{"https://app.example/bye"}, Secret: clientreg.Secret{Text: clientreg.SecretText(one.app.Secret)}})
	request, code := one.code()
	form := one.redemption(request, code)
	var all sync.WaitGroup
	answers := make(chan providertest.Answer, 64)
	for n := range 64 {
		all.Go(func() {
			if n%2 == 0 {
				answers <- one.app.Token(form)
				return
			}
			answers <- there.Token(form)
		})
	}
	all.Wait()
	close(answers)
	good := 0
	for a := range answers {
		switch {
		case a.Status == http.StatusOK:
			good++
		case a.Error != "invalid_grant" && a.Status != http.StatusServiceUnavailable:
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if good != 1 {
		t.Errorf("%d redemptions succeeded", good)
	}
}
