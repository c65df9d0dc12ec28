package dialogue

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// forgetful answers "done" once nothing is lost; what it says of a loss is
// given.
func forgetful(status int, header, body string) (World, Fault) {
	lost, struck := 0, ""
	w := World{Origin: "https://id.example", Now: time.Now, Advance: func(time.Duration) {}}
	w.Handler = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if lost--; lost == 0 {
			struck += " Call"
			if header != "" {
				rw.Header().Set(header, "1")
			}
			rw.WriteHeader(status)
			_, _ = fmt.Fprint(rw, body)
			return
		}
		_, _ = fmt.Fprint(rw, "done")
	})
	return w, Fault{
		Arm: func(n int) { lost, struck = n, "" }, Heal: func() { lost = 0 }, Struck: func() string { return struck },
		Kept: func() string { return "kept" }, Instead: func(answer string) bool { return strings.Contains(answer, "instead") },
	}
}

func TestInsist(t *testing.T) {
	asked := exchange{section{"app asks", "GET /"}, "200 OK\nContent-Type: text/plain; charset=utf-8\n\ndone\n"}
	for name, c := range map[string]struct {
		status       int
		header, body string
		fault        bool
	}{
		"told to ask again":           {503, "Retry-After", "away", false},
		"not told when":               {503, "", "away", true},
		"told that its token is void": {503, "Retry-After", `{"error": "invalid_grant"}`, true},
		"refused":                     {400, "", `{"error": "invalid_grant"}`, true},
		"internal":                    {500, "Retry-After", "oh", true},
		"another answer at once":      {200, "", "instead", true},
	} {
		t.Run(name, func(t *testing.T) {
			w, f := forgetful(c.status, c.header, c.body)
			f.Arm(1)
			if err := w.player().insist(asked, f); (err != nil) != c.fault {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSweep_CountsUntilNothingIsLost(t *testing.T) {
	played := 0
	t.Run("dialogue", func(t *testing.T) {
		Sweep(t, "testdata/clerk.txtar", func(t *testing.T) (World, Fault) {
			played++
			_, f := forgetful(503, "Retry-After", "away")
			w := lossy(clerk(t), &f)
			return w, f
		})
	})
	if played != 6 { // none lost, each of four requests, and one more
		t.Errorf("played %d times", played)
	}
}

// lossy puts a fault before a world that knows of none.
func lossy(w World, f *Fault) World {
	lost, struck, serve := 0, "", w.Handler
	f.Arm, f.Struck = func(n int) { lost = n }, func() string { return struck }
	w.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if lost--; lost == 0 {
			struck += " Call"
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		serve.ServeHTTP(rw, r)
	})
	return w
}

func TestCommonBeginnings(t *testing.T) {
	a := parseArchive("-- a --\n1\n-- answer --\nx\n-- b --\n2\n-- answer --\ny\n")
	b := parseArchive("-- a --\n1\n-- answer --\nx\n-- b --\n3\n-- answer --\ny\n")
	if got := common([]archive{b}, a); got != 1 {
		t.Errorf("got %d", got)
	}
	if got := common(nil, a); got != 0 {
		t.Errorf("got %d", got)
	}
}
