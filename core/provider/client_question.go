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
	// client has authenticated itself by method with what was sent.
	client core.Client
	method clientAuthentication
	sent   clientCredential
	// requestID and address are for the audit log.
	requestID, address string
}

// ask reads the form and authenticates the client. Everything these endpoints
// have in common is here: POST of a form and nothing in the address (TK-01,
// TK-02), no parameter twice (TK-10).
func (p *Provider) ask(w http.ResponseWriter, r *http.Request) (*clientQuestion, error) {
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
	q := &clientQuestion{
		values: v, at: p.now(),
		requestID: web.RequestID(r), address: web.Address(r, p.TrustedProxies),
	}
	if err := p.authenticateClient(w, r, q); err != nil {
		return nil, err // what was found so far is nobody's
	}
	return q, nil
}
