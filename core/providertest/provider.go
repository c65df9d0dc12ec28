package providertest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/keywright/keywright"
	"github.com/keywright/keywright/adapters/memory"
	"github.com/keywright/keywright/authenticators/password"
	"github.com/keywright/keywright/clientreg"
	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/core/admin"
	"github.com/keywright/keywright/ui"
)

// Provider is a running provider of a test. Its methods end the test where they
// fail.
type Provider struct {
	t         testing.TB
	idp       *keywright.Provider
	server    *httptest.Server
	passwords *password.Authenticator
	mail      *mailbox
	clock     *clock
	name      string // the issuer
}

// Option changes how New composes the provider.
type Option func(*options)

type options struct {
	start  time.Time
	path   string
	pages  core.Pages
	change []func(*keywright.Config)
	wrap   func(http.Handler) http.Handler
}

// WithDatabase keeps everything in db instead of in memory. The test closes it.
func WithDatabase(db core.Database) Option {
	return WithConfig(func(c *keywright.Config) { c.Database = db })
}

// WithConfig changes the Config before the provider is made of it: resources,
// scopes, lifetimes, hooks …
func WithConfig(change func(*keywright.Config)) Option {
	return func(o *options) { o.change = append(o.change, change) }
}

// WithPages draws with pages that are made already, for a test that makes many
// providers: parsing the default ones is most of what one costs.
func WithPages(p core.Pages) Option { return func(o *options) { o.pages = p } }

// WithLogger hears what an operator would. Without it nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return WithConfig(func(c *keywright.Config) { c.Logger = l })
}

// WithPath puts the issuer below a path: "/tenant".
func WithPath(path string) Option { return func(o *options) { o.path = path } }

// WithStart sets the clock. Without it the clock stands at the second at which
// the test began, so that libraries which read the real clock agree with it.
func WithStart(at time.Time) Option { return func(o *options) { o.start = at } }

// WithMiddleware puts something between the network and the provider, such as a
// recorder of requests.
func WithMiddleware(wrap func(http.Handler) http.Handler) Option {
	return func(o *options) { o.wrap = wrap }
}

// New starts a provider on a loopback port: memory store, passwords with
// sign-up, the default pages, no clients and nobody in it. It ends with the test.
func New(t testing.TB, opts ...Option) *Provider {
	t.Helper()
	o := options{start: time.Now().UTC().Truncate(time.Second), wrap: func(h http.Handler) http.Handler { return h }}
	for _, opt := range opts {
		opt(&o)
	}
	p := &Provider{t: t, mail: newMailbox(), clock: &clock{at: o.start}}
	var serve http.Handler
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve.ServeHTTP(w, r) }))
	c := p.config("http://"+p.server.Listener.Addr().String()+o.path, o)
	idp, err := keywright.New(t.Context(), c)
	if err != nil {
		t.Fatalf("providertest: %v", err)
	}
	p.idp, p.name, serve = idp, c.Issuer, o.wrap(idp.Handler())
	p.server.Start()
	p.work()
	return p
}

// config is what New composes, after all changes.
func (p *Provider) config(issuer string, o options) keywright.Config {
	p.t.Helper()
	passwords, err := password.New(password.Options{SignUp: true, Cost: password.Cost{Memory: 8, Passes: 1, Threads: 1}, InsecureCost: true})
	if err != nil {
		p.t.Fatalf("providertest: %v", err)
	}
	pages := o.pages
	if pages == nil {
		if pages, err = ui.New(ui.Options{}); err != nil {
			p.t.Fatalf("providertest: %v", err)
		}
	}
	p.passwords = passwords
	c := keywright.Config{
		Issuer: issuer, Database: memory.New(), Secrets: []keywright.Secret{[]byte("a secret of tests, worth nothing")},
		Clients: []core.ClientLane{clientreg.Seeded()}, Authenticators: []core.Authenticator{passwords},
		Pages: pages, Mailer: p.mail, Logger: slog.New(slog.DiscardHandler), Now: p.clock.now,
	}
	for _, f := range o.change {
		f(&c)
	}
	return c
}

// work sends mail and tends keys beside the test.
func (p *Provider) work() {
	ctx, stop := context.WithCancel(context.WithoutCancel(p.t.Context()))
	var working sync.WaitGroup
	working.Go(func() { p.idp.Work(ctx) })
	p.t.Cleanup(func() {
		p.server.Close()
		stop()
		working.Wait()
	})
}

// Issuer is the issuer identifier: http on loopback.
func (p *Provider) Issuer() string { return p.name }

// Handler answers requests without the network, as if they had come to Issuer.
func (p *Provider) Handler() http.Handler { return p.server.Config.Handler }

// Store is where the provider keeps things, for looking into and for what an
// operator does: disabling an account.
func (p *Provider) Store() core.Store { return p.idp.Store() }

// Clients is what an operator does with clients, of every lane.
func (p *Provider) Clients() admin.Clients { return p.idp.Clients() }

// HTTP is a client that reaches the provider. It keeps no cookies and follows
// no redirects.
func (p *Provider) HTTP() *http.Client {
	return &http.Client{
		Transport:     p.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
