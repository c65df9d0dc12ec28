package upstream

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/fetch"
)

// Method of the authenticator for connections, which is also their kind. One provider in code adds its name:
// "upstream:google".
const Method = "upstream"

// PageName is the page that says why a provider signed nobody in, with a way to try again and a way to other ways.
const PageName = "upstream"

// Authenticator signs people in by way of another provider. It is safe for use by many goroutines once started.
type Authenticator struct {
	provider    Provider // of a connection only what all of them share
	connections bool
	method      string
	start, back core.Step
	callback    string
	http        *http.Client
	documents   *documents
	exchanges   *flights
	log         *slog.Logger
}

// Options of Connections. The zero value is the strict one.
type Options struct {
	// InsecureAllowLoopback permits providers on this machine, at any port and by plain http. For development and tests.
	InsecureAllowLoopback bool
}

// New makes the authenticator of one provider: method "upstream:<name>", step "upstream-<name>", callback
// /upstream/<name>/callback. It reports all that is wrong with the configuration.
func New(p Provider) (*Authenticator, error) {
	if err := p.checkName(); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	a := newAuthenticator(p, Method+":"+p.Name, Method+"-"+p.Name)
	a.callback = "/upstream/" + p.Name + "/callback"
	return a, nil
}

// Connections makes the authenticator of all connections of kind "upstream": step "upstream", callback
// /upstream/connection/{connection}/callback. MakeSettings writes what a connection holds.
func Connections(o Options) (*Authenticator, error) {
	a := newAuthenticator(Provider{InsecureAllowLoopback: o.InsecureAllowLoopback}, Method, Method)
	a.connections, a.callback = true, "/upstream/connection/{connection}/callback"
	return a, nil
}

func newAuthenticator(p Provider, method, step string) *Authenticator {
	return &Authenticator{
		provider: p, method: method, start: core.Step(step), back: core.Step(step + "-back"),
		http:      fetch.New(fetch.Options{InsecureAllowLoopback: p.InsecureAllowLoopback}).HTTPClient(),
		documents: &documents{}, exchanges: &flights{}, log: slog.New(slog.DiscardHandler),
	}
}

// Method is "upstream:" and the provider's name, or "upstream" for connections.
func (a *Authenticator) Method() string { return a.method }

// Label is what people read on its button, as "Google" in "Continue with Google"; empty for connections, each of which has
// its own.
func (a *Authenticator) Label() string {
	if a.connections {
		return ""
	}
	return a.provider.label()
}

// Start takes the process's clock, logger and guarded client.
func (a *Authenticator) Start(t core.Tools) error {
	if t.Logger != nil {
		a.log = t.Logger.With("authenticator", a.method)
	}
	if t.HTTP != nil && !a.provider.InsecureAllowLoopback {
		a.http = t.HTTP
	}
	return nil
}

// Steps are where a browser is sent away, and where it goes on once it is back.
func (a *Authenticator) Steps() []core.Step { return []core.Step{a.start, a.back} }

// Starts says that it signs in and, for an account that is there, links one more identity. Both go the same way. Which
// connection somebody wants to link, nobody has asked them: connections sign in alone.
func (a *Authenticator) Starts() map[core.TurnPurpose]core.Step {
	if a.connections {
		return map[core.TurnPurpose]core.Step{core.TurnSignIn: a.start}
	}
	return map[core.TurnPurpose]core.Step{core.TurnSignIn: a.start, core.TurnEnrol: a.start}
}

// Usable says whether the account is linked to an identity of this kind.
func (a *Authenticator) Usable(_ core.Account, of []core.Credential) bool {
	return slices.ContainsFunc(of, func(c core.Credential) bool { return c.Kind == a.method })
}

// Endpoints is the callback, which no other provider shares (RP-03).
func (a *Authenticator) Endpoints() []core.Endpoint {
	return []core.Endpoint{{Kind: core.EndpointReturn, Path: a.callback, Posts: true, Arrive: a.arrive}}
}

// Begin sends the browser away, takes what it brings back, or goes on with that.
func (a *Authenticator) Begin(ctx context.Context, t core.Turn) (core.Reply, error) {
	switch {
	case t.Purpose != core.TurnSignIn && t.Purpose != core.TurnEnrol, t.Purpose == core.TurnEnrol && t.Account.ID.IsZero():
		return nil, core.PageNotFound
	case t.Step == a.start:
		return a.depart(ctx, t)
	case t.Step != a.back:
		return nil, core.PageNotFound
	case t.Returned != nil:
		return a.land(ctx, t)
	}
	return a.goOn(ctx, t)
}

// Continue answers a post like a GET: nothing is typed at these steps.
func (a *Authenticator) Continue(_ context.Context, t core.Turn) (core.Reply, error) {
	if t.Step != a.start && t.Step != a.back {
		return nil, core.PageNotFound
	}
	return core.GoTo{Step: a.start}, nil
}
