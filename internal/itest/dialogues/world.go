package dialogues

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/providertest"
	"github.com/keywright/keywright/internal/dialogue"
	"github.com/keywright/keywright/internal/jose"
)

const origin = "https://id.example"

// began is when every dialogue begins.
var began = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// What people and clients are called in every dialogue.
var known = map[string]string{
	"notes": "notes", "notes.secret": "a secret of the notes application", "notes.callback": "https://notes.example/callback",
	"phone": "phone", "phone.callback": "com.example.phone:/callback",
	"robot": "robot", "robot.secret": "a secret of the robot application",
	"desk": "desk", "desk.secret": "a secret of the desk application", "desk.callback": "https://desk.example/callback",
	"backend": "backend", "pocket": "pocket", "tablet": "tablet", "screen": "screen",
	"anna": "anna@example.com", "anna.password": "three quiet otters at noon",
}

// World is a provider over db with the clients and people that every dialogue
// knows, and the provider itself.
func World(t *testing.T, db core.Database) (dialogue.World, *providertest.Provider) {
	t.Helper()
	return (&Template{}).World(t, db)
}

// World is a provider over db, in which the template was put or nothing is.
func (m *Template) World(t *testing.T, db core.Database) (dialogue.World, *providertest.Provider) {
	t.Helper()
	p := providertest.New(t, providertest.WithStart(began), providertest.WithDatabase(db), providertest.WithConfig(func(c *keywright.Config) {
		c.Issuer, c.Scopes, c.FirstPartyApps, c.DeviceGrant = origin, []core.Scope{{Name: "read"}, {Name: "write"}}, true, true
	}), providertest.WithPages(m.pages))
	backend := populate(t, p)
	return worldOf(t, p, signed{"assertion": func() (string, error) { return assertion(backend, p.Now()) }}), p
}

// populate registers clients and people, and gives what the backend signs with.
func populate(t *testing.T, p *providertest.Provider) *jose.Signer {
	t.Helper()
	p.Client(clientreg.Seed{
		ID: known["notes"], Name: "Notes", Secret: clientreg.Secret{Text: clientreg.SecretText(known["notes.secret"])},
		RedirectURIs: []string{known["notes.callback"]}, LogoutURIs: []string{"https://notes.example/bye"},
	})
	p.Client(clientreg.Seed{ID: known["phone"], Name: "Phone", AuthMethod: "none", RedirectURIs: []string{known["phone.callback"]}})
	p.Client(clientreg.Seed{
		ID: known["desk"], Name: "Desk", Secret: clientreg.Secret{Text: clientreg.SecretText(known["desk.secret"])},
		RedirectURIs: []string{known["desk.callback"]}, Rotation: "on",
	})
	p.Client(clientreg.Seed{
		ID: known["robot"], Name: "Robot", Secret: clientreg.Secret{Text: clientreg.SecretText(known["robot.secret"])},
		GrantTypes: []string{core.GrantClientCredentials}, RedirectURIs: []string{}, Scope: "read",
	})
	signer := newSigner(t, "k")
	p.Client(clientreg.Seed{
		ID: known["backend"], Name: "Backend", AuthMethod: string(core.AuthPrivateKeyJWT), Keys: map[string]any{"keys": []jose.JWK{signer.JWK()}},
		GrantTypes: []string{core.GrantClientCredentials}, RedirectURIs: []string{}, Scope: "read",
	})
	for _, id := range []string{"pocket", "tablet"} {
		p.Client(clientreg.Seed{
			ID: known[id], AuthMethod: "none", FirstParty: true, Challenge: true,
			RedirectURIs: []string{"com.example." + id + ":/callback"}, GrantTypes: []string{core.GrantAuthorizationCode}, Scope: "openid email",
		})
	}
	p.Client(clientreg.Seed{
		ID: known["screen"], Name: "Screen", AuthMethod: "none", RedirectURIs: []string{},
		GrantTypes: []string{core.GrantDeviceCode, core.GrantRefreshToken}, Scope: "openid email offline_access",
	})
	p.Person(known["anna"], known["anna.password"])
	return signer
}

func newSigner(t *testing.T, id string) *jose.Signer {
	t.Helper()
	key, err := jose.Generate(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.ES256, id, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// signed are the kinds of assertions that a dialogue can send: {assertion NAME} is
// signed once, so that a request that is repeated is the very same; {sent NAME} is
// what was sent before.
type signed map[string]func() (string, error)

func worldOf(t *testing.T, p *providertest.Provider, kinds signed) dialogue.World {
	t.Helper()
	sent := map[string]string{}
	w := dialogue.World{
		Handler: p.Handler(), Origin: origin, Now: p.Now, Advance: p.Advance, Values: known,
		Words: map[string]func(...string) (string, error){
			"mailed": func(args ...string) (string, error) {
				if len(args) != 1 {
					return "", errors.New("{mailed ADDRESS}")
				}
				delivered(t, p, args[0], codes)
				return p.LastCode(args[0]), nil
			},
			"link": func(args ...string) (string, error) {
				if len(args) != 1 {
					return "", errors.New("{link ADDRESS}")
				}
				delivered(t, p, args[0], links)
				return p.LastLink(args[0]), nil
			},
			"sent": func(args ...string) (string, error) {
				if len(args) != 1 || sent[args[0]] == "" {
					return "", errors.New("{sent NAME} of what was signed before")
				}
				return sent[args[0]], nil
			},
		},
	}
	for kind, sign := range kinds {
		w.Words[kind] = func(args ...string) (string, error) {
			if len(args) != 1 {
				return "", errors.New("{" + kind + " NAME}")
			}
			if sent[args[0]] != "" {
				return sent[args[0]], nil
			}
			var err error
			sent[args[0]], err = sign()
			return sent[args[0]], err
		}
	}
	return w
}

// assertion is how the backend authenticates, good once (RFC 7523 section 3).
func assertion(backend *jose.Signer, now time.Time) (string, error) {
	claims, err := json.Marshal(map[string]any{
		"iss": known["backend"], "sub": known["backend"], "aud": origin,
		"jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return "", err
	}
	return backend.Sign("JWT", claims)
}

// letter is a kind of letter: the event it is sent with, and words in it.
type letter struct {
	event core.EventName
	words string
}

var (
	codes = letter{core.EventCodeSent, "Type it on the page"}
	links = letter{core.EventResetRequested, "/link/"}
)

// delivered waits until there is a letter for each event: of several that were
// asked for, the last one counts.
func delivered(t *testing.T, p *providertest.Provider, address string, kind letter) {
	t.Helper()
	events, err := p.Store().Events(t.Context(), core.EventFilter{Name: kind.event}, core.PageOf{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	letters, patience := 0, time.After(10*time.Second)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for letters < len(events) {
		select {
		case <-patience:
			t.Fatalf("%d letters were mailed to %s for %d events %s", letters, address, len(events), kind.event)
		case <-look.C:
		}
		letters = len(slices.DeleteFunc(p.Letters(address), func(m core.Mail) bool { return !strings.Contains(m.Text, kind.words) }))
	}
}

// Delivered waits until all letters of a dialogue have come.
func Delivered(t *testing.T, p *providertest.Provider) {
	t.Helper()
	delivered(t, p, "grace@example.com", codes)
	delivered(t, p, known["anna"], links)
}
