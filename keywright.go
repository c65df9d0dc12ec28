package keywright

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/provider"
	"github.com/keywright/keywright/internal/fetch"
	"github.com/keywright/keywright/internal/server/heard"
	"github.com/keywright/keywright/internal/server/keys"
	"github.com/keywright/keywright/internal/server/web"
	"github.com/keywright/keywright/internal/server/work"
)

// Provider is an identity provider, composed and ready to serve. Any number of
// them, in one process or many, may share a database.
type Provider struct {
	config   Config
	store    core.Store
	endpoint *provider.Provider
	keys     *keys.Keys
	worker   *work.Worker
	watch    *web.ProxyWatch
	leaving  atomic.Bool // told to stop
}

// New composes a provider: it checks the whole Config and reports every problem
// at once, brings the schema up to date unless NoMigrate is set, reads or makes
// the keys, and applies what the lanes seed.
func New(ctx context.Context, c Config) (*Provider, error) {
	if p := c.check(); len(p.list) > 0 {
		return nil, p
	}
	c.fill()
	if err := c.schema(ctx); err != nil {
		return nil, err
	}
	tenant, err := c.tenant(ctx)
	if err != nil {
		return nil, fmt.Errorf("keywright: Tenant %q: %w", c.Tenant, err)
	}
	store := c.Database.Tenant(tenant)
	if c.Observer != nil {
		store = heard.Store(store, c.Observer)
	}
	self := core.NewID(c.Now()) // as holder of leases
	k, err := keys.Open(ctx, keys.Options{
		Store: store, Tenant: tenant, Secrets: rawSecrets(c.Secrets), Algorithms: c.SigningAlgorithms,
		Lifetimes: c.Lifetimes, Now: c.Now, Logger: c.Logger,
		Lease: func(ctx context.Context, name string, now, until time.Time) (bool, error) {
			return c.Database.Lease(ctx, name, self, now, until)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("keywright: Secrets: %w", err)
	}
	p := &Provider{config: c, store: store, keys: k, watch: c.watch()}
	p.worker = &work.Worker{
		Database: c.Database, Tenants: []core.ID{tenant}, Letter: p.letter, Tend: k.Tend, Note: p.note,
		Mailer: func(core.ID) core.Mailer { return c.Mailer },
		Now:    c.Now, Logger: c.Logger,
	}
	return p, p.compose(ctx, tenant, store)
}

// schema brings the schema up to date, or sees that somebody has.
func (c *Config) schema(ctx context.Context) error {
	if c.NoMigrate {
		if err := c.Database.Ready(ctx); err != nil {
			return fmt.Errorf("keywright: Database is not ready, and NoMigrate leaves it as it is: %w", err)
		}
		return nil
	}
	waiting := time.AfterFunc(5*time.Second, func() {
		c.Logger.WarnContext(ctx, "still bringing the schema up to date: another replica is at it, or somebody has a table in use")
	})
	defer waiting.Stop()
	if err := c.Database.Migrate(ctx); err != nil {
		return fmt.Errorf("keywright: Database could not be brought up to date: %w", err)
	}
	return nil
}

// compose starts everything that plugs in and makes the endpoints.
func (p *Provider) compose(ctx context.Context, tenant core.ID, store core.Store) error {
	c := p.config
	tools, err := c.tools()
	if err != nil {
		return err
	}
	if err := c.start(ctx, tools, store); err != nil {
		return err
	}
	tools.Observer = c.Observer // nil: the provider then makes no events for nobody
	p.endpoint, err = provider.New(provider.Config{
		Issuer: c.Issuer, Tenant: tenant, Store: store, Keys: p.keys, Lanes: c.Clients, Authenticators: c.Authenticators,
		Pages: c.Pages, Brand: c.Brand, Resources: c.Resources, Scopes: c.Scopes, Lifetimes: c.Lifetimes, Hooks: c.Hooks, Policy: c.Policy,
		Tools: tools, RequireVerifiedEmail: !c.InsecureUnverifiedEmail, TrustedProxies: c.proxies(),
		SignUp: !c.NoSignUp, JustInTime: c.JustInTime, SignUpFields: c.SignUpFields, Terms: c.Terms, ConfirmOldEmail: c.ConfirmOldEmail, Wake: p.worker.Wake,
		PagesURL: c.PagesURL, FirstPartyApps: c.FirstPartyApps, DeviceGrant: c.DeviceGrant, Exchange: c.Exchange, TrustedIssuers: c.TrustedIssuers,
		InsecureLoopbackSlash: c.InsecureLoopbackSlash,
	})
	if err == nil && c.Organizations != nil {
		open := func(sealed []byte) ([]byte, error) { return p.endpoint.OpenConnection(ctx, sealed) }
		err = c.Organizations.Apply(ctx, core.DirectoryTools{Store: store, Seal: p.endpoint.SealConnection, Open: open})
	}
	return err
}

// fill puts defaults where nothing was said.
func (c *Config) fill() {
	if c.Tenant == "" {
		c.Tenant = "default"
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if len(c.SigningAlgorithms) == 0 {
		c.SigningAlgorithms = algorithms()
	}
	if !slices.Contains(c.SigningAlgorithms, "RS256") {
		c.SigningAlgorithms = append(slices.Clone(c.SigningAlgorithms), "RS256")
	}
	c.Lifetimes = c.Lifetimes.Or(core.DefaultLifetimes())
}

type deaf struct{}

func (deaf) Observe(context.Context, core.Event) {}

// tools makes what everything that plugs in gets.
func (c *Config) tools() (core.Tools, error) {
	options, observer := fetch.Options{}, c.Observer
	if observer == nil {
		observer = deaf{} // a part need not ask whether there is one
	}
	if c.EgressProxy != "" {
		proxy, err := url.Parse(c.EgressProxy) // check has seen it
		if err != nil {
			return core.Tools{}, err
		}
		options.EgressProxy = proxy
	}
	return core.Tools{
		Issuer: c.Issuer, Now: c.Now, Logger: c.Logger, Observer: observer, HTTP: fetch.New(options).HTTPClient(), Lifetimes: c.Lifetimes,
		Offers: c.offers(),
	}, nil
}

// offers is what clients can be given.
func (c *Config) offers() core.Offers {
	policy := c.Policy.For(core.FactsOf(c.Authenticators))
	o := core.Offers{
		Algorithms: c.SigningAlgorithms, Scopes: core.OpenIDScopes(), ACR: policy.Values(), DeviceGrant: c.DeviceGrant,
		Exchange: c.Exchange.Clients(), JWTBearer: len(c.TrustedIssuers) > 0,
	}
	for _, s := range c.Scopes {
		o.Scopes = append(o.Scopes, s.Name)
		if s.Vetted {
			o.Vetted = append(o.Vetted, s.Name)
		}
	}
	for _, r := range c.Resources {
		o.Resources, o.Scopes = append(o.Resources, r.URI), append(o.Scopes, r.Scopes...)
		if r.Format == core.JWT {
			o.Signed = append(o.Signed, r.URI)
		}
	}
	for _, a := range c.Authenticators {
		o.Methods = append(o.Methods, a.Method())
	}
	return o
}

// start starts pages, authenticators and lanes, and applies the lanes' seeds.
func (c *Config) start(ctx context.Context, tools core.Tools, store core.Store) error {
	var failed []error
	if err := c.Pages.Start(tools); err != nil {
		failed = append(failed, fmt.Errorf("keywright: Pages: %w", err))
	}
	for _, a := range c.Authenticators {
		if err := a.Start(tools); err != nil {
			failed = append(failed, fmt.Errorf("keywright: authenticator %s: %w", a.Method(), err))
		}
	}
	if c.Organizations != nil {
		if err := c.Organizations.Start(tools); err != nil {
			failed = append(failed, fmt.Errorf("keywright: Organizations: %w", err))
		}
	}
	for _, l := range c.Clients {
		if err := l.Start(tools); err != nil {
			failed = append(failed, fmt.Errorf("keywright: lane %s: %w", l.Lane(), err))
			continue
		}
		if err := l.Apply(ctx, store); err != nil {
			failed = append(failed, fmt.Errorf("keywright: lane %s: %w", l.Lane(), err))
		}
	}
	return errors.Join(failed...)
}

// tenant finds this issuer's share of the database, or makes it. Of several
// replicas that start at once, one makes it and all find it.
func (c *Config) tenant(ctx context.Context) (core.ID, error) {
	found, err := c.Database.TenantByName(ctx, c.Tenant)
	if err == nil || !errors.Is(err, core.ErrNotFound) {
		return found.ID, err
	}
	now := core.Instant(c.Now())
	made := core.Tenant{ID: core.NewID(now), Name: c.Tenant, Row: core.Row{Change: core.NewID(now)}}
	if err := c.Database.CreateTenant(ctx, made); err != nil && !errors.Is(err, core.ErrConflict) {
		return core.ID{}, err
	}
	found, err = c.Database.TenantByName(ctx, c.Tenant)
	return found.ID, err
}

func rawSecrets(secrets []Secret) [][]byte {
	raw := make([][]byte, 0, len(secrets))
	for _, s := range secrets {
		raw = append(raw, s)
	}
	return raw
}

// letter opens a sealed mail and gives it its words.
func (p *Provider) letter(ctx context.Context, _ core.ID, sealed []byte) (core.Mail, error) {
	l, err := p.endpoint.OpenLetter(ctx, sealed)
	if err != nil {
		return core.Mail{}, err
	}
	return p.config.Pages.Letter(ctx, l)
}

// Handler answers everything below the issuer, its well-known addresses, and
// the two health checks: /healthz as long as the process lives, /readyz while
// the database can be used.
func (p *Provider) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch reads := r.Method == http.MethodGet || r.Method == http.MethodHead; {
		case reads && r.URL.Path == "/healthz":
			p.answerHealth(w, nil)
		case reads && r.URL.Path == "/readyz":
			p.answerHealth(w, p.ready(r.Context()))
		default:
			p.watch.See(r)
			p.endpoint.ServeHTTP(w, r)
		}
	})
}

// errLeaving is why a provider that was told to stop is not ready.
var errLeaving = errors.New("keywright: told to stop")

func (p *Provider) ready(ctx context.Context) error {
	if p.leaving.Load() {
		return errLeaving
	}
	return p.config.Database.Ready(ctx)
}

func (p *Provider) answerHealth(w http.ResponseWriter, err error) {
	web.Secure(w.Header(), strings.HasPrefix(p.config.Issuer, "https:"))
	web.NoStore(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("not ready\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// Store is where this issuer's things are kept: for seeding accounts and for
// jobs of the operator. It is not a way around the provider's checks.
func (p *Provider) Store() core.Store { return p.store }

// Invite mails somebody an invitation to join: it makes an account for the address
// it is sent to, or adds a membership to the one that has it. The error says what is
// wrong with the invitation, or is core.ErrUnavailable.
func (p *Provider) Invite(ctx context.Context, i core.Invitation) error {
	if err := p.endpoint.Invite(ctx, i); err != nil {
		return fmt.Errorf("keywright: %w", err)
	}
	return nil
}

// Work sends mail, rotates keys and removes what is over, until the context
// ends. Run does it by itself; call it beside your own server otherwise. A
// process with many providers calls the function Work for all of them at once.
func (p *Provider) Work(ctx context.Context) { p.worker.Run(ctx) }
