package passkey

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

const (
	home = "https://id.example.com"
	mara = "mara@example.com"
)

// world is what stands around an authenticator: a store as maps, a clock, and
// counters. It does with a reply what the provider does.
type world struct {
	t           *testing.T
	a           *Authenticator
	log         bytes.Buffer
	at          time.Time
	accounts    map[core.ID]core.Account
	credentials map[core.CredentialKey]core.Credential
	windows     map[string]int
	calls       []string
	failAt      int
	events      []core.Event
	letters     []core.Letter
	notes       []byte
	interaction core.ID
	challenge   []byte // of the page shown last
}

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := &world{
		t: t, a: a, at: at, interaction: core.NewID(at), accounts: map[core.ID]core.Account{},
		credentials: map[core.CredentialKey]core.Credential{}, windows: map[string]int{},
	}
	logger := slog.New(slog.NewTextHandler(&w.log, nil))
	if err := a.Start(core.Tools{Issuer: home, Logger: logger}); err != nil {
		t.Fatal(err)
	}
	return w
}

// add makes an account without a passkey.
func (w *world) add(email string) core.ID {
	id := core.NewID(w.at)
	w.accounts[id] = core.Account{ID: id, Profile: core.Profile{Name: "Mara", Email: email, EmailVerified: true}}
	return id
}

// enrolled is an account with a passkey of a device.
func (w *world) enrolled(email string) (core.ID, *device) {
	w.t.Helper()
	id, d := w.add(email), newDevice(w.t)
	w.enrol(id, d)
	return id, d
}

func (w *world) enrol(id core.ID, d *device) core.Credential {
	w.t.Helper()
	w.begin(w.about(core.TurnEnrol, StepNew, id))
	e := wantIs[core.Enrolled](w.t, w.post(w.about(core.TurnEnrol, StepNew, id, "credential", d.create(w.challenge, lie{}))))
	return e.Change.PutCredentials[0]
}

func (w *world) called(what string) error {
	w.calls = append(w.calls, what)
	if len(w.calls) == w.failAt {
		return core.Unavailable(errors.New("the database is gone"))
	}
	return nil
}

func (w *world) ByIdentifier(context.Context, core.Identifier) (core.Account, error) {
	w.t.Error("a passkey asks for nobody by name")
	return core.Account{}, core.ErrNotFound
}

func (w *world) Credential(_ context.Context, k core.CredentialKey) (core.Credential, error) {
	if err := w.called("credential"); err != nil {
		return core.Credential{}, err
	}
	if c, found := w.credentials[k]; found {
		return c, nil
	}
	return core.Credential{}, core.ErrNotFound
}

func (w *world) Credentials(_ context.Context, account core.ID) (all []core.Credential, err error) {
	if err := w.called("credentials"); err != nil {
		return nil, err
	}
	for _, c := range w.credentials {
		if c.Account == account {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b core.Credential) int { return strings.Compare(a.Handle, b.Handle) })
	return all, nil
}

func (w *world) reserve(_ context.Context, limits ...core.NamedLimit) error {
	if err := w.called("reserve"); err != nil {
		return err
	}
	for _, l := range limits {
		key := strings.Join(l.Parts, "\x00")
		if w.windows[key]++; w.windows[key] > l.Max {
			return &core.Throttled{Until: w.at.Add(l.Window)}
		}
	}
	return nil
}

// turn is a request as the provider hands it on, while nobody is known.
func (w *world) turn(purpose core.TurnPurpose, step core.Step, pairs ...string) core.Turn {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return core.Turn{
		Issuer: home, Purpose: purpose, Step: step, At: w.at, Interaction: w.interaction, Form: form, Notes: w.notes,
		Address: "192.0.2.1", Locales: []string{"en"}, Brand: core.Brand{Name: "Keywright"}, Find: w, Reserve: w.reserve,
	}
}

// about is one for an account.
func (w *world) about(purpose core.TurnPurpose, step core.Step, id core.ID, pairs ...string) core.Turn {
	t := w.turn(purpose, step, pairs...)
	t.Account = w.accounts[id]
	return t
}

func (w *world) begin(t core.Turn) core.Reply {
	w.t.Helper()
	t.Form = nil
	reply, err := w.a.Begin(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	w.keep(reply)
	return reply
}

func (w *world) post(t core.Turn) core.Reply {
	w.t.Helper()
	w.calls = nil
	reply, err := w.a.Continue(w.t.Context(), t)
	if err != nil {
		w.t.Fatal(err)
	}
	w.keep(reply)
	return reply
}

func (w *world) keep(reply core.Reply) {
	var k core.Keep
	switch r := reply.(type) {
	case core.Show:
		k = r.Keep
	case core.GoTo:
		k = r.Keep
	case core.Refused:
		k = r.Keep
	case core.Authenticated:
		k = r.Keep
		if r.Credential != nil {
			w.credentials[r.Credential.CredentialKey] = *r.Credential
		}
	case core.Enrolled:
		k = r.Keep
		w.accounts[r.Change.Account.ID] = r.Change.Account
		for _, c := range r.Change.PutCredentials {
			w.credentials[c.CredentialKey] = c
		}
	}
	if k.Notes != nil {
		w.notes = k.Notes
	}
	if page := pageOf(reply); page.Challenge != nil {
		w.challenge = page.Challenge
	}
	w.letters = append(w.letters, k.Letters...)
	w.events = append(w.events, k.Events...)
}

// signIn opens the page, has the device answer, and posts that.
func (w *world) signIn(d *device, l lie) core.Reply {
	w.t.Helper()
	w.begin(w.turn(core.TurnSignIn, StepPasskey))
	return w.post(w.turn(core.TurnSignIn, StepPasskey, "credential", d.get(w.challenge, l)))
}

func (w *world) record(d *device) record {
	w.t.Helper()
	s, err := readStored(w.credentials[keyOf(d.id)])
	if err != nil {
		w.t.Fatal(err)
	}
	return s.record
}

func problems(reply core.Reply) (ids []string) {
	for _, p := range pageOf(reply).Problems {
		ids = append(ids, p.ID)
	}
	return ids
}

func pageOf(reply core.Reply) core.Page {
	switch r := reply.(type) {
	case core.Show:
		return r.Page
	case core.Refused:
		return r.Page
	}
	return core.Page{}
}

func wantProblem(t *testing.T, reply core.Reply, id string) {
	t.Helper()
	if _, refused := reply.(core.Refused); !refused || !slices.Contains(problems(reply), id) {
		t.Errorf("got %T with %v, want %s", reply, problems(reply), id)
	}
}

func wantIs[R core.Reply](t *testing.T, reply core.Reply) R {
	t.Helper()
	r, ok := reply.(R)
	if !ok {
		t.Fatalf("got %T with %v, want %T", reply, problems(reply), r)
	}
	return r
}
