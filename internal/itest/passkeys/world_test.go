package passkeys

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/authenticators/passkey"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/browser"
	"github.com/keywright/keywright/internal/itest/app"
)

const (
	grace = "grace@example.com"
	ada   = "ada@example.com"
	words = "three quiet otters at noon"
)

// desk is a person at a tab with an authenticator, a provider at localhost, and an
// application beside it.
type desk struct {
	*browser.Tab
	*providertest.Provider
	t        *testing.T
	app      *app.App
	key      *browser.Authenticator
	enrols   *atomic.Bool
	heard    *heard
	pictures string
}

func sit(t *testing.T) desk {
	t.Helper()
	b := browser.Start(t) // first: a skip should cost nothing
	d := desk{Tab: b, t: t, app: app.Start(t), enrols: &atomic.Bool{}, heard: &heard{}, pictures: os.Getenv("KEYWRIGHT_SCREENSHOTS")}
	if d.pictures == "" {
		d.pictures = t.TempDir()
	}
	passkeys, err := passkey.New(passkey.Options{SignUp: true})
	if err != nil {
		t.Fatal(err)
	}
	d.Provider = providertest.New(t, providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer = strings.Replace(c.Issuer, "127.0.0.1", "localhost", 1) // no passkey is made for an address
		c.Authenticators = append(c.Authenticators, passkeys)
		c.Database, c.Observer = enrolling{c.Database, d.enrols}, d.heard
	}))
	c := d.Client(clientreg.Seed{ID: "notes", Name: "Notes", RedirectURIs: []string{d.app.URL + "/callback"}})
	d.app.Use(d.Issuer(), c.ID, c.Secret, d.Now)
	d.key = b.Authenticator()
	return d
}

// enrolling begins the setting up of a passkey where somebody begins the change of
// a password.
type enrolling struct {
	core.Database
	on *atomic.Bool
}

func (e enrolling) Tenant(id core.ID) core.Store { return enrollingStore{e.Database.Tenant(id), e.on} }

type enrollingStore struct {
	core.Store
	on *atomic.Bool
}

func (e enrollingStore) CreateInteraction(ctx context.Context, i core.Interaction) error {
	if i.Purpose == core.PurposeAccount && e.on.Load() {
		i.Action = "enrol:passkey"
	}
	return e.Store.CreateInteraction(ctx, i)
}

// heard are the events of a test.
type heard struct {
	mu  sync.Mutex
	all []core.Event
}

// Observe keeps an event.
func (h *heard) Observe(_ context.Context, e core.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, e)
}

func (h *heard) matching(is func(core.Event) bool) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.all {
		if is(e) {
			n++
		}
	}
	return n
}

func (h *heard) count(name core.EventName) int {
	return h.matching(func(e core.Event) bool { return e.Name == name })
}

func (h *heard) reasons(reason string) int {
	return h.matching(func(e core.Event) bool { return e.Reason == reason })
}

// picture saves what the window shows, for whoever wants to look.
func (d desk) picture(name string) { d.Screenshot(filepath.Join(d.pictures, name+".png")) }

// signUp makes an account with a passkey alone, up to the application.
func (d desk) signUp() {
	d.t.Helper()
	d.Goto(d.app.URL + "/login")
	d.WaitFor("#page-signin #signup")
	d.Click("a#signup")
	d.WaitFor("#with-passkey")
	d.Click("#with-passkey")
	d.WaitFor("#page-passkey_signup #name")
	d.picture("passkey_signup")
	d.Fill("#name", "Grace Hopper")
	d.Fill("#email", grace)
	d.Click("#continue")
	d.WaitFor("#page-passkey_new #continue")
	d.picture("passkey_new")
	d.Click("#continue")
	d.WaitFor("#page-code #code")
	d.Fill("#code", d.LastCode(grace))
	d.Click("#continue")
	d.allow()
}

// allow agrees, where that is asked: it is remembered from then on.
func (d desk) allow() {
	d.t.Helper()
	d.WaitFor("#page-consent #allow, #app-in #who")
	if d.Title() != "Notes" {
		d.Click("#allow")
	}
	d.WaitFor("#app-in #who")
}

// withPassword signs somebody in with a password.
func (d desk) withPassword(email string) {
	d.t.Helper()
	d.WaitFor("#page-signin #identifier")
	d.Fill("#identifier", email)
	d.Click("#continue")
	d.WaitFor("#page-password #password")
	d.Fill("#password", words)
	d.Click("#continue")
}

// forget signs out everywhere in this browser by losing its cookies.
func (d desk) forget() {
	d.t.Helper()
	d.ClearCookies()
}

// amr is what the newest ID token says of the sign-in.
func (d desk) amr() string {
	d.t.Helper()
	var newest *app.Session
	for _, s := range d.app.Sessions() {
		if newest == nil || s.Tokens.Expiry.After(newest.Tokens.Expiry) {
			newest = s
		}
	}
	list, _ := newest.Claims["amr"].([]any)
	var all []string
	for _, one := range list {
		s, _ := one.(string)
		all = append(all, s)
	}
	return strings.Join(all, " ")
}
