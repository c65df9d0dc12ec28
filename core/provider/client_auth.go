package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// clientCredential is what a request shows to authenticate its client.
type clientCredential struct {
	method   core.AuthMethod
	clientID string
	secret   core.Hash // SHA-256 of a secret as presented; zero if there was none
	jwt      string    // a client assertion
}

// clientAuthentication is one method of the table.
type clientAuthentication struct {
	method core.AuthMethod
	// read takes the credential out of the request; false if it shows none of
	// this kind. What is malformed names no client.
	read func(r *http.Request, v param.Values) (clientCredential, bool)
	// check verifies it and writes nothing.
	check func(ctx context.Context, p *Provider, c *core.Client, sent *clientCredential, q *clientQuestion) error
	// spend uses up what may be used only once; nil if nothing is. It runs
	// after every other check.
	spend func(ctx context.Context, p *Provider, c *core.Client, sent *clientCredential, q *clientQuestion) error
}

// clientAuthentications is the table of methods (RFC 7591 section 2). The
// method of public clients comes last: it is what is left when no other is used.
func clientAuthentications() [4]clientAuthentication {
	return [4]clientAuthentication{
		{core.AuthSecretBasic, readSecretBasic, checkSecret, nil},
		{core.AuthSecretPost, readSecretPost, checkSecret, nil},
		{core.AuthPrivateKeyJWT, readAssertion, checkAssertion, spendAssertion},
		{core.AuthNone, readNone, checkNone, nil},
	}
}

// Why a client was not authenticated, for the log alone.
var (
	errClientUnknown    = errors.New("client is unknown")
	errClientOff        = errors.New("client is disabled or deleted")
	errClientMethod     = errors.New("client is registered for another authentication method")
	errClientSecret     = errors.New("secret is wrong")
	errClientIDDiffers  = errors.New("client_id differs from the authenticated client")
	errClientCredential = errors.New("credential is malformed")
)

// authenticateClient finds out which client is calling. Every endpoint that
// clients call uses it (CA-08). The registered method is the only one accepted
// (CA-03), two methods in one request are none (CA-02), and whatever is wrong,
// the answer is invalid_client with status 401 (TK-05). A request that succeeds
// costs no store call while the client is cached, apart from marking an
// assertion as used; one that fails is counted (TK-13).
func (p *Provider) authenticateClient(w http.ResponseWriter, r *http.Request, q *clientQuestion) error {
	method, err := readCredential(r, q)
	if err != nil {
		return err
	}
	q.method = method
	q.client, err = p.knownClient(r.Context(), q.sent.clientID)
	if errors.Is(err, core.ErrNotFound) {
		q.client, err = p.vouchedClient(r.Context(), q)
	}
	known := err == nil
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	if !known {
		q.client = p.nobody(q.sent.method)
	}
	err = p.checkCredential(r.Context(), q.client, method, q)
	if err == nil && !known {
		err = errClientUnknown
	}
	if err == nil && method.spend != nil {
		err = method.spend(r.Context(), p, q.client, &q.sent, q)
	}
	if errors.Is(err, core.ErrUnavailable) {
		return err
	}
	if err != nil {
		return p.countFailure(w, r, q, err)
	}
	return nil
}

// readCredential finds the one method that the request uses.
func readCredential(r *http.Request, q *clientQuestion) (clientAuthentication, error) {
	var used clientAuthentication
	if len(r.Header["Authorization"]) > 1 {
		return used, core.Refuse(core.InvalidRequest, "there is more than one Authorization header")
	}
	for _, m := range clientAuthentications() {
		sent, ok := m.read(r, q.values)
		if !ok || m.method == core.AuthNone && used.method != "" {
			continue
		}
		if used.method != "" {
			return used, core.Refuse(core.InvalidRequest, "use one client authentication method, not two")
		}
		used, q.sent = m, sent
	}
	return used, nil
}

// checkCredential judges the credential against the client as it is now.
func (p *Provider) checkCredential(ctx context.Context, c *core.Client, m clientAuthentication, q *clientQuestion) error {
	if q.sent.clientID == "" {
		return errClientCredential
	}
	// The credential is compared whatever else is wrong, so that an unknown
	// client, a disabled one and a wrong secret take the same time (CLA01).
	err := m.check(ctx, p, c, &q.sent, q)
	stated := q.values.Get("client_id")
	switch {
	case c.Disabled || c.Deleted:
		return errClientOff
	case c.AuthMethod != m.method:
		return errClientMethod
	case stated != "" && stated != q.sent.clientID:
		return errClientIDDiffers // RFC 7521 section 4.2
	}
	return err
}

// checkAgain authenticates the client once more where its row shows that it has
// changed since it was cached: a secret that was deleted is dead at once on
// every replica (CLA12).
func (p *Provider) checkAgain(ctx context.Context, q *clientQuestion, s core.ClientStanding) error {
	if s.Version == q.client.Version {
		return nil
	}
	now, err := p.currentKnown(ctx, q.client, s)
	if errors.Is(err, core.ErrNotFound) {
		return invalidClient(errClientUnknown)
	}
	if err != nil {
		return err
	}
	if err := p.checkCredential(ctx, now, q.method, q); errors.Is(err, core.ErrUnavailable) {
		return err
	} else if err != nil {
		return invalidClient(err)
	}
	q.client = now
	return nil
}

// nobody stands where a client is unknown: it is compared with like any other.
func (p *Provider) nobody(m core.AuthMethod) *core.Client {
	secret := core.ClientSecret{Hash: sha256.Sum256([]byte(p.Issuer))}
	return &core.Client{ClientMetadata: core.ClientMetadata{AuthMethod: m, Secrets: []core.ClientSecret{secret}}}
}

func invalidClient(cause error) error {
	return core.Refuse(core.InvalidClient, "the client is unknown or could not be authenticated").Because(cause)
}
