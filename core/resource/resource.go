package resource

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// Resource guards one protected resource. It is safe for use by many goroutines. Make it with New.
type Resource struct {
	options     Options
	identifier  *url.URL
	issuers     []*issuer
	inquiries   *inquiries // nil unless an issuer has opaque tokens
	hierarchy   hierarchy
	metadataURL string
	metadata    []byte
	proofs      *replays
	nonces      nonces
	localOnly   bool // the resource is on this machine: see checkLocal
}

// issuer is an Issuer at work.
type issuer struct {
	url      string
	metadata *kept[issuerMetadata]
	keys     *kept[*jose.Verifier]
}

// Numbers that are not options.
const (
	defaultSkew     = 30 * time.Second
	defaultMaxStale = 24 * time.Hour
	keysFresh       = 10 * time.Minute // without a Cache-Control of the issuer
	metadataFresh   = time.Hour
	coolDown        = 10 * time.Second // between two fetches of one thing, whoever asks for it
	fetchTimeout    = 5 * time.Second
)

// New prepares a resource. Nothing is fetched before the first token comes, so an issuer that is away does not keep it from
// starting. The error names every problem of the options at once.
func New(o Options) (*Resource, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.withDefaults()
	s := &Resource{options: o, hierarchy: newHierarchy(o.Implies), nonces: nonces{key: slices.Clone(o.DPoPNonceKey)}}
	s.identifier, _ = url.Parse(o.Resource) // check saw to it
	s.localOnly = isLoopback(s.identifier.Hostname())
	s.proofs = newReplays(maxProofs)
	for _, configured := range o.Issuers {
		i := s.newIssuer(configured)
		s.issuers = append(s.issuers, i)
		if configured.Introspection != nil {
			s.inquiries = newInquiries(s, i, *configured.Introspection)
		}
	}
	return s, s.describe()
}

func (o *Options) withDefaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Skew <= 0 {
		o.Skew = defaultSkew
	}
	o.Skew = min(o.Skew, jose.MaxSkew)
	if o.KeysMaxStale <= 0 {
		o.KeysMaxStale = defaultMaxStale
	}
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	o.Origins = slices.Clone(o.Origins)
	o.Scopes = slices.Clone(o.Scopes)
}

func newHTTP() *http.Client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 32, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true, TLSHandshakeTimeout: fetchTimeout,
	}
	return &http.Client{
		Transport: transport, Timeout: fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *Resource) newIssuer(configured Issuer) *issuer {
	algorithms := []jose.Algorithm{jose.ES256, jose.EdDSA, jose.RS256, jose.PS256}
	if len(configured.Algorithms) > 0 {
		algorithms = nil
		for _, name := range configured.Algorithms {
			algorithms = append(algorithms, jose.Algorithm(name))
		}
	}
	i := &issuer{url: configured.URL}
	i.metadata = &kept[issuerMetadata]{now: s.options.Now, maxStale: s.options.KeysMaxStale, fetch: func(ctx context.Context) (issuerMetadata, time.Duration, error) {
		m, err := s.fetchMetadata(ctx, configured.URL)
		return m, metadataFresh, err
	}}
	i.keys = &kept[*jose.Verifier]{now: s.options.Now, maxStale: s.options.KeysMaxStale, fetch: func(ctx context.Context) (*jose.Verifier, time.Duration, error) {
		address := configured.JWKS
		if address == "" {
			m, err := i.metadata.get(ctx)
			if err != nil {
				return nil, 0, err
			}
			address = m.JWKS
		}
		return s.fetchKeys(ctx, address, algorithms)
	}}
	return i
}

// Identifier is the resource identifier: what tokens are for, and what clients name as resource (RFC 8707).
func (s *Resource) Identifier() string { return s.options.Resource }

// byURL finds an issuer by the iss claim, exactly.
func (s *Resource) byURL(iss string) *issuer {
	for _, i := range s.issuers {
		if i.url == iss {
			return i
		}
	}
	return nil
}

// origin is scheme and host of the identifier.
func (s *Resource) origin() string {
	return strings.ToLower(s.identifier.Scheme) + "://" + strings.ToLower(s.identifier.Host)
}
