package provider

import (
	"net/http"
	"time"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
	"github.com/keywright/keywright/internal/server/web"
)

// clientQuestion is a request of a client as far as it has been read: to the
// token, introspection or revocation endpoint.
type clientQuestion struct {
	values param.Values
	at     time.Time
	// client has authenticated itself by method with what was sent. It is shared
	// with other requests and never changed; nil before it is looked for.
	client *core.Client
	method clientAuthentication
	sent   clientCredential
	// spent is what this request has used up, or perhaps has.
	spent spent
	// requestID and address are for the audit log.
	requestID, address string
}

// ask reads the form and authenticates the client: what these endpoints have in
// common.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request) (*clientQuestion, error) {
	q, err := p.readQuestion(r)
	if err != nil {
		return nil, err
	}
	if err := p.authenticateClient(w, r, q); err != nil {
		p.takeBack(r.Context(), q, err)
		return nil, err // what was found so far is nobody's
	}
	return q, nil
}

// readQuestion reads the form: POST of one and nothing in the address (TK-01,
// TK-02), no parameter twice (TK-10).
func (p *Provider) readQuestion(r *http.Request) (*clientQuestion, error) {
	v, err := param.ParseForm(r, param.Limits{})
	if err != nil {
		return nil, core.Refuse(core.InvalidRequest, formFault(err)).Because(err)
	}
	if v.Len() > 1 {
		for _, name := range v.Repeated() {
			if name != "resource" && name != "audience" { // RFC 8707, RFC 8693
				return nil, core.Refuse(core.InvalidRequest, "a parameter is repeated")
			}
		}
	}
	return &clientQuestion{
		values: v, at: p.now(),
		requestID: web.RequestID(r), address: web.Address(r, p.TrustedProxies),
	}, nil
}
