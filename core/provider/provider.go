package provider

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/keys"
	"github.com/keywright/keywright/internal/server/web"
)

// Config is one issuer as its provider needs it. The root package fills it in
// and has checked it; everything here is in force as it stands.
type Config struct {
	// Issuer is the issuer identifier, byte for byte as in tokens.
	Issuer string
	// Tenant is the permanent id behind the issuer.
	Tenant core.ID
	Store  core.Store
	// Keys are the tenant's keys, parsed.
	Keys           *keys.Keys
	Lanes          []core.ClientLane
	Authenticators []core.Authenticator
	Pages          core.Pages
	Brand          core.Brand
	Resources      []core.Resource
	Scopes         []core.Scope
	Lifetimes      core.Lifetimes
	Hooks          core.Hooks
	// Policy of ways to sign in, as the operator wrote it.
	Policy core.Policy
	Tools  core.Tools
	// RequireVerifiedEmail asks for proof of an address before anything else.
	RequireVerifiedEmail bool
	// ConfirmOldEmail: a change of address has to be agreed to at the old one.
	ConfirmOldEmail bool
	// SignUpFields are asked of who makes an account, Terms of everybody.
	SignUpFields []core.Field
	Terms        core.Terms
	// TrustedProxies may say who the caller is.
	TrustedProxies web.Proxies
	// SignUp allows people to create accounts.
	SignUp bool
	// PagesURL is the operator's own page in place of the hosted ones; empty is
	// none. Scripts of its origin may use the JSON form of the flow.
	PagesURL string
	// FirstPartyApps offers the authorization challenge endpoint.
	FirstPartyApps bool
	// DeviceGrant offers the device authorization grant (RFC 8628).
	DeviceGrant bool
	// InsecureLoopbackSlash takes an empty path of a loopback redirect URI for "/".
	InsecureLoopbackSlash bool
	// Exchange says who may exchange tokens (RFC 8693).
	Exchange core.Exchange
	// TrustedIssuers are whose assertions are taken as grants (RFC 7523); without any
	// the grant type is not offered.
	TrustedIssuers []core.TrustedIssuer
	// JustInTime lets identities make accounts that come by an authenticator which is
	// configured in code, without a connection.
	JustInTime bool
	// Wake tells whoever delivers that there is something to send.
	Wake func()
}

// Provider answers for one issuer. It holds nothing of a request and may be
// thrown away at any time.
type Provider struct {
	Config
	base   string // path of the issuer, "" or "/t1"
	origin string // scheme and host of the issuer
	// pagesOrigin is that of the operator's own pages, empty without any.
	pagesOrigin string
	routes      http.Handler
	clients     clientCache
	uses        clientUses
	origins     originCache
	// organizations is what is remembered of domains and connections.
	organizations organizationCache
	keySets       keySetCache
	loopbackHTTP  *http.Client // nil unless the issuer is on this machine
	trusted       trustedIssuers
	issuerKeys    keySetCache
	polls         pollPace
	log           *slog.Logger
	documents
	steps       map[core.Step]core.Authenticator
	wayLabels   map[string]string // by method
	own         map[core.Step]*ownStep
	cookieNames web.Cookies
	registrar   core.Registrar // nil: clients do not register themselves
	policy      core.Policy    // with its defaults filled in
	enrols      []string       // methods that can be set up
	hierarchy   core.Hierarchy // nil where no scope implies another
}

// New makes the provider of one issuer. It does no I/O.
func New(c Config) (*Provider, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil {
		return nil, err
	}
	p := &Provider{
		Config: c, base: issuer.EscapedPath(), origin: issuer.Scheme + "://" + issuer.Host, pagesOrigin: originOf(c.PagesURL),
		log: c.Tools.Logger, steps: map[core.Step]core.Authenticator{}, cookieNames: web.NewCookies(c.Tenant),
		wayLabels: map[string]string{}, registrar: findRegistrar(c.Lanes), hierarchy: core.NewHierarchy(c.Scopes), trusted: newTrustedIssuers(c.TrustedIssuers),
		loopbackHTTP: newLoopbackHTTP(issuer),
	}
	p.setOwn()
	for _, a := range c.Authenticators {
		p.wayLabels[a.Method()] = wayLabel(a)
		for _, s := range a.Steps() {
			p.steps[s] = a
		}
		for _, e := range a.Endpoints() {
			if !answers(e) {
				return nil, fmt.Errorf("authenticator %s: its endpoint %s is a %q without what answers that", a.Method(), e.Path, e.Kind)
			}
		}
	}
	p.setPolicy()
	if err := p.prepareDocuments(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	p.Register(mux)
	p.routes = p.Literal(mux)
	return p, nil
}

// wayLabel is what pages call an authenticator.
func wayLabel(a core.Authenticator) string {
	if label := a.Label(); label != "" {
		return label
	}
	return "way." + a.Method()
}

// answers says whether an endpoint has what its kind asks for.
func answers(e core.Endpoint) bool {
	switch e.Kind {
	case core.EndpointReturn:
		return e.Arrive != nil
	case core.EndpointDocument:
		return e.Document != nil
	case core.EndpointNotice:
		return e.Notice != nil
	}
	return false
}

// now is the instant of a request: read once, cut to what stores keep.
func (p *Provider) now() time.Time { return core.Instant(p.Tools.Now()) }

// url is an address of this issuer.
func (p *Provider) url(path string) string { return p.Issuer + path }
