package resource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/jose"
)

// maxDocument is the longest answer of an issuer that is read.
const maxDocument = 64 << 10

var errUnreachable = errors.New("the issuer does not answer")

// issuerMetadata is what is used of an issuer's metadata (RFC 8414 section 2).
type issuerMetadata struct {
	JWKS, Introspection string
}

// fetchMetadata asks at the places where it may be: RFC 8414 section 3.1, and OpenID Connect Discovery section 4.
func (s *Resource) fetchMetadata(ctx context.Context, issuer string) (issuerMetadata, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return issuerMetadata{}, err
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	places := []string{
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/openid-configuration",
	}
	var failures []error
	for _, place := range places {
		m, err := s.fetchMetadataAt(ctx, place, issuer)
		if err == nil {
			return m, nil
		}
		failures = append(failures, err)
	}
	return issuerMetadata{}, errors.Join(failures...)
}

func (s *Resource) fetchMetadataAt(ctx context.Context, place, issuer string) (issuerMetadata, error) {
	body, _, err := s.fetchDocument(ctx, place)
	if err != nil {
		return issuerMetadata{}, err
	}
	var doc struct {
		Issuer        string `json:"issuer"`
		JWKS          string `json:"jwks_uri"`
		Introspection string `json:"introspection_endpoint"`
	}
	if err := jose.StrictClaims(body, &doc); err != nil {
		return issuerMetadata{}, fmt.Errorf("metadata of %s: %w", issuer, err)
	}
	if doc.Issuer != issuer { // RFC 8414 section 3.3
		return issuerMetadata{}, fmt.Errorf("metadata of %s: it is that of another issuer", issuer)
	}
	for _, address := range []string{doc.JWKS, doc.Introspection} {
		if address == "" {
			continue
		}
		if err := checkEndpoint(address, s.options.InsecureAllowLoopback); err != nil {
			return issuerMetadata{}, fmt.Errorf("metadata of %s: an address %w", issuer, err)
		}
	}
	return issuerMetadata{JWKS: doc.JWKS, Introspection: doc.Introspection}, nil
}

// checkEndpoint is checkURL for what may have a query.
func checkEndpoint(address string, loopback bool) error {
	before, _, _ := strings.Cut(address, "?")
	return checkURL(before, loopback)
}

// fetchKeys gets a key set. One without a usable key counts as a failure: the old keys stay.
func (s *Resource) fetchKeys(ctx context.Context, address string, allowed []jose.Algorithm) (*jose.Verifier, time.Duration, error) {
	if address == "" {
		return nil, 0, errors.New("the issuer publishes no jwks_uri")
	}
	body, header, err := s.fetchDocument(ctx, address)
	if err != nil {
		return nil, 0, err
	}
	keys, err := jose.ParseKeySet(body)
	if err != nil {
		return nil, 0, fmt.Errorf("keys: %w", err)
	}
	if keys.Len() == 0 {
		return nil, 0, errors.New("keys: none of them can be used")
	}
	return jose.NewVerifier(keys, allowed, "at+jwt"), freshness(header), nil // RFC 9068 section 4: typ
}

// freshness is the max-age of an answer, between a minute and an hour.
func freshness(header http.Header) time.Duration {
	for directive := range strings.SplitSeq(header.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if !strings.EqualFold(name, "max-age") {
			continue
		}
		if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
			return min(max(time.Duration(seconds)*time.Second, time.Minute), time.Hour)
		}
	}
	return keysFresh
}

func (s *Resource) fetchDocument(ctx context.Context, address string) ([]byte, http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Accept", "application/json")
	return s.fetch(r)
}

// fetch reads an answer to its end; anything but 200 is a failure.
func (s *Resource) fetch(r *http.Request) ([]byte, http.Header, error) {
	answer, err := s.options.HTTP.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s answers %d", r.URL.Redacted(), answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxDocument {
		return nil, nil, fmt.Errorf("%s answers more than %d bytes", r.URL.Redacted(), maxDocument)
	}
	return body, answer.Header, nil
}
