package dialogue

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Fault makes a world lose calls to what it keeps things in.
type Fault struct {
	// Arm begins to count calls, and to lose them from the n-th on; 0 loses none.
	Arm func(n int)
	// Heal ends an outage, and waits for what was begun before it and goes on beside
	// requests. It is called once somebody was told to ask again.
	Heal func()
	// Struck names the calls lost since Arm; it is empty while none was.
	Struck func() string
	// Kept describes, in lines, what is kept in the end. It must be what it would be
	// had nothing been lost: nothing half done, nothing twice.
	Kept func() string
	// Instead says whether an answer other than the one written is right, where
	// somebody asks again who was told nothing. The dialogue ends there.
	Instead func(answer string) bool
}

// mostCalls bounds a sweep: no dialogue needs as many.
const mostCalls = 500

// mostTries bounds how often an exchange is repeated.
const mostTries = 8

// Sweep plays every file that the pattern matches with the first call lost, then
// with the second, and so on until none is, each time in a world of its own.
// Every exchange gets the answer that is written, or a 503 with Retry-After and
// then, sent again as it was, the one that is written. What a dialogue has in
// common with the beginning of one before it is swept there.
func Sweep(t *testing.T, pattern string, world func(t *testing.T) (World, Fault)) {
	t.Helper()
	var swept []archive
	each(t, pattern, func(t *testing.T, file string) {
		written := read(t, file)
		from := common(swept, written)
		swept = append(swept, written)
		sweepFile(t, written, from, world)
	})
}

// common is how many exchanges at its beginning a has in common with another.
func common(swept []archive, a archive) (most int) {
	for _, other := range swept {
		n := 0
		for ours, theirs := a.exchanges(), other.exchanges(); n < min(len(ours), len(theirs)) && ours[n] == theirs[n]; {
			n++
		}
		most = max(most, n)
	}
	return most
}

func sweepFile(t *testing.T, written archive, from int, world func(t *testing.T) (World, Fault)) {
	t.Helper()
	kept, struck, rounds := "", "", 0
	for n := 0; (n == 0 || struck != "") && !t.Failed(); n++ {
		if n > mostCalls {
			t.Fatalf("more than %d calls", mostCalls)
		}
		t.Run(fmt.Sprintf("call %d", n), func(t *testing.T) {
			w, f := world(t)
			got, whole := sweepOnce(t, written, w, f, from, n)
			struck, rounds = f.Struck(), n
			switch {
			case n == 0:
				kept, struck = got, "none yet"
			case whole && got != kept:
				t.Errorf("with%s lost something else is kept (-want +got)\n%s", struck, cmp.Diff(kept, got))
			}
		})
	}
	t.Logf("%d calls", rounds-1)
}

// sweepOnce plays a dialogue with the n-th call lost, counted from an exchange on.
// It gives what is kept then, and whether the dialogue came to its end.
func sweepOnce(t *testing.T, written archive, w World, f Fault, from, n int) (kept string, whole bool) {
	t.Helper()
	p := w.player()
	defer f.Heal()
	for at, e := range written.exchanges() {
		if at == from {
			f.Arm(n)
		}
		err := p.insist(e, f)
		if errors.Is(err, errInstead) {
			return "", false
		}
		if err != nil {
			t.Fatalf("call %d lost (%s), %s: %v", n, strings.TrimSpace(f.Struck()), e.asked.name, err)
		}
	}
	f.Heal()
	return f.Kept(), true
}

var errInstead = errors.New("another answer, which is right, too")

// insist repeats a request until it is answered as written.
func (p *player) insist(e exchange, f Fault) error {
	r, err := parseRequest(e.asked)
	if err != nil {
		return err
	}
	p.world.Advance(r.clock)
	again := false
	for range mostTries {
		back, before := p.stay(r.who), p.struck
		got, err := p.exchange(r)
		if err != nil {
			return err
		}
		if p.struck = f.Struck(); p.struck != before && got.away() {
			again = true
			f.Heal()
			back()
			continue
		}
		return p.compare(r, got, e.want, again, f)
	}
	return errors.New("asking again does not help")
}

// compare says how the answer differs from the one written.
func (p *player) compare(r request, got answer, want string, again bool, f Fault) error {
	seen := p.mask.mask(got.render())
	text, err := p.keep(r, got)
	if err == nil {
		if diff := cmp.Diff(counted(want), counted(text)); diff != "" {
			err = fmt.Errorf("(-want +got)\n%s", diff)
		}
	}
	if err != nil && again && f.Instead(seen) {
		return errInstead
	}
	return err
}

// stay remembers the page that a person sees, and gives the way back to it.
func (p *player) stay(who string) (back func()) {
	if who == "" {
		return func() {}
	}
	v := p.visitor(who)
	page, at := v.page, v.at
	return func() { v.page, v.at = page, at }
}

// away says that the provider asks to be asked again, as a client, a person or
// the client behind a person's browser is told: never as what a client gives its
// token up for.
func (a answer) away() bool {
	target := a.header.Get("Location")
	if target == "" {
		target, _ = lookUp(a.body, "links.to") // as a page of somebody else's is told where to go
	}
	if u, err := url.Parse(target); err == nil && u.Query().Get("error") == "temporarily_unavailable" {
		return true
	}
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" && !strings.Contains(string(a.body), "invalid_")
}

// How many tries are left: one whose answer was lost has counted.
var tries = regexp.MustCompile(`\d+ tries left`)

func counted(text string) []string {
	return slices.Collect(strings.Lines(strings.TrimSpace(tries.ReplaceAllString(text, "… tries left"))))
}
