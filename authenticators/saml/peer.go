package saml

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long metadata from a URL is kept before it is asked for again, and how soon
// after a failure.
const (
	refreshDefault = time.Hour
	refreshLeast   = 5 * time.Minute
	refreshMost    = 24 * time.Hour
	retryAfter     = time.Minute
	fetchTimeout   = 10 * time.Second
)

// errAway says that nothing usable is known of the identity provider now.
var errAway = errors.New("saml: no usable metadata")

// peer is one identity provider over time: its settings, its keys for us, and the
// last good copy of its metadata. It is safe for use by many goroutines.
type peer struct {
	idp     IdentityProvider
	keys    []*keyPair
	signers []*x509.Certificate
	http    *http.Client
	log     *slog.Logger

	fetching sync.Mutex // held while asking
	mu       sync.Mutex
	known    *party
	next     time.Time // when to ask again
	asked    time.Time // when it was last asked, for whatever reason
}

// newPeer reads what is configured. Metadata given as bytes is read at once.
func newPeer(idp IdentityProvider, keys []*keyPair, client *http.Client, log *slog.Logger) (*peer, error) {
	p := &peer{idp: idp, keys: keys, http: client, log: log}
	for _, s := range idp.MetadataSigners {
		signer, err := parseCertificate([]byte(s))
		if err != nil {
			return nil, fmt.Errorf("saml: %s: MetadataSigners: %w", idp.Name, err)
		}
		p.signers = append(p.signers, signer)
	}
	if len(idp.Metadata) == 0 {
		return p, nil
	}
	known, err := parseMetadata(idp.Metadata, idp.EntityID, p.signers)
	if err != nil {
		return nil, fmt.Errorf("saml: %s: Metadata: %w", idp.Name, err)
	}
	p.known = known
	return p, p.fits(known)
}

// fits refuses an identity provider that wants what is not configured.
func (p *peer) fits(known *party) error {
	if known.wantSigned && len(p.keys) == 0 {
		return fmt.Errorf("saml: %s: it wants signed requests: give Keys", p.idp.Name)
	}
	return nil
}

// party gives the metadata to go by now: fresh where it is due, else the last good
// copy until it says that it has ended (SM-19).
func (p *peer) party(ctx context.Context, now time.Time) (*party, error) {
	if p.idp.MetadataURL != "" {
		p.mu.Lock()
		due, have := !now.Before(p.next), p.known != nil && p.known.usable(now)
		p.mu.Unlock()
		if due {
			p.refresh(ctx, now, !have)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || !p.known.usable(now) {
		return nil, errAway
	}
	return p.known, nil
}

// renewed asks before the time, since a key was not known: the identity provider
// may have a new one. It does so once in a minute; nil where nothing is new.
func (p *peer) renewed(ctx context.Context, now time.Time, than *party) *party {
	if p.idp.MetadataURL == "" {
		return nil
	}
	p.mu.Lock()
	soon := now.Before(p.asked.Add(retryAfter))
	p.mu.Unlock()
	if !soon {
		p.refresh(ctx, now, true)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == than || p.known == nil || !p.known.usable(now) {
		return nil
	}
	return p.known
}

// refresh asks once, however many want to know. Who has a copy does not wait for
// another's asking.
func (p *peer) refresh(ctx context.Context, now time.Time, wait bool) {
	p.mu.Lock()
	asked := p.asked
	p.mu.Unlock()
	if wait {
		p.fetching.Lock()
	} else if !p.fetching.TryLock() {
		return
	}
	defer p.fetching.Unlock()
	p.mu.Lock()
	if p.asked != asked { // while this one waited
		p.mu.Unlock()
		return
	}
	p.asked = now
	p.mu.Unlock()

	known, err := p.fetch(ctx)
	if err == nil && !known.usable(now) {
		err = refuse(reasonMetadata, "ended at %s", known.until)
	}
	if err == nil {
		err = p.fits(known)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.next = now.Add(retryAfter)
		p.log.WarnContext(ctx, "metadata of a SAML identity provider was not renewed; the last good copy stands",
			slog.String("name", p.idp.Name), slog.String("url", p.idp.MetadataURL), slog.Any("error", err))
		return
	}
	keep := refreshDefault
	if known.cache > 0 {
		keep = min(max(known.cache, refreshLeast), refreshMost)
	}
	if p.known != nil && !slices.EqualFunc(p.known.keys, known.keys, (*x509.Certificate).Equal) {
		p.log.WarnContext(ctx, "the signing keys of a SAML identity provider have changed",
			slog.String("name", p.idp.Name), slog.Int("before", len(p.known.keys)), slog.Int("now", len(known.keys)))
	}
	p.known, p.next = known, now.Add(keep)
}

// fetch reads the URL. Whoever asked may leave meanwhile; others wait for it too.
func (p *peer) fetch(ctx context.Context) (*party, error) {
	if p.http == nil {
		return nil, errors.New("not started with a client to the outside")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.idp.MetadataURL, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8")
	answer, err := p.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	most := metadataForm().bytes
	b, err := io.ReadAll(io.LimitReader(answer.Body, int64(most)+1))
	if err != nil {
		return nil, err
	}
	return parseMetadata(b, p.idp.EntityID, p.signers)
}
