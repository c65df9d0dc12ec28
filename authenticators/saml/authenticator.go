package saml

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/keywright/keywright/core"
)

// Method is the method and the kind of connections. One configured in code has its
// name behind it: "saml:okta".
const Method = "saml"

// Step is the step of connections. One configured in code has its name behind it:
// "saml-okta".
const Step core.Step = "saml"

// maxPeers is how many stored connections are kept read. Those beyond are read
// again.
const maxPeers = 1000

// Authenticator signs people in by an identity provider of SAML 2.0. It is safe
// for use by many goroutines once started.
type Authenticator struct {
	method string
	step   core.Step
	base   string // "/saml/okta" or "/saml/{connection}"
	label  string
	single *IdentityProvider // nil for Connections
	shared []Key

	now  func() time.Time
	http *http.Client
	log  *slog.Logger

	mu    sync.Mutex
	peers map[peerKey]*peer
}

// peerKey finds what was read of a connection: by its id and all that it says.
type peerKey struct {
	connection core.ID
	digest     [32]byte
}

// New makes the authenticator of one identity provider that is configured in code:
// method "saml:<name>", with URLs below "/saml/<name>". It reports all that is
// wrong with the configuration.
func New(idp IdentityProvider) (*Authenticator, error) {
	err := idp.check()
	if !nameForm.MatchString(idp.Name) {
		err = errors.Join(fmt.Errorf("saml: Name %q: 1 to 32 of a to z, 0 to 9 and the hyphen", idp.Name), err)
	}
	keys, failed := parseKeys(idp.Keys)
	if failed != nil {
		err = errors.Join(err, fmt.Errorf("saml: %s: Keys: %w", idp.Name, failed))
	}
	if err != nil {
		return nil, err
	}
	if _, err := newPeer(idp, keys, nil, nil); err != nil {
		return nil, err
	}
	a := blank(Method+":"+idp.Name, core.Step("saml-"+idp.Name), "/saml/"+idp.Name)
	a.single, a.label = &idp, idp.Label
	if a.label == "" {
		a.label = idp.Name
	}
	return a, nil
}

// Connections makes the authenticator of those identity providers that are kept in
// the store as connections of kind "saml", with URLs below "/saml/<id>". Their
// settings are a Settings in JSON.
func Connections(o Options) (*Authenticator, error) {
	if _, err := parseKeys(o.Keys); err != nil {
		return nil, fmt.Errorf("saml: Keys: %w", err)
	}
	a := blank(Method, Step, "/saml/{connection}")
	a.shared = o.Keys
	return a, nil
}

func blank(method string, step core.Step, base string) *Authenticator {
	return &Authenticator{
		method: method, step: step, base: base, now: time.Now, log: slog.New(slog.DiscardHandler),
		peers: map[peerKey]*peer{},
	}
}

// Method is "saml:<name>" or, for connections, "saml".
func (a *Authenticator) Method() string { return a.method }

// Label is what people read on the button; empty for connections, which have their
// own.
func (a *Authenticator) Label() string { return a.label }

// Start takes the process's clock, logger and guarded client. Metadata that has
// ended is said in the log: others can still sign in.
func (a *Authenticator) Start(t core.Tools) error {
	if t.Now != nil {
		a.now = t.Now
	}
	if t.HTTP != nil {
		a.http = t.HTTP
	}
	if t.Logger != nil {
		a.log = t.Logger
	}
	if a.single == nil {
		return nil
	}
	p, err := a.peerOf(nil)
	if err == nil && p.known != nil && !p.known.usable(a.now()) {
		a.log.Warn("the metadata of a SAML identity provider has ended: give a newer file, or its URL",
			slog.String("name", a.single.Name), slog.Time("ended", p.known.until))
	}
	return err
}

// Steps is the one step: away to the identity provider, and back.
func (a *Authenticator) Steps() []core.Step { return []core.Step{a.step} }

// Starts says that it signs in and, for one configured in code, links an identity to
// an account that is there. Which connection somebody wants to link, nobody has asked
// them: connections sign in alone.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	if a.single == nil {
		return map[core.TurnPurpose]core.Step{core.TurnSignIn: a.step}
	}
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: a.step, core.TurnEnrol: a.step}
}

// Usable says whether the account is linked to an identity there.
func (a *Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	for _, c := range of {
		if c.Kind == a.method {
			return true
		}
	}
	return false
}

// peerOf gives the identity provider that a turn or a request is about: the one in
// code, or the connection's.
func (a *Authenticator) peerOf(c *core.Connection) (*peer, error) {
	key := peerKey{}
	if a.single == nil {
		if c == nil {
			return nil, core.PageNotFound.Because(errors.New("saml: no connection"))
		}
		h := sha256.New()
		for _, part := range [][]byte{[]byte(c.Label), c.Settings, c.Sealed} {
			fmt.Fprintf(h, "%d ", len(part))
			h.Write(part)
		}
		key = peerKey{c.ID, [32]byte(h.Sum(nil))}
	}
	a.mu.Lock()
	p := a.peers[key]
	a.mu.Unlock()
	if p != nil {
		return p, nil
	}
	idp := a.single
	if idp == nil {
		read, err := fromConnection(c, a.shared)
		if err != nil {
			return nil, err
		}
		idp = &read
	}
	keys, err := parseKeys(idp.Keys)
	if err != nil {
		return nil, fmt.Errorf("saml: %s: Keys: %w", idp.Name, err)
	}
	if p, err = newPeer(*idp, keys, a.http, a.log); err != nil {
		return nil, err
	}
	return a.keepPeer(key, p), nil
}

// keepPeer keeps what was read, unless another has been faster. What an older
// state of the same connection said is dropped.
func (a *Authenticator) keepPeer(key peerKey, p *peer) *peer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if first := a.peers[key]; first != nil {
		return first
	}
	for k := range a.peers {
		if k.connection == key.connection || len(a.peers) >= maxPeers {
			delete(a.peers, k)
		}
	}
	a.peers[key] = p
	return p
}

// Begin sends the browser to the identity provider, or reads what it brought back.
func (a *Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	if a.single == nil && t.Connection == nil {
		return core.GoTo{Step: core.StepSignIn}, nil // nobody has said which one
	}
	n, err := readNotes(t.Notes)
	if err != nil {
		return nil, err
	}
	switch {
	case t.Returned != nil:
		return a.answer(ctx, t, n)
	case n.Brought != nil:
		return a.believe(ctx, t, n)
	}
	return a.ask(ctx, t)
}

// Continue asks again, from the page that says why it did not work.
func (a *Authenticator) Continue(ctx context.Context, t core.Turn) (core.Reply, error) {
	if err := a.allow(t); err != nil {
		return nil, err
	}
	if a.single == nil && t.Connection == nil {
		return core.GoTo{Step: core.StepSignIn}, nil
	}
	return a.ask(ctx, t)
}

func (a *Authenticator) allow(t core.Turn) error {
	if t.Step != a.step || t.Purpose != core.TurnSignIn && (t.Purpose != core.TurnEnrol || t.Account.ID.IsZero()) {
		return core.PageNotFound
	}
	return nil
}
