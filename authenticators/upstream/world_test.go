package upstream

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

// world is what the provider does around an authenticator, for one browser in one interaction.
type world struct {
	*liar
	a       *Authenticator
	turn    core.Turn // of every request; Step, Notes and Returned are put in
	notes   []byte
	events  []core.Event
	log     *loggedText
	reserve int
}

type loggedText struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *loggedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(b)
}

func (l *loggedText) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

// honest is the configuration for a liar.
func honest(l *liar) Provider {
	return Provider{
		Name: "acme", Label: "Acme", Issuer: l.URL, ClientID: clientID, ClientSecret: clientSecret,
		Domains: []string{"example.com"}, InsecureAllowLoopback: true,
	}
}

func newWorld(t *testing.T, change ...func(*Provider)) *world {
	t.Helper()
	l := newLiar(t)
	p := honest(l)
	for _, c := range change {
		c(&p)
	}
	a, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, l, a)
}

func start(t *testing.T, l *liar, a *Authenticator) *world {
	t.Helper()
	w := &world{liar: l, a: a, log: &loggedText{}}
	if err := a.Start(core.Tools{Logger: slog.New(slog.NewTextHandler(w.log, nil))}); err != nil {
		t.Fatal(err)
	}
	w.turn = core.Turn{
		Issuer: "https://id.example", Purpose: core.TurnSignIn, At: l.at, Interaction: core.NewID(l.at), Address: "192.0.2.1",
		Request: &core.AuthorizationRequest{}, State: rand.Text,
		Reserve: func(context.Context, ...core.NamedLimit) error { w.reserve++; return nil },
		Seal:    func(label string, b []byte) ([]byte, error) { return append([]byte(label+"|"), reversed(b)...), nil },
	}
	return w
}

func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return out
}

func unseal(label string, b []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(b, []byte(label+"|"))
	if !ok {
		return nil, errors.New("sealed under another label")
	}
	return reversed(rest), nil
}

// begin asks for a step, and keeps what the reply leaves behind.
func (w *world) begin(step core.Step, returned *core.Returned) (core.Reply, error) {
	w.t.Helper()
	t := w.turn
	t.Step, t.Notes, t.Returned, t.At = step, w.notes, returned, w.at
	reply, err := w.a.Begin(w.t.Context(), t)
	if err != nil {
		return nil, err
	}
	var k core.Keep
	switch r := reply.(type) {
	case core.Redirect:
		k = r.Keep
	case core.GoTo:
		k = r.Keep
	case core.Show:
		k = r.Keep
	case core.Identified:
		k = r.Keep
	default:
		w.t.Fatalf("reply %T", reply)
	}
	if k.Notes != nil {
		w.notes = k.Notes
	}
	w.events = append(w.events, k.Events...)
	return reply, nil
}

// away sends the browser to the liar and says where it was sent.
func (w *world) away() *url.URL {
	w.t.Helper()
	reply, err := w.begin(w.a.start, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	to, ok := reply.(core.Redirect)
	if !ok {
		w.t.Fatalf("not sent away: %+v", reply)
	}
	u, err := url.Parse(to.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// returned is what the browser brings to the callback.
func (w *world) returned(values url.Values) *core.Returned {
	return &core.Returned{Issuer: w.turn.Issuer, Path: w.a.callback, Values: values, Connection: w.turn.Connection}
}

// back brings the browser back and follows it to the page after.
func (w *world) back(values url.Values) (core.Reply, error) {
	w.t.Helper()
	arrival, err := w.a.Endpoints()[0].Arrive(w.t.Context(), *w.returned(values))
	if err != nil {
		return nil, err
	}
	reply, err := w.begin(arrival.Step, w.returned(values))
	if err != nil {
		return nil, err
	}
	if to, ok := reply.(core.GoTo); !ok || to.Step != w.a.back {
		w.t.Fatalf("a callback led to %+v", reply)
	}
	return w.begin(w.a.back, nil)
}

// signIn goes there and back.
func (w *world) signIn() (core.Reply, error) {
	w.t.Helper()
	return w.back(w.authorize(w.away()))
}

// identity of a sign-in that works.
func (w *world) identity() core.Identity {
	w.t.Helper()
	reply, err := w.signIn()
	if err != nil {
		w.t.Fatal(err)
	}
	who, ok := reply.(core.Identified)
	if !ok {
		w.t.Fatalf("nobody was identified: %+v\n%s", reply, w.log.text())
	}
	return who.Identity
}

// wantProblem wants the page that says so, and nothing of what the liar wrote on it or in the log.
func (w *world) wantProblem(reply core.Reply, err error, problem string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("error %v", err)
	}
	page, ok := reply.(core.Show)
	if !ok {
		w.t.Fatalf("reply %+v", reply)
	}
	got := page.Page
	if got.Name != PageName || len(got.Problems) != 1 || got.Problems[0].ID != problem || got.Status != statusOf(problem) {
		w.t.Errorf("page %+v, want %s\n%s", got, problem, w.log.text())
	}
	if strings.Contains(w.log.text(), "script") {
		w.t.Errorf("the log repeats what was sent: %s", w.log.text())
	}
}

// wantPage wants an error page.
func (w *world) wantPage(err error, want *core.PageError) {
	w.t.Helper()
	var page *core.PageError
	if !errors.As(err, &page) || page.Name != want.Name {
		w.t.Errorf("error %v, want page %s", err, want.Name)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// says answers with these bytes.
func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write([]byte(body))
	}
}

func later(w *world, d time.Duration) { w.at = w.at.Add(d) }

// refuses is a network without anybody.
type refuses struct{}

func (refuses) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("nobody") }
