package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
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

// SSR01, SSR07, SSR08: whatever somebody writes into a connection, this machine, private networks and other protocols are
// asked for nothing, and the answer is the same for all.
func TestThreat_SSR01_SSR07_connectionsToTheInside(t *testing.T) {
	var reached atomic.Int32
	a, err := Connections(Options{})
	if err != nil {
		t.Fatal(err)
	}
	client := fetch.New(fetch.Options{Timeout: time.Second, Dialled: func(_ netip.AddrPort, permitted bool) {
		if permitted {
			reached.Add(1)
		}
	}}).HTTPClient()
	if err := a.Start(core.Tools{HTTP: client}); err != nil {
		t.Fatal(err)
	}
	for host, problem := range map[string]string{
		"https://127.0.0.1": problemBroken, "https://127.1": problemBroken, "https://2130706433": problemBroken, "https://0x7f000001": problemBroken,
		"https://0.0.0.0": problemBroken, "https://[::1]": problemBroken, "https://[::ffff:127.0.0.1]": problemBroken, "https://10.0.0.1": problemBroken,
		"https://172.16.0.1": problemBroken, "https://192.168.0.1": problemBroken, "https://100.64.0.1": problemBroken, "https://169.254.169.254": problemBroken,
		"https://[fd00:ec2::254]": problemBroken, "https://[fe80::1]": problemBroken, "https://[64:ff9b::7f00:1]": problemBroken, "https://localhost": problemBroken,
		"https://93.184.216.34:22": problemBroken, "https://93.184.216.34:6379": problemBroken,
		"http://id.example": problemGone, "file:///etc/passwd": problemGone, "gopher://id.example": problemGone, "https://u:p@id.example": problemGone, "https://": problemGone,
	} {
		settings, err := json.Marshal(map[string]string{"issuer": host, "client_id": "c"})
		if err != nil {
			t.Fatal(err)
		}
		c := &core.Connection{Kind: Method, ConnectionTerms: core.ConnectionTerms{Settings: settings}}
		reply, err := a.Begin(t.Context(), core.Turn{
			Issuer: "https://id.example", Purpose: core.TurnSignIn, Step: a.start, At: time.Now(), Connection: c, State: func() string { return "s" },
		})
		if page, ok := reply.(core.Show); err != nil || !ok || page.Page.Problems[0].ID != problem {
			t.Errorf("%s: %+v, %v", host, reply, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
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
