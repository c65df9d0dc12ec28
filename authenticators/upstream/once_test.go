package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/jose"
)

// However many callbacks come at once, the code goes out once, and who began it may leave.
func TestFlights_oneForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flights{}
		release := make(chan struct{})
		var works, left atomic.Int32
		work := func(ctx context.Context) (core.Identity, error) {
			works.Add(1)
			<-release
			return core.Identity{Subject: "mara"}, ctx.Err()
		}
		leaving, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := f.do(leaving, "k", work); problemOf(err) == problemAway {
				left.Add(1)
			}
		})
		synctest.Wait()
		for range 8 {
			all.Go(func() {
				if who, err := f.do(t.Context(), "k", work); err != nil || who.Subject != "mara" {
					t.Errorf("%v, %v", who, err)
				}
			})
		}
		leave()
		synctest.Wait()
		close(release)
		all.Wait()
		if works.Load() != 1 || left.Load() != 1 {
			t.Errorf("%d works, %d left", works.Load(), left.Load())
		}
		if len(f.running) != 0 {
			t.Error("something is kept")
		}
	})
}

// UPS03: a document is asked for once for all, then when it is old; one that cannot be had again serves until it is stale;
// failures are not repeated at once.
func TestThreat_UPS03_cache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &cache[int]{}
		var asked atomic.Int32
		var fails error
		fetch := func(context.Context) (int, error) {
			time.Sleep(time.Second) // of the fake clock: others come meanwhile
			return int(asked.Add(1)), fails
		}
		start := time.Now()
		get := func(newer time.Time) (int, error) { return c.get(t.Context(), time.Now(), "a", newer, fetch) }
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if v, err := get(time.Time{}); v != 1 || err != nil {
					t.Errorf("%d, %v", v, err)
				}
			})
		}
		all.Wait()
		want := func(step string, value, requests int) {
			t.Helper()
			v, err := get(time.Time{})
			if v != value || int(asked.Load()) != requests || (value == 0) != (err != nil) {
				t.Errorf("%s: %d, %v after %d requests; want %d after %d", step, v, err, asked.Load(), value, requests)
			}
		}
		want("kept", 1, 1)
		time.Sleep(documentFresh)
		want("asked again", 2, 2)
		if v, _ := get(time.Now()); v != 2 || asked.Load() != 2 {
			t.Error("a newer one was asked for within the cool-down")
		}
		time.Sleep(coolDown)
		if v, _ := get(time.Now()); v != 3 || asked.Load() != 3 {
			t.Error("no newer one was asked for after the cool-down")
		}
		fails = errors.New("down")
		time.Sleep(documentFresh)
		want("stale while down", 3, 4)
		want("not asked at once", 3, 4)
		time.Sleep(documentStale)
		want("too stale", 0, 5)
		want("still cooling", 0, 5)
		fails = nil
		time.Sleep(coolDown)
		want("back", 6, 6)
		if time.Since(start) < documentStale {
			t.Error("the clock stood still")
		}
	})
}

// What strangers make us remember is bounded.
func TestCache_isBounded(t *testing.T) {
	c := &cache[int]{}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range maxDocuments + 100 {
		_, err := c.get(t.Context(), at.Add(time.Duration(i)*time.Second), fmt.Sprint(i), time.Time{}, func(context.Context) (int, error) { return i, nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(c.entries) != maxDocuments || c.entries["99"] != nil || c.entries["100"] == nil {
		t.Errorf("%d entries", len(c.entries))
	}
}

// never is a network on which nobody answers.
type never struct{ asked *atomic.Int32 }

func (n never) RoundTrip(r *http.Request) (*http.Response, error) {
	n.asked.Add(1)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// UPS01: a provider that does not answer costs at most ten seconds, and the next person nothing at all.
func TestThreat_UPS01_deadProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		p := Provider{Name: "acme", Issuer: "https://dead.example", ClientID: clientID, ClientSecret: clientSecret}
		a, err := New(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Start(core.Tools{HTTP: &http.Client{Transport: never{&asked}}}); err != nil {
			t.Fatal(err)
		}
		turn := core.Turn{Issuer: "https://id.example", Purpose: core.TurnSignIn, Step: a.start, State: func() string { return "state" }}
		for range 3 {
			turn.At = time.Now()
			reply, err := a.Begin(t.Context(), turn)
			if page, ok := reply.(core.Show); err != nil || !ok || page.Page.Problems[0].ID != problemAway {
				t.Fatalf("%+v, %v", reply, err)
			}
			if waited := time.Since(turn.At); waited > 10*time.Second {
				t.Errorf("waited %v", waited)
			}
		}
		if asked.Load() != 1 {
			t.Errorf("asked %d times within the cool-down", asked.Load())
		}

		// The same on the way back: all that is asked together has one end.
		p.Endpoints = Endpoints{Authorization: "https://dead.example/a", Token: "https://dead.example/t", Keys: "https://dead.example/k"}
		if a, err = New(p); err != nil {
			t.Fatal(err)
		}
		if err := a.Start(core.Tools{HTTP: &http.Client{Transport: never{&asked}}}); err != nil {
			t.Fatal(err)
		}
		turn.Step, turn.At = a.start, time.Now()
		turn.Reserve = func(context.Context, ...core.NamedLimit) error { return nil }
		reply, err := a.Begin(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		turn.Notes, turn.Step = reply.(core.Redirect).Notes, a.back
		turn.Returned = &core.Returned{Values: map[string][]string{"state": {"state"}, "code": {"c"}}}
		reply, err = a.Begin(t.Context(), turn)
		if err != nil {
			t.Fatal(err)
		}
		if got := readNotes(reply.(core.GoTo).Notes).Problem; got != problemAway {
			t.Errorf("problem %q", got)
		}
		if waited := time.Since(turn.At); waited > 10*time.Second {
			t.Errorf("waited %v", waited)
		}
	})
}

// LNK18: a new key is found, under a new name or the old one, with one request more; a forged one finds nothing.
func TestThreat_LNK18_rotation(t *testing.T) {
	w := newWorld(t)
	w.identity()
	w.identity()
	if n := w.times("/keys"); n != 1 {
		t.Errorf("%d requests for keys", n)
	}
	for i, kid := range []string{"second", "second"} { // the second time the same name has another key
		w.signer = newSigner(t, "RS256", kid)
		later(w, coolDown)
		w.identity()
		if n := w.times("/keys"); n != i+2 {
			t.Errorf("%s: %d requests for keys", kid, n)
		}
	}
	forged := newSigner(t, "RS256", "forged")
	w.mint = func(c map[string]any) string { return sign(t, forged, c) }
	later(w, coolDown)
	for range 5 {
		reply, err := w.signIn()
		w.wantProblem(reply, err, problemLie)
	}
	if n := w.times("/keys"); n != 4 {
		t.Errorf("%d requests for keys", n)
	}
	// Old keys serve while the provider's keys cannot be had.
	w.mint = nil
	w.instead["/keys"] = status(http.StatusInternalServerError)
	later(w, documentFresh+time.Minute)
	w.identity()
	later(w, documentStale)
	reply, err := w.signIn()
	w.wantProblem(reply, err, problemAway)
}

// A11: without the option for tests, this machine and private networks are not asked for anything.
func TestThreat_SSR01_guarded(t *testing.T) {
	l := newLiar(t)
	for _, issuer := range []string{l.URL, strings.Replace(l.URL, "http:", "https:", 1), "http://10.0.0.1", "ftp://id.example", "https://u:p@id.example"} {
		p := honest(l)
		p.Issuer, p.InsecureAllowLoopback = issuer, false
		if strings.HasPrefix(issuer, "https:") && !strings.Contains(issuer, "@") {
			continue // judged by the client that New gives, below
		}
		if _, err := New(p); err == nil {
			t.Errorf("%s was taken", issuer)
		}
	}
	if n := l.times("/.well-known/openid-configuration"); n != 0 {
		t.Errorf("%d requests", n)
	}
	if jose.Algorithm("none").Known() || jose.Algorithm("HS256").Known() {
		t.Error("an algorithm that anybody can sign with")
	}
}

// MIX03: what began at one provider does not end at another.
func TestThreat_MIX03_callbackOfAnother(t *testing.T) {
	w := newWorld(t)
	values := w.authorize(w.away())
	p := w.a.provider
	p.Name = "other"
	other, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	w2 := start(t, w.liar, other) // notes are each authenticator's own
	_, err = w2.back(values)
	w.wantPage(err, core.PageOld)
	if n := w.times("/token"); n != 0 {
		t.Errorf("%d token requests", n)
	}
}

// UPS04: what was begun under another configuration is not finished under this one.
func TestThreat_UPS04_changedMeanwhile(t *testing.T) {
	w := newWorld(t)
	values := w.authorize(w.away())
	w.a.provider.ClientID = "renamed"
	reply, err := w.back(values)
	w.wantProblem(reply, err, problemBroken)
	w.a.provider.ClientID = clientID
	w.identity()
}
