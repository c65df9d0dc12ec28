package password

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright/core"
)

const (
	good    = "lantern orbit velvet cascade"
	another = "marble drizzle canyon trombone"
	mara    = "mara@example.com"
)

// world is what stands around an authenticator: a store as maps, a clock, and
// counters. It does with a reply what the provider does.
type world struct {
	t           *testing.T
	a           *Authenticator
	at          time.Time
	accounts    map[core.ID]core.Account
	identifiers map[core.Identifier]core.ID
	credentials map[core.CredentialKey]core.Credential
	tickets     map[core.ID]core.Ticket
	windows     map[string]window
	calls       []string // what the authenticator asked for, in order
	failAt      int      // the call that fails, counted from 1
	told        []any    // every reply and error
	letters     []core.Letter
	notes       []byte
	interaction core.ID
	known       []core.ID
	address     string
}

type window struct {
	count int
	ends  time.Time
}

func cheap() Options {
	return Options{SignUp: true, Cost: Cost{Memory: 64, Passes: 1, Threads: 1}, InsecureCost: true}
}

func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	a, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(core.Tools{}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &world{
		t: t, a: a, at: at, interaction: core.NewID(at), address: "192.0.2.1",
		accounts: map[core.ID]core.Account{}, identifiers: map[core.Identifier]core.ID{},
		credentials: map[core.CredentialKey]core.Credential{}, tickets: map[core.ID]core.Ticket{}, windows: map[string]window{},
	}
}

// add seeds an account with the good password.
func (w *world) add(email string, edit func(*core.Account)) core.ID {
	w.t.Helper()
	change, err := w.a.Account(w.t.Context(), "Mara", email, good, w.at)
	if err != nil {
		w.t.Fatal(err)
	}
	if edit != nil {
		edit(&change.Account)
	}
	w.write(change)
	return change.Account.ID
}

func (w *world) write(c core.AccountChange) {
	c.Account.Version++
	w.accounts[c.Account.ID] = c.Account
	for _, i := range c.PutIdentifiers {
		w.identifiers[i] = c.Account.ID
	}
	for _, k := range c.RemoveCredentials {
		delete(w.credentials, k)
	}
	for _, k := range c.PutCredentials {
		k.Version++
		w.credentials[k.CredentialKey] = k
	}
}

func (w *world) called(what string) error {
	w.calls = append(w.calls, what)
	if len(w.calls) == w.failAt {
		return core.Unavailable(errors.New("the database is gone"))
	}
	return nil
}

func (w *world) ByIdentifier(_ context.Context, i core.Identifier) (core.Account, error) {
	if err := w.called("identifier"); err != nil {
		return core.Account{}, err
	}
	if a, found := w.accounts[w.identifiers[i]]; found {
		return a, nil
	}
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
	return all, nil
}

func (w *world) reserve(_ context.Context, limits ...core.NamedLimit) error {
	if err := w.called("reserve"); err != nil {
		return err
	}
	var over time.Time
	for _, l := range limits {
		key := strings.Join(l.Parts, "\x00")
		win := w.windows[key]
		if !w.at.Before(win.ends) {
			win = window{ends: w.at.Add(l.Window)}
		}
		win.count++
		w.windows[key] = win
		if win.count > l.Max && !l.Free && win.ends.After(over) {
			over = win.ends
		}
	}
	if !over.IsZero() {
		return &core.Throttled{Until: over}
	}
	return nil
}

func keyed(parts ...string) []core.Hash {
	var out []core.Hash
	for _, key := range []string{"new", "old"} {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(strings.Join(parts, "\x00")))
		out = append(out, core.Hash(mac.Sum(nil)))
	}
	return out
}

// turn is a request as the provider hands it on.
func (w *world) turn(purpose core.TurnPurpose, step core.Step, pairs ...string) core.Turn {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return core.Turn{
		Purpose: purpose, Step: step, At: w.at, Interaction: w.interaction, Form: form, Notes: w.notes,
		KnownFor: w.known, Address: w.address, Locales: []string{"en"}, Brand: core.Brand{Name: "Keywright"},
		Find: w, Reserve: w.reserve, Hash: keyed,
		Link: func(path string, t *core.Ticket) string {
			w.calls = append(w.calls, "link")
			t.Secret = core.Hash(sha256.Sum256([]byte(path)))
			return "https://id.example" + strings.Replace(path, "{handle}", "kw_ml_x", 1)
		},
	}
}

// post continues a step and does what the reply says.
func (w *world) post(t core.Turn) core.Reply {
	w.t.Helper()
	w.calls = nil
	reply, err := w.a.Continue(w.t.Context(), t)
	w.told = append(w.told, pageOf(reply), err)
	if err != nil {
		w.t.Fatal(err)
	}
	w.keep(t, reply)
	return reply
}

func (w *world) keep(t core.Turn, reply core.Reply) {
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
		if r.EndSessions {
			r.Change.Account.SignInEpoch++
		}
		w.write(r.Change)
		if r.SpendTicket {
			spent := *t.Ticket
			spent.Spent, spent.SpentBy = true, t.Interaction
			w.tickets[spent.ID] = spent
		}
	}
	if k.Notes != nil {
		w.notes = k.Notes
	}
	if k.Ticket != nil {
		w.tickets[k.Ticket.ID] = *k.Ticket
	}
	w.letters = append(w.letters, k.Letters...)
	for _, e := range k.Events {
		w.told = append(w.told, e.Name, e.EventTerms) // its id is random and could look like anything
	}
}

// signIn posts a password for an address.
func (w *world) signIn(email, password string) core.Reply {
	t := w.turn(core.TurnSignIn, StepPassword, "password", password)
	t.Identifier = email
	return w.post(t)
}

func (w *world) lastLetter() core.Letter {
	w.t.Helper()
	if len(w.letters) == 0 {
		w.t.Fatal("no letter was sent")
	}
	return w.letters[len(w.letters)-1]
}

// problems of a page that was refused or shown, by id.
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
