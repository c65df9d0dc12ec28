package conformance

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// stage stands in for the provider around an authenticator: a store as maps, a
// clock, and a list of what the authenticator asked for. It does with a reply what
// the provider does.
type stage struct {
	ctx context.Context
	c   Candidate
	a   core.Authenticator
	at  time.Time

	mu          sync.Mutex // turns may be taken at once
	accounts    map[core.ID]core.Account
	identifiers map[core.Identifier]core.ID
	credentials map[core.CredentialKey]core.Credential
	used        map[string]bool
	windows     map[string]window
	letters     []core.Letter
	events      []core.Event
	calls       []string // what it asked for, in order
	failAt      int      // the call that finds no store, counted from 1
}

type window struct {
	count int
	ends  time.Time
}

// person is somebody with an account, and what proves that they are.
type person struct {
	account core.Account
	email   string
	secret  any
}

// visit is an interaction of one browser.
type visit struct {
	id         core.ID
	who        person
	notes      []byte
	identifier string
	ticket     *core.Ticket
	address    string
}

func newStage(ctx context.Context, c Candidate) *stage {
	s := &stage{
		ctx: ctx, c: c, at: noon,
		accounts: map[core.ID]core.Account{}, identifiers: map[core.Identifier]core.ID{},
		credentials: map[core.CredentialKey]core.Credential{}, used: map[string]bool{}, windows: map[string]window{},
	}
	if s.c.Purpose == "" {
		s.c.Purpose = core.TurnSignIn
	}
	a, err := c.New()
	s.ok(err, "New")
	tools := c.Tools
	if tools.Issuer == "" {
		tools.Issuer = "https://id.example.com"
	}
	if tools.Logger == nil {
		tools.Logger = slog.New(slog.DiscardHandler)
	}
	tools.Now = func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.at }
	tools.Lifetimes = tools.Lifetimes.Or(core.DefaultLifetimes())
	s.ok(a.Start(tools), "Start")
	s.a = a
	return s
}

// ok and that end the check.
func (s *stage) ok(err error, what string) {
	if err != nil {
		panic(failure{fmt.Errorf("%s: %w", what, err)})
	}
}

func (s *stage) that(holds bool, format string, args ...any) {
	if !holds {
		panic(failure{fmt.Errorf(format, args...)})
	}
}

// person makes an account that can be recognised.
func (s *stage) person(email string) person {
	change, secret, err := s.c.Person(s.ctx, s.at, email, sealed)
	s.ok(err, "Person")
	change.Account.Version = 0
	s.write(change)
	return person{s.accounts[change.Account.ID], email, secret}
}

// write stores a change of an account.
func (s *stage) write(c core.AccountChange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := c.FirstVersion()
	c.Account.Version++
	s.accounts[c.Account.ID] = c.Account
	for _, i := range c.RemoveIdentifiers {
		delete(s.identifiers, i)
	}
	for _, i := range c.PutIdentifiers {
		s.identifiers[i] = c.Account.ID
	}
	for _, k := range c.RemoveCredentials {
		delete(s.credentials, k)
	}
	for _, k := range c.PutCredentials {
		k.Account, k.Version = c.Account.ID, max(first, s.credentials[k.CredentialKey].Version+1)
		s.credentials[k.CredentialKey] = k
	}
}

// visit opens an interaction for somebody: who types their address, or whose
// account is known where the purpose asks for that.
func (s *stage) visit(who person) *visit {
	return &visit{id: newID(), who: who, identifier: who.email, address: "192.0.2.1"}
}

// turn is what the authenticator is given.
func (s *stage) turn(v *visit, step core.Step, form url.Values) core.Turn {
	t := core.Turn{
		Issuer: "https://id.example.com", Purpose: s.c.Purpose, Step: step, At: s.at, Interaction: v.id,
		Request: &core.AuthorizationRequest{}, Identifier: v.identifier, Form: form, Notes: v.notes, Ticket: v.ticket,
		Address: v.address, Find: finder{s}, Reserve: s.reserve, Hash: keyed,
		Link: func(path string, ticket *core.Ticket) string {
			ticket.Secret, ticket.Interaction = sha256.Sum256([]byte(ticket.ID.String())), v.id
			return "https://id.example.com" + path + "#" + ticket.ID.String()
		},
		State: func() string { return newID().String() },
		Seal:  sealed, Open: opened, Once: s.once,
	}
	if s.c.Purpose != core.TurnSignIn {
		t.Account = s.accounts[v.who.account.ID]
	}
	return t
}

// finder reads from the stage.
type finder struct{ s *stage }

func (f finder) ByIdentifier(_ context.Context, i core.Identifier) (core.Account, error) {
	if err := f.s.called("ByIdentifier " + i.Kind); err != nil {
		return core.Account{}, err
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if a, found := f.s.accounts[f.s.identifiers[i]]; found {
		return a, nil
	}
	return core.Account{}, core.ErrNotFound
}

func (f finder) Credential(_ context.Context, k core.CredentialKey) (core.Credential, error) {
	if err := f.s.called("Credential " + k.Kind); err != nil {
		return core.Credential{}, err
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	if c, found := f.s.credentials[k]; found {
		return c, nil
	}
	return core.Credential{}, core.ErrNotFound
}

func (f finder) Credentials(_ context.Context, account core.ID) (all []core.Credential, err error) {
	if err := f.s.called("Credentials"); err != nil {
		return nil, err
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	for _, c := range f.s.credentials {
		if c.Account == account {
			all = append(all, c)
		}
	}
	return all, nil
}

// called notes a call and fails the one that is to fail.
func (s *stage) called(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, what)
	if len(s.calls) == s.failAt {
		return core.Unavailable(errors.New("the database is gone"))
	}
	return nil
}

func (s *stage) reserve(_ context.Context, limits ...core.NamedLimit) error {
	names := make([]string, len(limits))
	for n, l := range limits {
		names[n] = l.Parts[0]
	}
	if err := s.called("Reserve " + strings.Join(names, " ")); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var until time.Time
	for _, l := range limits {
		key := strings.Join(l.Parts, "\x00")
		w := s.windows[key]
		if !s.at.Before(w.ends) {
			w = window{ends: s.at.Add(l.Window)}
		}
		w.count++
		s.windows[key] = w
		if w.count > l.Max && !l.Free && w.ends.After(until) {
			until = w.ends
		}
	}
	if !until.IsZero() {
		return &core.Throttled{Until: until}
	}
	return nil
}

func (s *stage) once(_ context.Context, kind, thing string, _ time.Time) (bool, error) {
	if err := s.called("Once " + kind); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := kind + "\x00" + thing
	if s.used[key] {
		return false, nil
	}
	s.used[key] = true
	return true, nil
}

// keyed is Turn.Hash.
func keyed(parts ...string) []core.Hash {
	mac := hmac.New(sha256.New, []byte("conformance"))
	for _, p := range parts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(p), p)
	}
	return []core.Hash{core.Hash(mac.Sum(nil))}
}

// sealed hides a secret well enough to be recognised if it is found as it was.
func sealed(label string, secret []byte) ([]byte, error) {
	out := []byte(fmt.Sprintf("%d:%s", len(label), label))
	for _, b := range secret {
		out = append(out, b^0x5a)
	}
	return out, nil
}

func opened(label string, from []byte) ([]byte, error) {
	prefix := fmt.Sprintf("%d:%s", len(label), label)
	if !strings.HasPrefix(string(from), prefix) {
		return nil, errors.New("conformance: sealed under another label")
	}
	out := make([]byte, 0, len(from))
	for _, b := range from[len(prefix):] {
		out = append(out, b^0x5a)
	}
	return out, nil
}
