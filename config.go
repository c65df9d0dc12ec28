package keywright

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/server/keys"
)

// Config composes a provider. The zero value of every member is the strict one;
// what weakens the provider is named Insecure….
type Config struct {
	// Issuer is the issuer identifier: an https URL without query, fragment or
	// a slash at its end (RFC 8414 section 2). A path is allowed. http is
	// accepted for localhost, 127.0.0.1 and [::1] only. It is never derived
	// from a request.
	Issuer string
	// Tenant names this issuer's share of the database; empty is "default". It
	// is found by this name again, whatever the issuer is called.
	Tenant string
	// Database is where everything is kept: sqlite.Open, postgres.Open,
	// mysql.Open, a store of your own, or in tests memory.New.
	Database core.Database
	// Secrets seal the keys in the database. At least one, of at least 32 random
	// bytes. To change it, put the new one first and keep the old one until
	// every replica runs with both: Run, or Work, seals the keys anew.
	Secrets []Secret

	// Clients are the lanes by which applications become known, in any order.
	Clients []core.ClientLane
	// Authenticators are the ways to sign in. The first is offered first.
	Authenticators []core.Authenticator
	// Organizations are companies and teams with their domains and their links to
	// other identity providers, written down in code or in a file: orgreg.Seeded,
	// orgreg.SeededFile. nil brings none; those in the database stay.
	Organizations core.Directory
	// Pages draws what people see.
	Pages core.Pages
	// PagesURL is a page of your own that people are led to in place of the hosted
	// ones, with the parameters interaction and step; empty keeps the hosted ones.
	// Scripts of its origin, and of no other, may use the JSON form of the flow with
	// the browser's cookies, so they are trusted like the provider itself. It is at
	// the issuer's origin or at another of the same site, with the same scheme.
	PagesURL string
	// FirstPartyApps offers the authorization challenge endpoint
	// (draft-ietf-oauth-first-party-apps), by which native applications of your own
	// ask people themselves: those whose client is first_party and allowed
	// authorization_challenge, and no others.
	FirstPartyApps bool
	// DeviceGrant offers the device authorization grant (RFC 8628): applications
	// without a browser show a code that a person types at /device. Whoever can talk
	// somebody into typing a code gets that person's access, so it is off unless
	// switched on, and only clients that the operator wrote down with it may use it.
	DeviceGrant bool
	// Exchange lets clients exchange tokens (RFC 8693): an API that calls another
	// one for a person, an agent that acts for one, an assertion about a person for
	// another authorization server. It is off without rules, and what no rule names
	// is refused.
	Exchange core.Exchange
	// TrustedIssuers are other parties whose signed assertions are taken at the token
	// endpoint in place of a sign-in (RFC 7523): identity providers of organizations
	// that let agents and applications in for their people (ID-JAG, enterprise-managed
	// authorization of MCP), and platforms that vouch for workloads. Without any,
	// which is the default, the grant type is not offered.
	TrustedIssuers []core.TrustedIssuer
	// Brand is how this issuer looks. What cannot be used of it is left out;
	// ui.CheckBrand tells what.
	Brand core.Brand
	// Mailer sends codes and links.
	Mailer core.Mailer

	// Resources are the APIs that tokens are for. Without any, access tokens
	// are for the provider itself.
	Resources []core.Resource
	// Scopes describes scopes to people; those of OpenID Connect describe
	// themselves.
	Scopes []core.Scope
	// Lifetimes are how long things live; zero members take the defaults of
	// core.DefaultLifetimes.
	Lifetimes core.Lifetimes
	// SigningAlgorithms that tokens can be signed with; empty is RS256, ES256
	// and EdDSA. RS256 is always among them, since OpenID Connect requires it.
	SigningAlgorithms []string
	// Policy says which ways to sign in may come first and second, and how much is
	// required. The zero value asks for one factor, and for the second one that a
	// person has set up.
	Policy core.Policy
	// Hooks may refuse grants, add claims and judge the risk of a sign-in.
	Hooks core.Hooks

	// NoMigrate leaves the schema to somebody else, who takes the steps that
	// Database.Pending lists before a release starts that needs them. New then
	// only looks whether they were taken; those of a later release do no harm.
	NoMigrate bool
	// NoSignUp closes the provider to new accounts, but for those who were invited
	// and those whom Hooks.Identity decides for.
	NoSignUp bool
	// JustInTime lets people who sign in for the first time by an authenticator that
	// speaks to another identity provider, and is configured in code, have an account
	// made for them. For connections their own JustInTime says so. NoSignUp closes
	// both; Hooks.Identity may decide otherwise for one person.
	JustInTime bool
	// SignUpFields are asked of who makes an account, whatever way they sign up.
	SignUpFields []core.Field
	// Terms that people agree to before they use an account, and again whenever
	// the version is another.
	Terms core.Terms
	// ConfirmOldEmail asks for a code from the old address, too, before an account
	// gets another one. Without it the old address is told, and can take the
	// change back for 7 days.
	ConfirmOldEmail bool
	// InsecureUnverifiedEmail lets people sign in with an address that nobody
	// has proven to be theirs.
	InsecureUnverifiedEmail bool
	// InsecureLoopbackSlash takes http://127.0.0.1:PORT and http://127.0.0.1:PORT/ for
	// the same redirect URI of a native application, and so with localhost and [::1]:
	// some editors register one and ask with the other. Every other address, and every
	// other difference, stays refused (OAuth 2.1 section 4.1.1 compares bytes).
	InsecureLoopbackSlash bool
	// TrustedProxies are the networks of reverse proxies that are believed when
	// they say who called. Empty: nobody is. A proxy that comes by a Unix socket
	// counts as 127.0.0.1.
	TrustedProxies []netip.Prefix
	// ForwardedHeader is the header in which they say it: ForwardedFor (default)
	// or Forwarded. The other one is never read, so choose the one that your proxy
	// writes itself: most pass on the other as a stranger sent it.
	ForwardedHeader string
	// EgressProxy is a proxy that all requests of the provider to the outside
	// go through; empty is none. The environment is never looked at.
	EgressProxy string

	// Logger hears what an operator should know; nil is slog.Default. No secret
	// is ever given to it.
	Logger *slog.Logger
	// Observer hears every event: those of the event log once they are stored,
	// and those that happen too often to be, such as redemptions and refreshes.
	// It is for metrics and traces; the event log is the record.
	Observer core.Observer
	// Now is the clock; nil is time.Now. All lifetimes follow it.
	Now func() time.Time
}

// Secret is a secret of the configuration. It prints as nothing.
type Secret []byte

// String hides the secret.
func (Secret) String() string { return "keywright.Secret(hidden)" }

// GoString hides the secret.
func (Secret) GoString() string { return "keywright.Secret(hidden)" }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue("hidden") }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("hidden"), nil }

// ServeOptions are how Run listens.
type ServeOptions struct {
	// Address to listen on, "127.0.0.1:8080". Ignored with Listener.
	Address string
	// Listener to serve on instead of Address.
	Listener net.Listener
	// TLS serves https by itself; nil is for providers behind a proxy, and on
	// loopback.
	TLS *tls.Config
	// Notice is how long requests are still taken after Run was told to stop,
	// while /readyz already answers 503: time for a load balancer to look
	// elsewhere. 0 is none.
	Notice time.Duration
	// Drain is how long requests under way may take after Run was told to
	// stop; 0 is 10 s.
	Drain time.Duration
	// Ready is called once the provider answers.
	Ready func(net.Addr)
}

// problems collects everything that is wrong with a Config, so that one start
// shows all of it.
type problems struct{ list []string }

func (p *problems) add(setting, wrong, remedy string) {
	p.list = append(p.list, fmt.Sprintf("%s: %s; %s", setting, wrong, remedy))
}

// Error lists the problems, one to a line, each with its remedy.
func (p *problems) Error() string {
	count := fmt.Sprintf("%d settings need", len(p.list))
	if len(p.list) == 1 {
		count = "1 setting needs"
	}
	return fmt.Sprintf("keywright: %s attention:\n  - %s", count, strings.Join(p.list, "\n  - "))
}

// check finds everything that is wrong with c by itself.
func (c *Config) check() *problems {
	p := &problems{}
	c.checkIssuer(p)
	c.checkParts(p)
	c.checkLanes(p)
	c.checkSteps(p)
	c.checkPolicy(p)
	c.checkLifetimes(p)
	c.checkAlgorithms(p)
	c.checkResources(p)
	c.checkScopes(p)
	c.checkSignUp(p)
	c.checkNetwork(p)
	c.checkPagesURL(p)
	c.checkExchange(p)
	c.checkTrustedIssuers(p)
	return p
}

func (c *Config) checkIssuer(p *problems) {
	const remedy = "give an https URL such as https://id.example.com, or http://localhost:8080 for development"
	u, err := url.Parse(c.Issuer)
	switch {
	case c.Issuer == "":
		p.add("Issuer", "is empty", remedy)
	case err != nil, u.Host == "", u.User != nil, u.Opaque != "":
		p.add("Issuer", "is not an absolute URL", remedy)
	case strings.ContainsAny(c.Issuer, "?#"):
		p.add("Issuer", "has a query or a fragment", "leave them out")
	case strings.HasSuffix(c.Issuer, "/"):
		p.add("Issuer", "ends with a slash", "leave it out: it is compared byte for byte")
	case strings.ContainsAny(u.EscapedPath(), "{}%") || strings.Contains(u.Path, "//") || strings.Contains(u.Path, "/."):
		p.add("Issuer", "has a path that is not plain", "use letters, digits and single slashes")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		p.add("Issuer", "uses http", "use https; http is for localhost alone")
	case u.Scheme != "https" && u.Scheme != "http":
		p.add("Issuer", "is neither https nor http", remedy)
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *Config) checkParts(p *problems) {
	if c.Database == nil {
		p.add("Database", "is missing", "open one, for example sqlite.Open(ctx, \"keywright.db\")")
	}
	if len(c.Secrets) == 0 {
		p.add("Secrets", "is empty", "give one of 32 random bytes, from a file or a secret manager: openssl rand -hex 32")
	}
	for i, s := range c.Secrets {
		if len(s) < 32 {
			p.add(fmt.Sprintf("Secrets[%d]", i), fmt.Sprintf("has %d bytes", len(s)), "give at least 32 random ones")
		}
	}
	if c.Pages == nil {
		p.add("Pages", "is missing", "use ui.New(ui.Options{}) or your own")
	}
	if c.Mailer == nil {
		p.add("Mailer", "is missing", "codes and links are sent by mail: give one that sends, or a mailbox for development")
	}
}

func (c *Config) checkLifetimes(p *problems) {
	l := c.Lifetimes.Or(core.DefaultLifetimes())
	for _, b := range []struct {
		name         string
		is, min, max time.Duration
	}{
		{"Code", l.Code, 10 * time.Second, 10 * time.Minute},
		{"Interaction", l.Interaction, 5 * time.Minute, 2 * time.Hour},
		{"InteractionAt", l.InteractionAt, 5 * time.Minute, 2 * time.Hour},
		{"AccessToken", l.AccessToken, time.Second, time.Hour},
		{"IDToken", l.IDToken, time.Second, time.Hour},
		{"RefreshIdle", l.RefreshIdle, time.Minute, 366 * 24 * time.Hour},
		{"RefreshMax", l.RefreshMax, time.Minute, 366 * 24 * time.Hour},
		{"Overlap", max(l.Overlap, 0), 0, core.MaxOverlap},
		{"SessionIdle", l.SessionIdle, time.Minute, 366 * 24 * time.Hour},
		{"SessionMax", l.SessionMax, time.Minute, 366 * 24 * time.Hour},
		{"Fresh", l.Fresh, time.Minute, 15 * time.Minute},
		{"MailCode", l.MailCode, time.Minute, 10 * time.Minute},
		{"ResetLink", l.ResetLink, time.Minute, 24 * time.Hour},
		{"DeviceCode", l.DeviceCode, 5 * time.Minute, 30 * time.Minute},
		{"SigningKey", l.SigningKey, time.Hour, 5 * 366 * 24 * time.Hour},
		// A replica learns of a key within ReloadAfter, its documents are kept elsewhere, and clocks differ (INV-Y2).
		{"PrePublish", l.PrePublish, l.Document + keys.ReloadAfter + core.MaxClockSkew, l.SigningKey / 2},
		{"Document", l.Document, time.Second, time.Hour},
	} {
		if b.is < b.min || b.is > b.max {
			p.add("Lifetimes."+b.name, fmt.Sprintf("is %v", b.is), fmt.Sprintf("choose from %v to %v", b.min, b.max))
		}
	}
}
