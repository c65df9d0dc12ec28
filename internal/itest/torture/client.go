//go:build unix

package torture

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/internal/itest/torture/history"
)

// answer is what one request came to.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	from, to history.Time
	replica  string
	// lost: no answer came. nowhere: and it came to no replica.
	lost, nowhere bool
}

// unknown says that the request may or may not have taken effect.
func (a *answer) unknown() bool { return a.lost || a.status == http.StatusServiceUnavailable }

// note describes the answer in a history.
func (a *answer) note(who string) string {
	switch {
	case a.nowhere:
		return who + ": no replica there"
	case a.lost:
		return who + ": connection lost"
	}
	text := who + " at replica " + a.replica + ": " + strconv.Itoa(a.status)
	if a.status >= 400 && a.status != http.StatusServiceUnavailable {
		text += " " + strings.TrimSpace(string(a.body[:min(len(a.body), 120)]))
	}
	return text
}

// patience is how long a caller waits for an answer.
const patience = 20 * time.Second

// landing is how long what was asked may still take effect after its answer was lost: a replica that was killed may
// have left a statement with the database, which waits for a row that a replica holds while it is stopped.
const landing = maxPause + 3*time.Second

// do sends one request and waits for the answer, or for the connection to be lost.
func (r *run) do(method, address string, form url.Values, header http.Header) answer {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), patience)
	defer cancel()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	q, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		panic(err) // the addresses are our own
	}
	for name, values := range header {
		q.Header[name] = values
	}
	if form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	number := strconv.FormatUint(r.count.requests.Add(1), 10)
	q.Header.Set(headerCall, number)
	a := answer{from: r.clock.Since()}
	got, err := r.http.Do(q)
	if err == nil {
		a.body, err = io.ReadAll(got.Body)
		got.Body.Close()
	}
	if err != nil {
		a.lost, a.nowhere = true, r.proxy.reached.forget(number)
		a.to = r.clock.Since() + r.clock.Of(landing)
		r.count.lost.Add(1)
		if a.nowhere {
			a.to = r.clock.Since()
			r.count.nowhere.Add(1)
		}
		return a
	}
	a.to, a.status, a.header, a.replica = r.clock.Since(), got.StatusCode, got.Header, got.Header.Get(headerReplica)
	r.judge(q, &a)
	return a
}

// judge looks at what no answer may be, whatever was asked.
func (r *run) judge(q *http.Request, a *answer) {
	what := q.Method + " " + q.URL.Path
	switch {
	case a.status == http.StatusServiceUnavailable:
		r.count.unavailable.Add(1)
		a.to += r.clock.Of(landing)
		if a.header.Get("Retry-After") == "" {
			r.violated(history.Unexpected, what, "  503 without Retry-After\n")
		}
	case a.status >= 500:
		r.violated(history.ServerError, what, "  "+a.note("a caller")+"\n")
	}
}

// calls remembers numbers of requests.
type calls struct {
	mu  sync.Mutex
	all map[string]bool
}

func (c *calls) none(number string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]bool{}
	}
	c.all[number] = true
}

// forget says whether the number was remembered, and remembers it no longer.
func (c *calls) forget(number string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.all[number]
	delete(c.all, number)
	return was
}

// ask wants 200 from a handler in this process.
func ask(h http.Handler, address string) error {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	if w.Code != http.StatusOK {
		return &unexpected{address, w.Code}
	}
	return nil
}

type unexpected struct {
	address string
	status  int
}

// Error says what was answered.
func (u *unexpected) Error() string {
	return "torture: " + u.address + " answered " + strconv.Itoa(u.status)
}
