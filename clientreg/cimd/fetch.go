package cimd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/keywright/keywright/internal/fetch"
)

// accept is what is asked for. Anything that ends in +json is taken as well.
const accept = "application/json"

// fetch asks for the document. Nothing of the answer's headers counts but its
// type, its tag and how long it lasts; every status but 200 is a failure, or
// 304 where there is a document already (CM-10).
func (l *Lane) fetch(ctx context.Context, a address, old *document, at time.Time) (*document, *failure) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.id, nil)
	if err != nil {
		return nil, fail("url", nil)
	}
	r.Header.Set("Accept", accept)
	if old != nil && old.etag != "" {
		r.Header.Set("If-None-Match", old.etag)
	}
	answer, err := l.http.Do(r)
	if err != nil {
		return nil, unreachable(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusNotModified && old != nil && old.etag != "" {
		renewed := *old
		renewed.seen, renewed.fresh, renewed.issuer = at, at.Add(freshFor(answer.Header, &l.options)), certifiedBy(answer.TLS)
		return &renewed, nil
	}
	body, failed := l.read(answer)
	if failed != nil {
		return nil, failed
	}
	metadata, failed := l.parse(a, body)
	if failed != nil {
		return nil, failed
	}
	return &document{
		metadata: metadata, hash: hashOf(metadata), etag: tag(answer.Header.Get("Etag")), issuer: certifiedBy(answer.TLS),
		seen: at, fresh: at.Add(freshFor(answer.Header, &l.options)),
	}, nil
}

// maxCertified bounds what is kept of the name of a certificate's issuer.
const maxCertified = 200

// certifiedBy names who vouched for the host, in the form of RFC 4514, on one line
// and cut to a length. It is for operators to read: nothing is decided by it.
func certifiedBy(state *tls.ConnectionState) string {
	if state == nil || len(state.PeerCertificates) == 0 {
		return ""
	}
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(state.PeerCertificates[0].Issuer.String(), "?"))
	if len(name) > maxCertified {
		name = strings.ToValidUTF8(name[:maxCertified], "")
	}
	return name
}

// fetchTimeout bounds one fetch, whatever client it goes through.
const fetchTimeout = 5 * time.Second

// read gives the body of an answer that may hold a document.
func (l *Lane) read(answer *http.Response) ([]byte, *failure) {
	status := answer.StatusCode
	if status != http.StatusOK {
		return nil, &failure{reason: "status", outage: status >= 500 || status == http.StatusTooManyRequests}
	}
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || kind != accept && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return nil, fail("content_type", nil)
	}
	if answer.Header.Get("Content-Encoding") != "" {
		return nil, fail("content_encoding", nil)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, l.options.MaxBytes+1))
	if int64(len(body)) > l.options.MaxBytes {
		return nil, fail("too_large", nil)
	}
	if err != nil {
		return nil, unreachable(err)
	}
	return body, nil
}

// unreachable looks the same for everything that goes wrong on the way, so that
// nobody can tell one address from another by it; only what a server of the
// public internet has said itself is told.
func unreachable(err error) *failure {
	switch {
	case errors.Is(err, fetch.ErrRedirect):
		return fail("redirect", err)
	case errors.Is(err, fetch.ErrTooLarge):
		return fail("too_large", err)
	case errors.Is(err, fetch.ErrEncoded):
		return fail("content_encoding", err)
	}
	return &failure{reason: "unreachable", cause: err, outage: true}
}

// tag is an entity tag that may be sent back.
func tag(text string) string {
	if len(text) > 256 {
		return ""
	}
	return text
}
