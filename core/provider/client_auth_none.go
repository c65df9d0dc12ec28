package provider

import (
	"context"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// readNone takes the client_id of a client that shows nothing else. Without one
// the request names no client.
func readNone(_ *http.Request, v param.Values) (clientCredential, bool) {
	return clientCredential{method: core.AuthNone, clientID: v.Get("client_id")}, true
}

// checkNone has nothing to compare: a public client is not authenticated, only
// named (OAuth 2.1 section 2.4). One that sends a secret uses another method
// than its own and is refused (CLA05); a secret would earn it no trust (CA-11).
func checkNone(context.Context, *Provider, *core.Client, *clientCredential, *clientQuestion) error {
	return nil
}
