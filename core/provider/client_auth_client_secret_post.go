package provider

import (
	"context"
	"crypto/sha256"
	"net/http"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// readSecretPost reads client_id and client_secret from the body (OAuth 2.1
// section 2.4.1). An empty secret counts as none.
func readSecretPost(_ *http.Request, v param.Values) (clientCredential, bool) {
	secret := v.Get("client_secret")
	if secret == "" {
		return clientCredential{}, false
	}
	return clientCredential{
		method: core.AuthSecretPost, clientID: v.Get("client_id"), secret: sha256.Sum256([]byte(secret)),
	}, true
}

// checkSecret compares a secret, however it came (CA-04, CLA13).
func checkSecret(_ context.Context, _ *Provider, c *core.Client, sent *clientCredential, q *clientQuestion) error {
	if !c.CheckSecret(sent.secret, q.at) {
		return errClientSecret
	}
	return nil
}
