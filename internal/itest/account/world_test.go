package account

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
)

const (
	word = "three quiet otters at noon"
	hour = time.Hour
)

// world is a provider with one person and one application.
type world struct {
	*providertest.Provider
	t   *testing.T
	ada *providertest.Person
	app *providertest.Client
}

func newWorld(t *testing.T, change ...func(*keywright.Config)) world {
	t.Helper()
	w := world{t: t}
	opts := []providertest.Option{providertest.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil)))}
	for _, c := range change {
		opts = append(opts, providertest.WithConfig(c))
	}
	w.Provider = providertest.New(t, opts...)
	w.ada, w.app = w.Person("ada@example.com", word), w.Client(clientreg.Seed{})
	return w
}

func (w world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// home signs in and opens the account page.
func (w world) home(who *providertest.Person) *providertest.Browser {
	w.t.Helper()
	b := who.Browser()
	b.SignIn(w.app.Authorize().URL)
	w.want(b.Open(w.Issuer()+"/account"), "account")
	return b
}

func (w world) want(l providertest.Landing, page string) {
	w.t.Helper()
	if l.Page() != page {
		w.t.Fatalf("page %q (%s), status %d, want %q", l.Page(), l.Heading(), l.Status, page)
	}
}

// press presses the button of the account page that carries the words.
func (w world) press(b *providertest.Browser, words string) providertest.Landing {
	w.t.Helper()
	button := b.Landed().Button("account-form", words)
	if button == "" {
		w.t.Fatalf("the account page has no button %q", words)
	}
	return b.Submit("account-form", nil, button)
}

// events are those of a name, newest last.
func (w world) events(name core.EventName) []core.Event {
	w.t.Helper()
	all, err := w.Store().Events(w.t.Context(), core.EventFilter{Name: name}, core.PageOf{Limit: 100})
	w.must(err)
	return all
}

// told waits for a letter with the words in its subject.
func (w world) told(address, subject string) core.Mail {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		for _, l := range w.Letters(address) {
			if strings.Contains(l.Subject, subject) {
				return l
			}
		}
		select {
		case <-w.t.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	w.t.Fatalf("no letter %q to %s", subject, address)
	return core.Mail{}
}

// badge is one more way to sign in: who types the word on their badge.
type badge struct{ second bool }

func (badge) Method() string         { return "badge" }
func (badge) Label() string          { return "" }
func (badge) Start(core.Tools) error { return nil }
func (badge) Steps() []core.Step     { return []core.Step{"badge", "badge-new"} }
func (b badge) Starts() map[core.TurnPurpose]core.Step {
	starts := map[core.TurnPurpose]core.Step{core.TurnEnrol: "badge-new"}
	if !b.second {
		starts[core.TurnSignIn] = "badge"
	}
	return starts
}
func (badge) Endpoints() []core.Endpoint                               { return nil }
func (badge) Revoke(context.Context, core.Turn, core.Credential) error { return nil }
func (badge) Usable(_ core.Account, of []core.Credential) bool {
	for _, c := range of {
		if c.Kind == "badge" {
			return true
		}
	}
	return false
}

func (badge) page() core.Page { return core.Page{Name: core.PageCode} }

func (b badge) Begin(context.Context, core.Turn) (core.Reply, error) {
	return core.Show{Page: b.page()}, nil
}

func (badge) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	key := core.CredentialKey{Kind: "badge", Handle: t.Form.Get("code")}
	if t.Step == "badge-new" {
		c := core.Credential{CredentialKey: key, Account: t.Account.ID}
		c.CreatedAt = t.At
		return core.Enrolled{Change: core.AccountChange{Account: t.Account, PutCredentials: []core.Credential{c}}}, nil
	}
	c, err := t.Find.Credential(ctx, key)
	if errors.Is(err, core.ErrNotFound) {
		id := core.NewID(t.At) // a badge nobody has is a new account, without an address
		return core.Enrolled{New: true, AMR: []string{"hwk"}, Change: core.AccountChange{
			Account: core.Account{ID: id}, PutCredentials: []core.Credential{{CredentialKey: key, Account: id}},
		}}, nil
	}
	return core.Authenticated{Account: c.Account, AMR: []string{"hwk"}}, err
}

// withBadge adds the badge as a way to sign in, or as a second factor alone.
func withBadge(second bool) func(*keywright.Config) {
	return func(c *keywright.Config) { c.Authenticators = append(c.Authenticators, badge{second}) }
}
