package provider

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/keywright/keywright/core"
	"github.com/keywright/keywright/internal/param"
)

// strictBase64 accepts one spelling of the bytes.
var strictBase64 = base64.StdEncoding.Strict()

// readSecretBasic reads the Authorization header (RFC 7617), whose user name and
// password are client_id and secret in form encoding (OAuth 2.1 section 2.4.1).
// Any other scheme is a credential too, of a kind that is never right.
func readSecretBasic(r *http.Request, _ param.Values) (clientCredential, bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return clientCredential{}, false
	}
	sent := clientCredential{method: core.AuthSecretBasic}
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") || strings.ContainsAny(encoded, "\r\n") || len(encoded) > 4<<10 {
		return sent, true
	}
	raw, err := strictBase64.DecodeString(encoded)
	if err != nil {
		return sent, true
	}
	user, password, found := strings.Cut(string(raw), ":")
	id, errID := url.QueryUnescape(user)
	secret, errSecret := url.QueryUnescape(password)
	if !found || errID != nil || errSecret != nil || secret == "" {
		return sent, true
	}
	sent.clientID, sent.secret = id, sha256.Sum256([]byte(secret))
	return sent, true
}
