package resource

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// says makes an introspection answer.
func (a *authority) says(token, answer string) {
	a.set(func() { a.opaque[token] = answer })
}

func active(more string) string {
	return `{"active":true,"sub":"ada","client_id":"app","aud":"` + api + `","scope":"read"` + more + `}`
}

// PR-07, RFC 7662: opaque tokens count by what the issuer says of them.
func TestPR07_introspection(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(introspecting)
	now := a.clock.now().Unix()
	for name, c := range map[string]struct {
		answer string
		want   int
	}{
		"good":               {active(""), 200},
		"good with all":      {active(fmt.Sprintf(`,"iss":%q,"exp":%d,"iat":%d,"token_type":"Bearer"`, a.server.URL, now+60, now)), 200},
		"not active":         {`{"active":false}`, 401},
		"active is a string": {`{"active":"true","sub":"ada","client_id":"app","aud":"` + api + `"}`, 401},
		"other audience":     {`{"active":true,"sub":"ada","client_id":"app","aud":"https://other.example"}`, 401},
		"no audience":        {`{"active":true,"sub":"ada","client_id":"app"}`, 401}, // a refresh token
		"nobody":             {`{"active":true,"aud":"` + api + `"}`, 401},
		"other issuer":       {active(`,"iss":"https://evil.example"`), 401},
		"expired":            {active(fmt.Sprintf(`,"exp":%d`, now-60)), 401},
		"other scope":        {`{"active":true,"sub":"ada","client_id":"app","aud":"` + api + `","scope":"reader"}`, 403},
		"bound":              {active(`,"cnf":{"jkt":"x"}`), 401},
		"garbage":            {`<html>`, 503},
		"repeated":           {`{"active":false,"active":true}`, 503},
	} {
		token := "kw_at_" + fmt.Sprintf("%x", name)
		a.says(token, c.answer)
		if w := call(s, Need{Scopes: []string{"read"}}, bearer(token)); w.Code != c.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
	if got := status(s, a.token(nil)); got != 200 {
		t.Errorf("a JWT of the same issuer: %d", got)
	}
	if w := call(a.guard(), Need{}, bearer("opaque")); w.Code != 401 {
		t.Errorf("without introspection: %d", w.Code)
	}
}

// PRM05: answers are kept by the whole token, for a stated time; scope and time are judged each time.
func TestThreat_PRM05_introspectionCache(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(introspecting)
	a.says("tok", active(fmt.Sprintf(`,"exp":%d`, a.clock.now().Unix()+20)))
	for range 5 {
		if got := status(s, "tok"); got != 200 {
			t.Fatal(got)
		}
	}
	if w := call(s, Need{Scopes: []string{"write"}}, bearer("tok")); w.Code != 403 {
		t.Errorf("scope: %d", w.Code)
	}
	if got := a.asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
	for _, near := range []string{"to", "tokk", "TOK", "tok="} {
		if got := status(s, near); got != 401 {
			t.Errorf("%s: %d", near, got)
		}
	}
	a.says("revoked", active(""))
	status(s, "revoked")
	a.says("revoked", `{"active":false}`)
	a.clock.advance(defaultBelieved - time.Second)
	if got := status(s, "revoked"); got != 200 {
		t.Errorf("still believed: %d", got)
	}
	a.clock.advance(time.Second)
	if got := status(s, "revoked"); got != 401 {
		t.Errorf("revoked: %d", got)
	}
	a.clock.advance(25 * time.Second) // past exp and skew
	if got := status(s, "tok"); got != 401 {
		t.Errorf("expired: %d", got)
	}
	a.says("late", active(""))
	if got := status(s, "late"); got != 200 {
		t.Fatal(got)
	}
	a.set(func() { a.down = true })
	if got := status(s, "late"); got != 200 {
		t.Errorf("kept, away: %d", got)
	}
	a.clock.advance(defaultBelieved)
	if got := status(s, "late"); got != 503 {
		t.Errorf("PRM07 away: %d", got)
	}
}

// Guesses neither grow the memory nor push out what counts.
func TestThreat_PRM05_cacheIsBounded(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(func(o *Options) {
		introspecting(o)
		o.Issuers[0].Introspection.Entries = 20
	})
	a.says("good", active(""))
	status(s, "good")
	for i := range 50 {
		status(s, fmt.Sprint("guess", i))
	}
	if n, m := len(s.inquiries.active.byKey), len(s.inquiries.dead.byKey); n != 1 || m != 2 || s.inquiries.dead.order.Len() != 2 {
		t.Errorf("%d and %d are kept", n, m)
	}
	asked := a.asked.Load()
	if got := status(s, "good"); got != 200 || a.asked.Load() != asked {
		t.Errorf("%d, asked again: %v", got, a.asked.Load() != asked)
	}
	for i := range 50 {
		a.says(fmt.Sprint("live", i), active(""))
		status(s, fmt.Sprint("live", i))
	}
	if n := len(s.inquiries.active.byKey); n != 20 {
		t.Errorf("%d are kept", n)
	}
}

func TestIntrospectionAsksOnceForMany(t *testing.T) {
	a := newAuthority(t)
	s := a.guard(introspecting)
	a.says("tok", active(""))
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := status(s, "tok"); got != http.StatusOK {
				t.Error(got)
			}
		})
	}
	all.Wait()
	if got := a.asked.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
}
